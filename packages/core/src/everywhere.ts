// What core offers in Node.js and in a browser alike: addresses, framing, messages. No `node:` below here.
export { addressFromBytes, addressToBytes } from "./address/address-bytes.ts";
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
export { backoffMs } from "./backoff.ts";
export { every, realClock, type Clock, type Timer } from "./clock.ts";
export {
  ClosedError,
  LimitError,
  ProtocolError,
  SocketlabError,
  TimeoutError,
  UsageError,
} from "./errors.ts";
export { giveBack, LARGE_BYTES } from "./framing/blocks.ts";
export type { FrameDecoder, FrameEncoder, Framing, Payload } from "./framing/framing.ts";
export { json, keepAlive, layout, preamble } from "./messages/binary-codec.ts";
export type { MessageDescription } from "./messages/codec.ts";
export { lengthPrefixed, lines, raw, type MessageFraming } from "./messages/framings.ts";
export { bytes, bytesOf, u16, u32, u64, u8 } from "./messages/layout.ts";
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
export { TokenBucket, type Rate } from "./token-bucket.ts";
export type { TransportTraits } from "./transports/wire.ts";
