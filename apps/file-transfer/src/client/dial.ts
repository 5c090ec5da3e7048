// How a command reaches its server: what the flags say of the path there. Knows nothing of what is said.
import { connect, formatEndpoint, realClock, type Endpoint, type TraceEvent } from "@socketlab/core";
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
import type { RateLimit } from "../transfer/rate-limit.ts";
import { Connections } from "./connections.ts";
import { connectionsOf, limitOf, retriesOf, type PathFlag, type TransferCommandFlag } from "./flags.ts";
import type { Progress } from "./progress.ts";
import { Remote, type Advice, type FileSocket } from "./remote.ts";
import { tokenOf } from "./token.ts";

const CLOSE_TIMEOUT_MS = 1000;

const advice: Advice = {
  "token-needed": "; give it one with --token-file FILE",
  "not-empty": "; -r removes all of it",
};

export type Dial = (
  signal: AbortSignal,
  limit?: RateLimit,
) => Promise<{ socket: FileSocket; remote: Remote }>;

/** Reads all that the flags name now, and connects whenever it is called. @throws UsageError. */
export function dialer(
  endpoint: Endpoint,
  flags: Flags<PathFlag>,
  trace: ((event: TraceEvent) => void) | undefined,
): Dial {
  const token = tokenOf(flags, process.env);
  const options = {
    ...transportOptionsOf(flags, [endpoint.transport]),
    ...handshakeOptionsOf(flags, endpoint),
    closeTimeoutMs: CLOSE_TIMEOUT_MS,
    trace,
  };
  return async (signal, limit) => {
    const socket = await connect(fileTransfer, endpoint, { ...options, signal });
    return { socket, remote: new Remote(socket, { token, limit, advice }) };
  };
}

/** How a command comes to its conversations: makes them, or has them. */
export interface Reach {
  /** For what is asked once. */
  one(
    endpoint: Endpoint,
    flags: Flags<PathFlag>,
    terminal: Terminal,
    act: (remote: Remote) => Promise<number>,
  ): Promise<number>;
  /** Over as many connections as are wanted, opened again when they are lost. */
  many(
    endpoint: Endpoint,
    flags: Flags<TransferCommandFlag>,
    terminal: Terminal,
    progress: Progress,
    act: (connections: Connections) => Promise<number>,
  ): Promise<number>;
}

/** Connects, does it, and takes leave. @throws what `act` throws, and what keeps the connection from being made. */
export const reachServer: Reach = {
  async one(endpoint, flags, terminal, act) {
    await using door = new Door(endpoint, flags, terminal);
    await using remote = await door.open();
    return await act(remote);
  },

  async many(endpoint, flags, terminal, progress, act) {
    const limit = limitOf(flags);
    await using door = new Door(endpoint, flags, terminal);
    await using connections = new Connections({
      dial: () => door.open(limit),
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
  },
};

/** Opens conversations with one server, and shows what the user wants to see of them. */
class Door implements AsyncDisposable {
  readonly #observer: Observer;
  readonly #dial: Dial;
  readonly #signal: AbortSignal;
  readonly #sockets = new Set<FileSocket>();
  readonly #stopWatching: () => void;

  constructor(endpoint: Endpoint, flags: Flags<PathFlag>, terminal: Terminal) {
    const observer = new Observer(flags, flags.has("json") ? terminal.stdout : terminal.stderr);
    this.#observer = observer;
    this.#dial = dialer(endpoint, flags, observer.trace);
    this.#signal = terminal.signal;
    this.#stopWatching = observer.watch(() => [...this.#sockets], terminal, flags);
  }

  async open(limit?: RateLimit): Promise<Remote> {
    const { socket, remote } = await this.#dial(this.#signal, limit);
    this.#sockets.add(socket);
    void this.#watch(socket);
    return remote;
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
