// One message for many sockets: encoded once, and framed once for each framing that they use. Knows no socket.
import { UsageError } from "../errors.ts";
import { ByteOutput, joined } from "../framing/byte-output.ts";
import type { FrameEncoder, Outgoing, Payload } from "../framing/framing.ts";
import type { MessageCodec } from "../messages/codec.ts";
import { SharedRun } from "./shared-run.ts";

/** One message for many outlets: encoded once, and framed once for each framing that they use. */
export class SharedMessage<Out> {
  readonly message: Out;
  readonly #framed = new Map<FrameEncoder, Uint8Array>();
  readonly #runs = new Map<FrameEncoder, SharedRun>();
  #payload: Payload | undefined;

  constructor(message: Out) {
    this.message = message;
  }

  payload(codec: MessageCodec<Out>, maxBytes: number): Payload {
    if (this.#payload === undefined) {
      const outgoing = codec.encode(this.message);
      assertFits(outgoing, maxBytes);
      this.#payload = payloadOf(outgoing);
    }
    return this.#payload;
  }

  framedBy(encoder: FrameEncoder, codec: MessageCodec<Out>): Uint8Array {
    let framed = this.#framed.get(encoder);
    if (framed === undefined) {
      const output = new ByteOutput();
      encoder.encode(codec.encode(this.message), output);
      framed = joined(output.take());
      this.#framed.set(encoder, framed);
    }
    return framed;
  }

  /** What was said before it in this tick, if anything, and then this message. */
  runAfter(before: SharedRun | undefined, encoder: FrameEncoder, codec: MessageCodec<Out>): SharedRun {
    if (before !== undefined) return before.followedBy(this.framedBy(encoder, codec));
    let run = this.#runs.get(encoder);
    if (run === undefined) this.#runs.set(encoder, (run = new SharedRun(this.framedBy(encoder, codec))));
    return run;
  }
}

/** @throws UsageError `message-too-long`. */
export function assertFits(outgoing: Outgoing, maxBytes: number): void {
  // A character has at most 3 bytes for each of its UTF-16 units: most texts need no counting.
  if ((outgoing.text === undefined ? outgoing.bytes : outgoing.text.length * 3) <= maxBytes) return;
  if (outgoing.bytes <= maxBytes) return;
  throw new UsageError(
    "message-too-long",
    `a message of ${outgoing.bytes} bytes cannot be sent; at most ${maxBytes} are allowed`,
  );
}

// Small payloads are cut from one slab after another.
const payloads = new ByteOutput();

/** The payload as one value, as it is on a wire that keeps boundaries. */
export function payloadOf(outgoing: Outgoing): Payload {
  if (outgoing.text !== undefined) return outgoing.text;
  outgoing.write(payloads);
  return joined(payloads.take());
}
