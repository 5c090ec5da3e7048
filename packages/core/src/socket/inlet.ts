// The receiving half of a door: keeps what arrived until somebody reads it, and pauses the transport when too much waits.
// Knows nothing of sending, nor of why a conversation ends.
import { UsageError } from "../errors.ts";
import { payloadOf, type FrameDecoder, type Payload } from "../framing/framing.ts";
import type { MessageCodec } from "../messages/codec.ts";
import type { Wire } from "../transports/wire.ts";

/** Whose inlet it is. */
export interface InletOwner {
  /** What arrived cannot be read: ends the conversation. The error is what the reader gets. */
  onUnreadable(error: Error): void;
  /** Undefined when nobody traces. */
  readonly onRead: ((type: string, payload: Payload) => void) | undefined;
}

/** Who waits for a message; a rejected promise tells it of an error. */
type Reader<In> = (result: IteratorResult<In, undefined> | Promise<never>) => void;

export class Inlet<In> {
  messages = 0;
  readonly #wire: Wire;
  readonly #decoder: FrameDecoder<Payload>;
  readonly #codec: MessageCodec<In>;
  readonly #highWaterBytes: number;
  readonly #owner: InletOwner;
  #paused = false;
  #reader: Reader<In> | undefined;
  /** Discarding: nobody will read what still comes. Ended: nothing more will come. */
  #state: "open" | "discarding" | "ended" = "open";
  #error: Error | undefined;
  /** What arrives is thrown away unread. */
  #deaf = false;

  /** @param highWaterBytes above this much unread, the wire is paused. */
  constructor(
    wire: Wire,
    decoder: FrameDecoder<Payload>,
    codec: MessageCodec<In>,
    highWaterBytes: number,
    owner: InletOwner,
  ) {
    this.#wire = wire;
    this.#decoder = decoder;
    this.#codec = codec;
    this.#highWaterBytes = highWaterBytes;
    this.#owner = owner;
  }

  /** Received and not yet read. */
  get queuedBytes(): number {
    return this.#decoder.bufferedBytes;
  }

  /** Where what arrives next belongs, if that is known. */
  get room(): Uint8Array | undefined {
    return this.#decoder.room;
  }

  next(): Promise<IteratorResult<In, undefined>> {
    if (this.#reader !== undefined) {
      const sentence = "this socket is being read already: it has one reader at a time";
      return Promise.reject(new UsageError("two-readers", sentence));
    }
    try {
      const message = this.#pull();
      if (message !== undefined) return Promise.resolve({ value: message, done: false });
      if (this.#state !== "open") return Promise.resolve(this.#finish());
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  received(chunk: Payload): void {
    if (this.#deaf) return;
    this.#decoder.push(chunk);
    if (this.#state === "discarding") return this.#discard();
    this.#serve();
    if (this.#paused || this.#reader !== undefined || this.queuedBytes <= this.#highWaterBytes) return;
    this.#paused = true;
    this.#wire.pause();
  }

  /** Nothing more will come; what has come can still be read. Then the reader gets `error`, or the end. */
  end(error?: Error): void {
    this.#error ??= error;
    if (this.#state === "open") this.#state = "ended";
    this.#serve();
  }

  /** Nobody will read what still comes: the reader gets `error`, or the end, now. */
  discard(error?: Error): void {
    this.#error ??= error;
    this.#state = "discarding";
    // Unread input would keep the end from being seen.
    this.#resume();
    this.#discard();
  }

  /** The next message if it is there. */
  #pull(): In | undefined {
    if (this.#state === "discarding") return undefined;
    try {
      const span = this.#decoder.next();
      if (span === undefined) {
        if (this.#paused) this.#resume();
        return undefined;
      }
      const message = this.#codec.decode(span);
      this.messages++;
      this.#owner.onRead?.(this.#codec.typeOf(message), payloadOf(span));
      if (this.#paused && this.queuedBytes * 2 < this.#highWaterBytes) this.#resume();
      return message;
    } catch (error) {
      throw this.#unreadable(error as Error);
    }
  }

  /** Gives whoever waits for a message what there is for it, if there is anything. */
  #serve(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    // Pulling may end the conversation, and whoever ends it serves the reader: once is enough.
    this.#reader = undefined;
    try {
      const message = this.#pull();
      if (message !== undefined) reader({ value: message, done: false });
      else if (this.#state === "open") this.#reader = reader;
      else reader(this.#finish());
    } catch (error) {
      reader(Promise.reject(error));
    }
  }

  /** What a reader gets when there is nothing left to read. */
  #finish(): IteratorResult<In, undefined> {
    if (this.#error !== undefined) throw this.#error;
    if (this.#state === "ended") {
      try {
        this.#decoder.end();
      } catch (error) {
        throw this.#unreadable(error as Error);
      }
    }
    return { value: undefined, done: true };
  }

  #unreadable(error: Error): Error {
    this.#error ??= error;
    this.#owner.onUnreadable(error);
    return error;
  }

  #discard(): void {
    try {
      while (this.#decoder.next() !== undefined);
    } catch {
      // It cannot be read any further, and need not be: what matters is only that the remote side hears our last word,
      // which it would not if we hung up while it still speaks.
      this.#deaf = true;
    }
    this.#serve();
  }

  #resume(): void {
    this.#paused = false;
    this.#wire.resume();
  }
}
