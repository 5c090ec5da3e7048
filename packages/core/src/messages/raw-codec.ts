// The codec of a protocol without messages of its own: a payload is a message.
import { utf8Length, type ByteOutput } from "../framing/byte-output.ts";
import { payloadOf, type Payload, type Span } from "../framing/framing.ts";
import { UsageError } from "../errors.ts";
import { shown, type Encoded, type MessageCodec, type MessageDescription } from "./codec.ts";

class RawEncoded implements Encoded {
  bytes = 0;
  text: string | undefined;
  payload: Uint8Array = new Uint8Array(0);

  write(output: ByteOutput): void {
    if (this.text === undefined) output.append(this.payload);
    else output.appendText(this.text, this.bytes);
  }
}

/** Payloads in, payloads out: text stays text where the transport knows the difference, bytes stay bytes. */
export class RawCodec implements MessageCodec<Payload> {
  readonly #encoded = new RawEncoded();

  encode(message: Payload): Encoded {
    const encoded = this.#encoded;
    if (typeof message === "string") {
      encoded.text = message;
      encoded.bytes = utf8Length(message);
    } else if (message instanceof Uint8Array) {
      encoded.text = undefined;
      encoded.payload = message;
      encoded.bytes = message.length;
    } else {
      throw new UsageError("bad-message", `a raw message is a string or a Uint8Array; ${shown(message)} was given`);
    }
    return encoded;
  }

  decode(span: Span): Payload {
    return payloadOf(span);
  }

  typeOf(message: Payload): string {
    return typeof message === "string" ? "text" : "bytes";
  }

  describe(): MessageDescription[] {
    return [{ type: "(any bytes)", id: undefined, fields: {} }];
  }
}
