// A length before each message: u32 big-endian, then that many bytes; BitTorrent's own framing (BEP 3, "peer protocol").
// Knows nothing of what the bytes mean.
import { ProtocolError } from "../errors.ts";
import { ByteInput } from "./byte-input.ts";
import type { ByteOutput } from "./byte-output.ts";
import type { FrameDecoder, FrameEncoder, Framing, Outgoing, Span } from "./framing.ts";

const PREFIX_BYTES = 4;

const encoder: FrameEncoder = {
  encode(payload: Outgoing, output: ByteOutput): void {
    if (payload.isPreamble === true) return payload.write(output);
    const count = payload.bytes;
    const at = output.reserve(PREFIX_BYTES);
    const { bytes } = output;
    bytes[at] = count >>> 24;
    bytes[at + 1] = count >>> 16;
    bytes[at + 2] = count >>> 8;
    bytes[at + 3] = count;
    payload.write(output);
  },
};

class LengthPrefixedDecoder implements FrameDecoder {
  readonly #input = new ByteInput();
  readonly #maxBytes: number;
  readonly #keepAlives: boolean;
  /** Of the preamble, until it has come. */
  #preambleBytes: number;

  constructor({ maxBytes, preambleBytes = 0, keepAlives = false }: LengthPrefixedOptions) {
    this.#maxBytes = maxBytes;
    this.#preambleBytes = preambleBytes;
    this.#keepAlives = keepAlives;
  }

  get bufferedBytes(): number {
    return this.#input.length;
  }

  get room(): Uint8Array | undefined {
    return this.#input.room;
  }

  push(chunk: Uint8Array): void {
    this.#input.push(chunk);
  }

  next(): Span | undefined {
    const input = this.#input;
    if (this.#preambleBytes > 0) return this.#nextPreamble();
    while (input.length >= PREFIX_BYTES) {
      const announced = input.peekUint32(0);
      // Checked before the body is collected: an announcement costs the announcer, not us.
      if (announced > this.#maxBytes) {
        throw new ProtocolError(
          "message-too-long",
          `a message of ${announced} bytes was announced; at most ${this.#maxBytes} are allowed`,
        );
      }
      if (input.length < PREFIX_BYTES + announced) {
        // A large one is put together as it arrives.
        input.expect(PREFIX_BYTES + announced);
        return undefined;
      }
      input.skip(PREFIX_BYTES);
      // A length of zero is a keep-alive (BEP 3): nothing was said.
      if (announced > 0 || this.#keepAlives) return input.take(announced);
    }
    return undefined;
  }

  #nextPreamble(): Span | undefined {
    const count = this.#preambleBytes;
    if (this.#input.length < count) return undefined;
    this.#preambleBytes = 0;
    return this.#input.take(count);
  }

  end(): void {
    const missing = this.#input.length;
    if (missing === 0) return;
    throw new ProtocolError(
      "truncated-message",
      `the stream ended inside a message, ${missing} bytes into it`,
    );
  }
}

export interface LengthPrefixedOptions {
  /** Of a message, in bytes. */
  readonly maxBytes: number;
  /** Of the first message in each direction, which has no length before it. Default 0: there is none. */
  readonly preambleBytes?: number;
  /** A length of 0 is a keep-alive: whether it is handed out, as an empty message, or skipped. Default: skipped. */
  readonly keepAlives?: boolean;
}

/**
 * Messages of 1 to `maxBytes` bytes, each after its length as an unsigned 32-bit big-endian integer; before the first one
 * perhaps a preamble of a fixed size.
 */
export function lengthPrefixed(options: LengthPrefixedOptions): Framing<"binary"> {
  return {
    name: "length-prefixed",
    kind: "binary",
    maxBytes: options.maxBytes,
    encoder: () => encoder,
    decoder: () => new LengthPrefixedDecoder(options),
  };
}
