// WebSocket frames (RFC 6455 §5): the framing that a browser speaks. Knows nothing of HTTP, sockets or time.
import { ClosedError, ProtocolError } from "../errors.ts";
import { ByteInput } from "./byte-input.ts";
import { ByteOutput, joined } from "./byte-output.ts";
import { emptySpan, type FrameDecoder, type FrameEncoder, type Outgoing, type Span } from "./framing.ts";
import { mask } from "./mask.ts";

export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const FIN = 0x80;
const MASKED = 0x80;
const LONGEST_CONTROL_BYTES = 125;

// Neither keeps anything between calls, so all decoders share them.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const receivedKey = new Uint8Array(4);

/** Takes the control frames, each in its place among the messages. */
export interface ControlHandler {
  /** The payload is the handler's to keep. @throws ProtocolError when the frame breaks the rules. */
  onControl(opcode: 8 | 9 | 10, payload: Uint8Array): void;
}

/** Why a WebSocket conversation ends, as a number on the wire (RFC 6455 §7.4.1). */
export function closeCodeOf(error: ProtocolError): number {
  if (error.code === "message-too-long") return 1009;
  return error.code === "invalid-utf8" ? 1007 : 1002;
}

/** The connection broke: an orderly end has a Close frame. RFC 6455 §7.1.5 calls it 1006. */
export function endedWithoutClose(): ClosedError {
  return new ClosedError(
    "reset",
    "the connection ended without a WebSocket Close (1006): the remote side broke it off",
  );
}

export class WebSocketEncoder implements FrameEncoder {
  readonly inPlace: boolean;
  readonly #nextMask: (() => Uint8Array) | undefined;
  #maskStart = 0;
  #payloadBytes = 0;
  #key: Uint8Array | undefined;

  /** @param nextMask for a client: a fresh, unpredictable key of 4 bytes for each frame (RFC 6455 §5.3); a server has none. */
  constructor(nextMask?: () => Uint8Array) {
    this.#nextMask = nextMask;
    this.inPlace = nextMask !== undefined;
  }

  encode(payload: Outgoing, output: ByteOutput): void {
    this.#header(output, payload.text === undefined ? Opcode.binary : Opcode.text, payload.bytes);
    payload.write(output);
    this.#maskPayload(output);
  }

  /** A whole control frame; `payload` of at most 125 bytes. */
  control(opcode: 8 | 9 | 10, payload: Uint8Array): Uint8Array {
    const output = new ByteOutput(Infinity);
    this.#header(output, opcode, payload.length);
    output.append(payload);
    this.#maskPayload(output);
    return joined(output.take());
  }

  #maskPayload(output: ByteOutput): void {
    if (this.#key === undefined) return;
    output.encodeTexts();
    mask(output.bytes, this.#maskStart, this.#maskStart + this.#payloadBytes, this.#key);
  }

  #header(output: ByteOutput, opcode: number, payloadBytes: number): void {
    const key = (this.#key = this.#nextMask?.());
    const lengthBytes = payloadBytes < 126 ? 0 : payloadBytes < 65536 ? 2 : 8;
    const headerBytes = 2 + lengthBytes + (key === undefined ? 0 : 4);
    // Masking happens in place, so a masked payload must lie in one piece behind its header.
    if (key !== undefined) output.ensure(headerBytes + payloadBytes);
    let at = output.reserve(headerBytes);
    const bytes = output.bytes;
    const maskBit = key === undefined ? 0 : MASKED;
    bytes[at++] = FIN | opcode;
    bytes[at++] = maskBit | (lengthBytes === 0 ? payloadBytes : lengthBytes === 2 ? 126 : 127);
    for (let i = lengthBytes - 1; i >= 0; i--) bytes[at++] = i < 4 ? payloadBytes >>> (8 * i) : 0;
    if (key === undefined) return;
    bytes.set(key, at);
    this.#maskStart = at + 4;
    this.#payloadBytes = payloadBytes;
  }
}

export class WebSocketDecoder implements FrameDecoder {
  readonly #input = new ByteInput();
  readonly #masked: boolean;
  readonly #maxBytes: number;
  readonly #control: ControlHandler;
  readonly #span: Span = emptySpan();
  /** The fragments of an unfinished message; undefined between messages. */
  #fragments: ByteOutput | undefined;
  #isText = false;
  #finished = false;

  /** @param masked whether the other side is a client, whose frames must be masked (a server's must not be). */
  constructor(masked: boolean, maxBytes: number, control: ControlHandler) {
    this.#masked = masked;
    this.#maxBytes = maxBytes;
    this.#control = control;
  }

  get bufferedBytes(): number {
    return this.#input.length + (this.#fragments?.length ?? 0);
  }

  push(chunk: Uint8Array): void {
    this.#input.push(chunk);
  }

