// The door, as an application sees it: one conversation, the same over every transport. Only types.
import type { Endpoint } from "../address/endpoint.ts";
import type { Payload } from "../framing/framing.ts";
import type { TransportTraits, WireState } from "../transports/wire.ts";

/** In each conversation the side that initiates is the client, the side that waits is the server. */
export type Role = "client" | "server";

/**
 * One conversation with one remote process. Iterate it to receive; there is one reader at a time.
 *
 * Receiving is pull: what is not read waits, up to a bound, and then the transport is paused, so that TCP's own
 * window slows the sender. Leaving the loop closes nothing; iterate again to go on. Disposal closes.
 *
 * Iterating throws `ProtocolError` when the remote side breaks the rules (it has been told why, and the conversation
 * is over), `ClosedError` when the connection breaks, `LimitError` and `TimeoutError` when a bound of ours is hit.
 * The remote side's orderly end ends the loop.
 */
export interface MessageSocket<In, Out> extends AsyncIterable<In>, AsyncDisposable {
  /** Counts the conversations of this process, from 1. */
  readonly id: number;
  readonly role: Role;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly transport: TransportTraits;
  /**
   * Says one message. What is said in one tick leaves together. Await it before saying more: it settles when there
   * is room, and that is the backpressure. Whoever does not await is cut off at `maxSendQueueBytes`.
   *
   * Bytes are sent from where they lie. Once it has settled they may be written over, if they are at least `LARGE_BYTES`;
   * fewer must not change any more: send a copy.
   *
   * @throws UsageError (as a rejection) when the protocol does not allow the message in this direction, or it is too
   * long: nothing was sent. ClosedError when the conversation is over.
   */
  send(message: Out): Promise<void>;
  /** The next message; undefined after the remote side's orderly end. Throws what iterating throws. */
  receive(): Promise<In | undefined>;
  /**
   * Orderly: what was sent arrives, then the conversation ends. What arrives meanwhile is thrown away. Settles when it
   * is over, at most `closeTimeoutMs` later; never rejects.
   * @param reason for the remote side, on transports that can tell it (WebSocket: at most 123 bytes).
   */
  close(reason?: string): Promise<void>;
  /** Now. What was not yet sent is lost. */
  abort(error?: Error): void;
  /** Settles once, when the conversation is over; never rejects. */
  readonly closed: Promise<CloseInfo>;
  /** What the transport is doing behind the door, at this moment. */
  inspect(): DoorState;
}

/** How a conversation ended. */
export interface CloseInfo {
  /** Which side ended it. */
  readonly by: "local" | "remote";
  /** What that side said of it, where the transport carries it. */
  readonly reason: string | undefined;
  /** What went wrong; undefined for an orderly end. */
  readonly error: Error | undefined;
}

/** Bounds and hooks of one conversation. */
export interface ConversationOptions {
  /** Above this much unread, the transport is paused (or, if it cannot be, drops). Default 128 KiB. */
  readonly receiveQueueBytes?: number;
  /** Above this much unsent, the conversation is cut off: the remote side does not read. Default 16 MiB. */
  readonly maxSendQueueBytes?: number;
  /** Without a message in either direction for this long (up to a quarter more), the conversation is cut off. 0: never. Default: never; where `listen` began it, 5 minutes. */
  readonly idleTimeoutMs?: number;
  /** How long an orderly close may take. Default 5,000. */
  readonly closeTimeoutMs?: number;
  /** Called for every message that crosses the door. */
  readonly trace?: ((event: TraceEvent) => void) | undefined;
}

/** One message that crossed a door. */
export interface TraceEvent {
  readonly socket: number;
  readonly role: Role;
  readonly direction: "in" | "out";
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly type: string;
  /** Of the payload, without framing. */
  readonly bytes: number;
  /** As it crosses, without framing; a view: copy it if you keep it. */
  readonly payload: Payload;
}

/** One end of a conversation. */
export interface EndState {
  readonly host: string;
  readonly port: number;
  /** The address as the 32-bit number that it is (IPv4 only). */
  readonly addressInteger: number | undefined;
  /** The well-known name of the port, if it has one. */
  readonly portName: string | undefined;
}

/** A snapshot of one door. Sizes in bytes. */
export interface DoorState extends WireState {
  readonly id: number;
  readonly role: Role;
  /** Of this process; undefined in a browser. */
  readonly pid: number | undefined;
  readonly protocol: string;
  readonly transport: TransportTraits["name"];
  readonly local: EndState;
  readonly remote: EndState;
  readonly messagesIn: number;
  readonly messagesOut: number;
  /** Received and not yet read by the application. */
  readonly receiveQueueBytes: number;
  /** Sent by the application and not yet taken by the operating system. */
  readonly sendQueueBytes: number;
}
