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

// What a short payload costs at least: an empty one takes room, too, and a flood of them must not go unseen.
const LEAST_COST_BYTES = 64;
// Places of what was handed out are given back this many at a time.
const GIVE_BACK = 1024;

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
    this.bufferedBytes += costOf(payload);
    if (this.#first === undefined) this.#first = payload;
    else this.#rest.push(payload);
  }

  next(): Span | undefined {
    const payload = this.#first;
    if (payload === undefined) return undefined;
    this.bufferedBytes -= costOf(payload);
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
      if (this.#read === GIVE_BACK) {
        this.#rest.splice(0, GIVE_BACK);
        this.#read = 0;
      }
      return;
    }
    this.#first = undefined;
    if (this.#read > 0) {
      this.#rest = [];
      this.#read = 0;
    }
  }
}

function costOf(payload: Payload): number {
  return Math.max(payload.length, LEAST_COST_BYTES);
}