  next(): Span | undefined {
    const input = this.#input;
    while (input.length >= 2 && !this.#finished) {
      const first = input.peek(0);
      const second = input.peek(1);
      const opcode = first & 0x0f;
      this.#checkHeader(first, second);
      const short = second & 0x7f;
      const lengthBytes = short < 126 ? 0 : short === 126 ? 2 : 8;
      const headerBytes = 2 + lengthBytes + (this.#masked ? 4 : 0);
      if (input.length < headerBytes) return undefined;
      const payloadBytes = lengthBytes === 0 ? short : this.#longLength(lengthBytes);
      if (opcode < Opcode.close) this.#checkSize(payloadBytes);
      if (input.length < headerBytes + payloadBytes) {
        input.expect(headerBytes + payloadBytes);
        return undefined;
      }
      if (this.#masked) for (let i = 0; i < 4; i++) receivedKey[i] = input.peek(headerBytes - 4 + i);
      input.skip(headerBytes);
      const span = input.take(payloadBytes);
      if (this.#masked) mask(span.bytes, span.start, span.end, receivedKey);
      if (opcode >= Opcode.close) {
        // Nothing after a Close counts (§5.5.1), and whoever handles it may call us again.
        if (opcode === Opcode.close) this.#finished = true;
        this.#control.onControl(
          opcode as 8 | 9 | 10,
          new Uint8Array(span.bytes.subarray(span.start, span.end)),
        );
        continue;
      }
      const message = this.#message(span, opcode, (first & FIN) !== 0);
      if (message !== undefined) return message;
    }
    return undefined;
  }

  end(): void {
    if (this.#finished) return;
    if (this.#input.length === 0 && this.#fragments === undefined) throw endedWithoutClose();
    throw new ProtocolError("truncated-message", "the stream ended inside a WebSocket message");
  }

  /** The message that a data frame completes, if it does. */
  #message(frame: Span, opcode: number, final: boolean): Span | undefined {
    if (opcode !== Opcode.continuation) this.#isText = opcode === Opcode.text;
    if (final && this.#fragments === undefined) return this.#finish(frame);
    this.#fragments ??= new ByteOutput(Infinity);
    // One contiguous, growing buffer: many tiny fragments must not cost an object each.
    this.#fragments.append(frame.bytes.subarray(frame.start, frame.end));
    if (!final) return undefined;
    const whole = joined(this.#fragments.take());
    this.#fragments = undefined;
    frame.bytes = whole;
    frame.start = 0;
    frame.end = whole.length;
    return this.#finish(frame);
  }

  #finish(frame: Span): Span {
    const span = this.#span;
    span.bytes = frame.bytes;
    span.start = frame.start;
    span.end = frame.end;
    span.text = undefined;
    if (!this.#isText) return span;
    try {
      span.text = utf8.decode(frame.bytes.subarray(frame.start, frame.end));
    } catch (cause) {
      throw new ProtocolError("invalid-utf8", "a text message is not valid UTF-8 (RFC 6455 §8.1)", { cause });
    }
    return span;
  }

  #checkHeader(first: number, second: number): void {
    const opcode = first & 0x0f;
    const control = opcode >= Opcode.close;
    if ((first & 0x70) !== 0) this.#refuse("reserved bits are set, and no extension was agreed (§5.2)");
    if (opcode > Opcode.pong || (opcode > Opcode.binary && !control))
      this.#refuse(`opcode ${opcode} is not defined (§5.2)`);
    if (((second & MASKED) !== 0) !== this.#masked) {
      this.#refuse(
        this.#masked
          ? "a client's frames must be masked (§5.1)"
          : "a server's frames must not be masked (§5.1)",
      );
    }
    if (control) {
      if ((first & FIN) === 0) this.#refuse("a control frame must not be fragmented (§5.5)");
      if ((second & 0x7f) > LONGEST_CONTROL_BYTES)
        this.#refuse("a control frame holds at most 125 bytes (§5.5)");
    } else if ((opcode === Opcode.continuation) !== (this.#fragments !== undefined)) {
      this.#refuse("a continuation without a beginning, or a beginning inside a message (§5.4)");
    }
  }

  #longLength(lengthBytes: number): number {
    if (lengthBytes === 2) return this.#input.peek(2) * 256 + this.#input.peek(3);
    return this.#input.peekUint32(2) * 2 ** 32 + this.#input.peekUint32(6);
  }

  #checkSize(payloadBytes: number): void {
    const whole = payloadBytes + (this.#fragments?.length ?? 0);
    if (whole <= this.#maxBytes) return;
    throw new ProtocolError(
      "message-too-long",
      `a message of ${whole} bytes was announced; at most ${this.#maxBytes} are allowed`,
    );
  }

  #refuse(rule: string): never {
    throw new ProtocolError("bad-frame", `WebSocket frame refused: ${rule}`);
  }
}
