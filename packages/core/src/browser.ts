// The public name of core for browsers: the same words, and `connect` over the platform's WebSocket. No `node:` below here.
import type { Endpoint } from "./address/endpoint.ts";
import { realClock } from "./clock.ts";
import type { Protocol } from "./messages/protocol.ts";
import { dialDoor } from "./socket/dial.ts";
import type { ConversationOptions, MessageSocket } from "./socket/message-socket.ts";
import { dialBrowserWebSocket } from "./transports/browser-websocket.ts";
import type { DialOptions } from "./transports/network.ts";

export * from "./everywhere.ts";

/** What a page may fix: the transport parameters belong to the browser. */
export interface ConnectOptions
  extends ConversationOptions, Pick<DialOptions, "signal" | "connectTimeoutMs" | "subprotocol"> {}

const network = {
  clock: realClock,
  dial: (endpoint: Endpoint, options: DialOptions) => dialBrowserWebSocket(endpoint, options, realClock),
};

/**
 * Opens a door to the server at a ws or wss `endpoint`, over the platform's WebSocket.
 *
 * It cannot be paused: what is not read waits in this process, and above 16 MiB the conversation ends with LimitError
 * `receive-queue-full`. `local` has neither host nor port: a page cannot see its own. Close codes of the protocol that
 * a page may not send (1002, 1007, 1009) are sent as 4002, 4007, 4009.
 *
 * @throws UsageError `bad-endpoint`; ClosedError `refused`, `aborted`; TimeoutError `timed-out`. A browser does not say
 * why a server cannot be reached.
 */
export function connect<FromClient, FromServer>(
  protocol: Protocol<FromClient, FromServer>,
  endpoint: string | Endpoint,
  options: ConnectOptions = {},
): Promise<MessageSocket<FromServer, FromClient>> {
  return dialDoor(network, protocol, endpoint, options);
}
