// The public name of core for browsers: the same words, and `connect` over the platform's WebSocket. No `node:` below here.
import type { Endpoint } from "./address/endpoint.ts";
import { realClock } from "./clock.ts";
import type { Protocol } from "./messages/protocol.ts";
import { dialDoor } from "./socket/dial.ts";
import type { ConversationOptions, MessageSocket } from "./socket/message-socket.ts";
import { dialBrowserWebSocket } from "./transports/browser-websocket.ts";
import type { DialOptions } from "./transports/network.ts";

export {
  formatEndpoint,
  parseEndpoint,
  transports,
  type Endpoint,
  type Transport,
} from "./address/endpoint.ts";
export { canonicalHost } from "./address/host.ts";
export { integerToIpv4, ipv4ToInteger, isIpv4 } from "./address/ipv4.ts";
export { isLimitedBroadcast, isLoopback, isMulticast, isUnspecified } from "./address/kinds.ts";
export { portByName, wellKnownPort } from "./address/ports.ts";
export { realClock, type Clock, type Timer } from "./clock.ts";
export {
  ClosedError,
  LimitError,
  ProtocolError,
  SocketlabError,
  TimeoutError,
  UsageError,
} from "./errors.ts";
export type { FrameDecoder, FrameEncoder, Framing, Payload } from "./framing/framing.ts";
export { json, layout } from "./messages/binary-codec.ts";
export type { MessageDescription } from "./messages/codec.ts";
export { lengthPrefixed, lines, raw, type MessageFraming } from "./messages/framings.ts";
export { bytes, u16, u32, u64, u8 } from "./messages/layout.ts";
export {
  defineProtocol,
  type MessageFromClient,
  type MessageFromServer,
  type Protocol,
} from "./messages/protocol.ts";
export type {
  CloseInfo,
  ConversationOptions,
  DoorState,
  EndState,
  MessageSocket,
  Role,
  TraceEvent,
} from "./socket/message-socket.ts";
export type { TransportTraits } from "./transports/wire.ts";

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
