// How a command reaches its server: what the flags say of the path there. Knows nothing of what is said.
import { connect, formatEndpoint, realClock, type Endpoint } from "@socketlab/core";
import {
  formatDuration,
  handshakeOptionsOf,
  Observer,
  print,
  say,
  transportOptionsOf,
  type Flags,
  type Terminal,
} from "@socketlab/core/terminal";
import { fileTransfer } from "../protocol.ts";
import { Connections } from "./connections.ts";
import { connectionsOf, limitOf, retriesOf, type PathFlag, type TransferCommandFlag } from "./flags.ts";
import type { Progress } from "./progress.ts";
import { Remote, type FileSocket } from "./remote.ts";

const CLOSE_TIMEOUT_MS = 1000;

/** Connects, does it, and takes leave. @throws what `act` throws, and what keeps the connection from being made. */
export async function withRemote(
  endpoint: Endpoint,
  flags: Flags<PathFlag>,
  terminal: Terminal,
  act: (remote: Remote) => Promise<number>,
): Promise<number> {
  await using door = new Door(endpoint, flags, terminal);
  await using remote = new Remote(await door.open());
  return await act(remote);
}

/** The same over as many connections as are wanted, opened again when they are lost. */
export async function withConnections(
  endpoint: Endpoint,
  flags: Flags<TransferCommandFlag>,
  terminal: Terminal,
  progress: Progress,
  act: (connections: Connections) => Promise<number>,
): Promise<number> {
  const limit = limitOf(flags);
  await using door = new Door(endpoint, flags, terminal);
  await using connections = new Connections({
    dial: async () => new Remote(await door.open(), limit),
    count: connectionsOf(flags),
    retries: retriesOf(flags),
    signal: terminal.signal,
    clock: realClock,
    random: Math.random,
    onRetry: (attempt, waitMs, why) => {
      progress.clear();
      const of = `${attempt} of ${retriesOf(flags)}`;
      if (flags.has("json"))
        print(terminal, JSON.stringify({ event: "retry", attempt, waitMs, detail: why.message }));
      say(terminal, `${why.message}; trying again in ${formatDuration(waitMs)} (${of})`);
    },
  });
  return await act(connections);
}

/** Opens conversations with one server, and shows what the user wants to see of them. */
class Door implements AsyncDisposable {
  readonly #observer: Observer;
  readonly #open: () => Promise<FileSocket>;
  readonly #sockets = new Set<FileSocket>();
  readonly #stopWatching: () => void;

  constructor(endpoint: Endpoint, flags: Flags<PathFlag>, terminal: Terminal) {
    const observer = new Observer(flags, flags.has("json") ? terminal.stdout : terminal.stderr);
    this.#observer = observer;
    const options = {
      ...transportOptionsOf(flags, [endpoint.transport]),
      ...handshakeOptionsOf(flags, endpoint),
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
      signal: terminal.signal,
      trace: observer.trace,
    };
    this.#open = () => connect(fileTransfer, endpoint, options);
    this.#stopWatching = observer.watch(() => [...this.#sockets], terminal, flags);
  }

  async open(): Promise<FileSocket> {
    const socket = await this.#open();
    this.#sockets.add(socket);
    void this.#watch(socket);
    return socket;
  }

  async #watch(socket: FileSocket): Promise<void> {
    await socket.closed;
    if (this.#observer.inspects) this.#observer.draw(socket);
    this.#sockets.delete(socket);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#stopWatching();
    this.#observer.finish();
    return Promise.resolve();
  }
}

/** The target as people write it. */
export function placeOf(endpoint: Endpoint, path: string): string {
  return `${formatEndpoint(endpoint)}/${path}`;
}
