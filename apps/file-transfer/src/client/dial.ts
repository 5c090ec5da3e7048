// How a command reaches its server: what the flags say of the path there. Knows nothing of what is said.
import { connect, formatEndpoint, type Endpoint } from "@socketlab/core";
import {
  handshakeOptionsOf,
  Observer,
  transportOptionsOf,
  type Flags,
  type Terminal,
} from "@socketlab/core/terminal";
import { fileTransfer } from "../protocol.ts";
import type { PathFlag } from "./flags.ts";
import { Remote } from "./remote.ts";
import { tokenOf } from "./token.ts";

const CLOSE_TIMEOUT_MS = 1000;

/** Connects, does it, and takes leave. @throws what `act` throws, and what keeps the connection from being made. */
export async function withRemote(
  endpoint: Endpoint,
  flags: Flags<PathFlag>,
  terminal: Terminal,
  act: (remote: Remote, observer: Observer) => Promise<number>,
): Promise<number> {
  const token = tokenOf(flags, process.env);
  const observer = new Observer(flags, flags.has("json") ? terminal.stdout : terminal.stderr);
  const socket = await connect(fileTransfer, endpoint, {
    ...transportOptionsOf(flags, [endpoint.transport]),
    ...handshakeOptionsOf(flags, endpoint),
    closeTimeoutMs: CLOSE_TIMEOUT_MS,
    signal: terminal.signal,
    trace: observer.trace,
  });
  const stopWatching = observer.watch(() => [socket], terminal, flags);
  const remote = new Remote(socket, token);
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
