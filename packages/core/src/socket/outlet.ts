// The sending half of a door: collects what is said in one tick and hands it to the wire at once. Knows nothing of reading.
import { LimitError, UsageError } from "../errors.ts";
import { ByteOutput, joined } from "../framing/byte-output.ts";
import type { FrameEncoder, Framing, Payload } from "../framing/framing.ts";
import type { Encoded, MessageCodec } from "../messages/codec.ts";
import type { Wire } from "../transports/wire.ts";

/** At this much unsent, whoever awaits `send` is made to wait. */
export const HIGH_WATER_BYTES: number = 64 * 1024;

const READY = Promise.resolve();

// After all continuations that this tick still has: so a whole burst leaves in one system call.
const atEndOfTick: (callback: (outlet: Flushable) => void, outlet: Flushable) => void =
  typeof globalThis.process?.nextTick === "function"
    ? (callback, outlet) => process.nextTick(callback, outlet)
    : (callback, outlet) => queueMicrotask(() => callback(outlet));

interface Flushable {
  flush(): void;
}

function flush(outlet: Flushable): void {
  outlet.flush();
}

export interface OutletHooks {
  readonly maxQueueBytes: number;
  onOverflow(error: LimitError): void;
  readonly onSent: ((type: string, payload: Payload) => void) | undefined;
}

export class Outlet<Out> implements Flushable {
  messages = 0;
  readonly #wire: Wire;
  readonly #codec: MessageCodec<Out>;
  readonly #maxBytes: number;
  readonly #hooks: OutletHooks;
  readonly #output: ByteOutput;
  readonly #encoder: FrameEncoder | undefined;
  #scheduled = false;
  #full = false;
  #room: PromiseWithResolvers<void> | undefined;
  #failure: Error | undefined;

  constructor(wire: Wire, framing: Framing, codec: MessageCodec<Out>, hooks: OutletHooks) {
    this.#wire = wire;
    this.#codec = codec;
    this.#hooks = hooks;
    this.#maxBytes = Math.min(framing.maxBytes, wire.traits.maxMessageBytes);
    this.#encoder = wire.kind === "payload" ? undefined : (wire.framing ?? framing).encoder(framing.maxBytes);
    this.#output = new ByteOutput(this.#encoder?.inPlace ? Infinity : undefined);
  }

  /** Sent by the application and not yet taken by the operating system. */
  get queuedBytes(): number {
    return this.#output.length + this.#wire.queuedBytes;
  }

  send(message: Out): Promise<void> {
    let encoded: Encoded;
    try {
      encoded = this.#codec.encode(message);
      if (encoded.bytes > this.#maxBytes) this.#tooLong(encoded.bytes);
    } catch (error) {
      const refused = Promise.reject(error as Error);
      refused.catch(() => {});
      return refused;
    }
    this.messages++;
    this.#hooks.onSent?.(this.#codec.typeOf(message), payloadOfEncoded(encoded));
    if (this.#encoder === undefined) return this.#sendPayload(encoded);
    const output = this.#output;
    this.#encoder.before(output, encoded.bytes, encoded.text !== undefined);
    encoded.write(output);
    this.#encoder.after(output);
    if (!this.#scheduled) {
      this.#scheduled = true;
      atEndOfTick(flush, this);
    }
    if (output.length < HIGH_WATER_BYTES && !this.#full) return READY;
    if (output.length >= HIGH_WATER_BYTES) this.flush();
    return this.#full ? this.#whenRoom() : READY;
  }

  /** Hands over what was said so far. */
  flush(): void {
    this.#scheduled = false;
    if (this.#output.length === 0 || this.#failure !== undefined) return;
    const parts = this.#output.take();
    if (this.#wire.kind === "stream") this.#wire.write(parts);
    this.#checkQueue();
  }

  drained(): void {
    this.#full = false;
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** The conversation is over: whoever waits for room is told. */
  fail(error: Error): void {
    this.#failure = error;
    this.#output.take();
    this.#room?.reject(error);
    this.#room = undefined;
  }

  #sendPayload(encoded: Encoded): Promise<void> {
    if (this.#wire.kind === "payload") this.#wire.send(payloadOfEncoded(encoded));
    this.#checkQueue();
    return this.#full ? this.#whenRoom() : READY;
  }

  #checkQueue(): void {
    const queued = this.#wire.queuedBytes;
    this.#full = queued >= HIGH_WATER_BYTES;
    if (queued <= this.#hooks.maxQueueBytes) return;
    this.#hooks.onOverflow(
      new LimitError(
        "send-queue-full",
        `the remote side does not read: ${queued} bytes wait for it, and at most ${this.#hooks.maxQueueBytes} may`,
      ),
    );
  }

  #whenRoom(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#room === undefined) {
      this.#room = Promise.withResolvers();
      this.#room.promise.catch(() => {});
    }
    return this.#room.promise;
  }

  #tooLong(bytes: number): never {
    throw new UsageError("message-too-long", `a message of ${bytes} bytes cannot be sent; at most ${this.#maxBytes} are allowed`);
  }
}

/** The payload as one value, as it is on a wire that keeps boundaries. */
function payloadOfEncoded(encoded: Encoded): Payload {
  if (encoded.text !== undefined) return encoded.text;
  const output = new ByteOutput();
  encoded.write(output);
  return joined(output.take());
}
