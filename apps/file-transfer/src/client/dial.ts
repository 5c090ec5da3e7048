// How a command reaches its server: what the flags say of the path there. Knows nothing of what is said.
import { connect, formatEndpoint, type Endpoint, type TraceEvent } from "@socketlab/core";
import {
  handshakeOptionsOf,
  Observer,
  transportOptionsOf,
  type Flags,
  type Terminal,
} from "@socketlab/core/terminal";
import { fileTransfer } from "../protocol.ts";
import type { PathFlag } from "./flags.ts";
import { Remote, type FileSocket } from "./remote.ts";
import { tokenOf } from "./token.ts";

const CLOSE_TIMEOUT_MS = 1000;

export type Dial = (signal: AbortSignal) => Promise<{ socket: FileSocket; remote: Remote }>;

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
  return async (signal) => {
    const socket = await connect(fileTransfer, endpoint, { ...options, signal });
    return { socket, remote: new Remote(socket, token) };
  };
}

/** How a command comes to its conversation: makes one, as here, or has one. */
export type Reach = typeof withRemote;

/** Connects, does it, and takes leave. @throws what `act` throws, and what keeps the connection from being made. */
export async function withRemote(
  endpoint: Endpoint,
  flags: Flags<PathFlag>,
  terminal: Terminal,
  act: (remote: Remote, observer: Observer) => Promise<number>,
): Promise<number> {
  const observer = new Observer(flags, flags.has("json") ? terminal.stdout : terminal.stderr);
  const { socket, remote } = await dialer(endpoint, flags, observer.trace)(terminal.signal);
  const stopWatching = observer.watch(() => [socket], terminal, flags);
  try {
    return await act(remote, observer);
  } finally {
    stopWatching();
    if (observer.inspects) observer.draw(socket);
    await remote[Symbol.asyncDispose]();
    observer.finish();
  }
}

/** The target as people write it. */
export function placeOf(endpoint: Endpoint, path: string): string {
  return `${formatEndpoint(endpoint)}/${path}`;
}
