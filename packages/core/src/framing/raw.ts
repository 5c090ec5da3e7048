// Bytes as they come: no framing at all (RFC 862 echo). A byte stream keeps no boundaries, so a payload is whatever arrived.
import { ProtocolError } from "../errors.ts";
import {
  emptySpan,
  type FrameDecoder,
  type FrameEncoder,
  type Framing,
  type Payload,
  type Span,
} from "./framing.ts";

const encoder: FrameEncoder = { encode: (payload, output) => payload.write(output) };

/** No framing: over a byte stream each chunk that arrives is a payload; over other transports each message is one. */
export function raw({ maxBytes = 16 * 1024 * 1024 }: { maxBytes?: number } = {}): Framing<"any"> {
  return {
    name: "raw",
    kind: "any",
    maxBytes,
    encoder: () => encoder,
    decoder: () => new PayloadQueue(Infinity),
  };
}

/** Payloads that are whole already, in the order of their arrival: from `raw` bytes, datagrams, WebSocket messages. */
export class PayloadQueue implements FrameDecoder<Payload> {
  bufferedBytes = 0;
  #first: Payload | undefined;
  #rest: Payload[] = [];
  #read = 0;
  readonly #span = emptySpan();
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(payload: Payload): void {
    this.bufferedBytes += payload.length;
    if (this.#first === undefined) this.#first = payload;
    else this.#rest.push(payload);
  }

  next(): Span | undefined {
    const payload = this.#first;
    if (payload === undefined) return undefined;
    this.bufferedBytes -= payload.length;
    this.#advance();
    if (payload.length > this.#maxBytes) {
      throw new ProtocolError(
        "message-too-long",
        `a message of ${payload.length} bytes arrived; at most ${this.#maxBytes} are allowed`,
      );
    }
    const span = this.#span;
    if (typeof payload === "string") span.text = payload;
    else {
      span.text = undefined;
      span.bytes = payload;
      span.start = 0;
      span.end = payload.length;
    }
    return span;
  }

  end(): void {}

  #advance(): void {
    if (this.#read < this.#rest.length) {
      this.#first = this.#rest[this.#read];
      this.#rest[this.#read++] = "";
      return;
    }
    this.#first = undefined;
    if (this.#read > 0) {
      this.#rest = [];
      this.#read = 0;
    }
  }
}
