// Initiates a conversation: the client's side. Knows no transport by name.
import type { Endpoint } from "../address/endpoint.ts";
import type { Protocol } from "../messages/protocol.ts";
import { realNetwork } from "../network/real.ts";
import type { DialOptions, Network } from "../transports/network.ts";
import { dialDoor } from "./dial.ts";
import type { ConversationOptions, MessageSocket } from "./message-socket.ts";

export interface ConnectOptions extends DialOptions, ConversationOptions {
  /** Cancels connecting; afterwards closes the conversation, orderly. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the real one. */
  readonly network?: Network;
}

/**
 * Opens a door to the server at `endpoint`.
 *
 * @throws UsageError for an endpoint or option that cannot be; ClosedError (`refused`, `unreachable`,
 * `name-not-found`, …) and TimeoutError when nobody is there; ClosedError `aborted` when `signal` is.
 */
export async function connect<FromClient, FromServer>(
  protocol: Protocol<FromClient, FromServer>,
  endpoint: string | Endpoint,
  options: ConnectOptions = {},
): Promise<MessageSocket<FromServer, FromClient>> {
  return dialDoor(options.network ?? realNetwork, protocol, endpoint, options);
}
