// The codec of a protocol without messages of its own: a payload is a message.
import { utf8Length, type ByteOutput } from "../framing/byte-output.ts";
import { payloadOf, type Outgoing, type Payload, type Span } from "../framing/framing.ts";
import { UsageError } from "../errors.ts";
import { shown, type MessageCodec, type MessageDescription } from "./codec.ts";

class RawOutgoing implements Outgoing {
  text: string | undefined;
  payload: Uint8Array = new Uint8Array(0);

  get bytes(): number {
    return this.text === undefined ? this.payload.length : utf8Length(this.text);
  }

  write(output: ByteOutput): void {
    if (this.text === undefined) output.append(this.payload);
    else output.appendText(this.text);
  }
}

/** Payloads in, payloads out: text stays text where the transport knows the difference, bytes stay bytes. */
export class RawCodec implements MessageCodec<Payload> {
  readonly #outgoing = new RawOutgoing();

  encode(message: Payload): Outgoing {
    const outgoing = this.#outgoing;
    if (typeof message === "string") outgoing.text = message;
    else if (message instanceof Uint8Array) {
      outgoing.text = undefined;
      outgoing.payload = message;
    } else {
      throw new UsageError(
        "bad-message",
        `a raw message is a string or a Uint8Array; ${shown(message)} was given`,
      );
    }
    return outgoing;
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
