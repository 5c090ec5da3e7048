// What lies behind a door: the one interface that every transport implements. Knows nothing of messages.
import type { Endpoint, Transport } from "../address/endpoint.ts";
import type { FrameDecoder, FrameEncoder, Payload } from "../framing/framing.ts";
import type { TcpInfo } from "./os/tcp-info.ts";

/** What a transport promises, as flags: the differences between transports are these and no others. */
export interface TransportTraits {
  readonly name: Transport;
  /** Everything sent arrives, or the conversation ends. */
  readonly reliable: boolean;
  readonly ordered: boolean;
  /** Messages keep their boundaries without a framing of ours. */
  readonly boundaries: boolean;
  /** The longest message that the transport itself can carry, in bytes. */
  readonly maxMessageBytes: number;
}

/** What a wire tells its door. All are called with nothing else on the stack that could be re-entered. */
export interface WireEvents {
  /** Bytes (of a stream) or a whole payload (of a wire that keeps boundaries) arrived. */
  onReceived(chunk: Payload): void;
  /** Where the next bytes of a stream belong, if that is known. A wire may put them there, and then say that they arrived. */
  room?(): Uint8Array | undefined;
  /** `queuedBytes` is zero again after it was at or above the high-water mark. */
  onDrained(): void;
  /** The remote side will send no more; on some transports it says why. */
  onEnded(reason?: CloseReason): void;
  /** The wire is gone; the last call. */
  onClosed(error?: Error): void;
}

/** What the transport layer knows of itself; what a platform cannot tell is left out. */
export interface WireState {
  /** Bytes read from and given to the operating system. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly sendBufferBytes?: number | undefined;
  readonly receiveBufferBytes?: number | undefined;
  readonly maxSegmentBytes?: number | undefined;
  readonly noDelay?: boolean | undefined;
  readonly keepAlive?: boolean | undefined;
  /** Datagrams thrown away because nobody read them in time. */
  readonly dropped?: number | undefined;
  readonly tcpInfo?: TcpInfo | undefined;
}

interface AnyWire {
  readonly traits: TransportTraits;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Starts delivery. Called once, before anything else. */
  open(events: WireEvents): void;
  /** Stops and restarts delivery; what is on its way may still arrive. */
  pause(): void;
  resume(): void;
  /** Bytes accepted for sending and not yet taken by the operating system. */
  readonly queuedBytes: number;
  /** Says that we shall send no more, after what was sent. `closed` follows when the remote side agrees. */
  end(reason: CloseReason): void;
  /** Ends it now; `closed` follows. */
  destroy(): void;
  inspect(): WireState;
}

/** What the other side is told at the end, on transports that can tell it. */
export interface CloseReason {
  /** A WebSocket close code (RFC 6455 §7.4.1). */
  readonly code: number;
  readonly text: string;
}

/** How a transport marks its own messages in a stream of bytes. */
export interface WireFraming {
  encoder(): FrameEncoder;
  decoder(maxBytes: number): FrameDecoder;
}

/** A wire that carries a stream of bytes. */
export interface StreamWire extends AnyWire {
  readonly kind: "stream";
  /** Takes what was said in one tick; the pieces must not change afterwards. */
  write(parts: Uint8Array[]): void;
  /** A framing that the transport brings itself, in place of the protocol's. */
  readonly framing?: WireFraming;
}

/** A wire that carries whole payloads. */
export interface PayloadWire extends AnyWire {
  readonly kind: "payload";
  send(payload: Payload): void;
}

export type Wire = StreamWire | PayloadWire;
