// What a framing is: how messages are cut out of a byte stream. Knows nothing of sockets, nor of what a message means.
import type { ByteOutput } from "./byte-output.ts";

/** One message as it crosses the door, without framing: text or bytes. */
export type Payload = string | Uint8Array;

/**
 * Where the payload just decoded lies: `text`, or `bytes[start..end)` when `text` is undefined.
 * A decoder hands out the same object every time: it is valid until the decoder is called again.
 */
export interface Span {
  text: string | undefined;
  bytes: Uint8Array;
  start: number;
  end: number;
}

/** The receiving half: bytes in, payloads out. "More bytes are needed" is a value, not an error. */
export interface FrameDecoder<Chunk extends Payload = Uint8Array> {
  /** Takes what has arrived, for good: nobody else may use it afterwards. Never throws: what is wrong with it shows when it is its turn in `next`. */
  push(chunk: Chunk): void;
  /** Where what is pushed next may lie already, so that it need not be copied; undefined if anywhere will do. */
  readonly room?: Uint8Array | undefined;
  /**
   * The next payload, or undefined when more bytes are needed.
   * @throws ProtocolError when the bytes are not what the framing allows; the stream cannot be read further.
   */
  next(): Span | undefined;
  /**
   * The stream has ended. @throws ProtocolError `truncated-message` if it ended inside a message; ClosedError if the
   * framing has an orderly end, and this was none.
   */
  end(): void;
  /** Bytes taken and not yet handed out. */
  readonly bufferedBytes: number;
}

/** A payload ready to be sent. Valid until whoever made it makes another. */
export interface Outgoing {
  /** In UTF-8, if it is text; asked only where it matters. */
  readonly bytes: number;
  readonly text: string | undefined;
  /** Goes without a length before it: both sides know how long it is. */
  readonly isPreamble?: boolean;
  /** Appends the payload. */
  write(output: ByteOutput): void;
}

/** The sending half: writes a payload with what stands before and after it. */
export interface FrameEncoder {
  /** Changes the payload where it lies (masking), so it must be a copy, in one piece. */
  readonly inPlace?: boolean;
  encode(payload: Outgoing, output: ByteOutput): void;
}

/** One way of cutting messages out of a byte stream; `Kind` is what its payloads are. */
export interface Framing<Kind extends "any" | "text" | "binary" = "any" | "text" | "binary"> {
  readonly name: string;
  readonly kind: Kind;
  /** The longest payload that may be sent or received, in bytes. */
  readonly maxBytes: number;
  encoder(): FrameEncoder;
  decoder(): FrameDecoder;
}

const EMPTY: Uint8Array = new Uint8Array(0);

/** A fresh, empty span for a decoder to fill. */
export function emptySpan(): Span {
  return { text: undefined, bytes: EMPTY, start: 0, end: 0 };
}

/** The payload that a span points at, as a value of its own (bytes are a view, not a copy). */
export function payloadOf(span: Span): Payload {
  if (span.text !== undefined) return span.text;
  const { bytes, start, end } = span;
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
}
