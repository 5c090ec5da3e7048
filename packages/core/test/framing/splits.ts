// Bytes cut anywhere, and what a decoder makes of them, for the tests of this folder. Knows no framing by name.
import fc from "fast-check";
import { ProtocolError } from "../../src/errors.ts";
import { ByteOutput, joined, utf8Length } from "../../src/framing/byte-output.ts";
import { payloadOf, type FrameDecoder, type FrameEncoder, type Payload } from "../../src/framing/framing.ts";

/** Bytes as the specifications print them: `81 05 48`. */
export function hex(text: string): Uint8Array {
  return concat(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A copy in one piece, and no Buffer, so that it compares with any Uint8Array. */
export function concat(...pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

/** Where to cut: shares of what is left, so that the same cuts fit bytes of any length. */
export const cuts: fc.Arbitrary<number[]> = fc.oneof(
  fc.constant<number[]>([]),
  fc.constant<number[]>([0]),
  fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }),
);

/** `bytes` in pieces: `[]` whole, `[0]` a byte at a time, else cut at these shares, over and over. */
export function split(bytes: Uint8Array, shares: readonly number[]): Uint8Array[] {
  if (shares.length === 0) return [bytes.slice()];
  const pieces = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const share = shares[turn % shares.length]!;
    const count = Math.min(bytes.length - at, 1 + Math.floor(share * (bytes.length - at - 1)));
    // A copy, as a socket's chunks are: a decoder may write into what it is given.
    pieces.push(bytes.slice(at, at + count));
    at += count;
  }
  return pieces;
}

/** What `payloads` are on the wire. */
export function encodeAll(encoder: FrameEncoder, payloads: readonly Payload[]): Uint8Array {
  const output = new ByteOutput(encoder.inPlace ? Infinity : undefined);
  for (const payload of payloads) {
    const text = typeof payload === "string" ? payload : undefined;
    const bytes = typeof payload === "string" ? utf8Length(payload) : payload.length;
    const write = (): void => {
      if (typeof payload === "string") output.appendText(payload);
      else output.append(payload);
    };
    encoder.encode({ bytes, text, write }, output);
  }
  return concat(joined(output.take()));
}

export interface Decoded {
  readonly payloads: Payload[];
  readonly error: unknown;
  /** The most that the decoder held when it had nothing more to hand out. */
  readonly mostBufferedBytes: number;
}

/** Feeds `pieces` and the end of the stream to `decoder`, and takes what comes out as soon as it is there. */
export function decodeAll(decoder: FrameDecoder, pieces: readonly Uint8Array[]): Decoded {
  const payloads: Payload[] = [];
  let mostBufferedBytes = 0;
  try {
    for (const piece of pieces) {
      decoder.push(piece);
      for (let span = decoder.next(); span !== undefined; span = decoder.next()) {
        const payload = payloadOf(span);
        payloads.push(typeof payload === "string" ? payload : concat(payload));
      }
      mostBufferedBytes = Math.max(mostBufferedBytes, decoder.bufferedBytes);
    }
    decoder.end();
  } catch (error) {
    return { payloads, error, mostBufferedBytes };
  }
  return { payloads, error: undefined, mostBufferedBytes };
}

/** The promise to whoever sends garbage: it parses or it is refused, in bounded memory. Anything else is our fault. */
export function expectParsedOrRefused({ error, mostBufferedBytes }: Decoded, mostBytes: number): void {
  if (error !== undefined && !(error instanceof ProtocolError)) throw error;
  if (mostBufferedBytes > mostBytes)
    throw new Error(`${mostBufferedBytes} bytes were held; at most ${mostBytes} may be`);
}
