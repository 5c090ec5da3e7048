// How this client reaches its server: what the flags say of the path there. Knows nothing of what is said.
import { connect, UsageError, type ConnectOptions, type Endpoint } from "@socketlab/core";
import { handshakeOptionsOf, transportOptionsOf, type Flags } from "@socketlab/core/terminal";
import { chat } from "../protocol.ts";
import type { ChatSocket } from "./connection.ts";
import type { ClientFlag } from "./flags.ts";

// A server that does not say goodbye is not waited for long.
const CLOSE_TIMEOUT_MS = 1000;

/** @throws UsageError `bad-flag`, `bad-endpoint`. */
export function dialer(
  target: Endpoint,
  flags: Flags<ClientFlag>,
  trace: ConnectOptions["trace"],
): (signal: AbortSignal) => Promise<ChatSocket> {
  if (target.transport === "udp")
    throw new UsageError(
      "bad-endpoint",
      "chat does not go over udp://, which loses messages; try tcp:// or ws://",
    );
  const options: ConnectOptions = {
    ...transportOptionsOf(flags, [target.transport]),
    ...handshakeOptionsOf(flags, target),
    closeTimeoutMs: CLOSE_TIMEOUT_MS,
    trace,
  };
  return (signal) => connect(chat, target, { ...options, signal });
}
