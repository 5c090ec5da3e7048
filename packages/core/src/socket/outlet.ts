// The sending half of a door: collects what is said in one tick and hands it to the wire at once. Knows nothing of reading.
import { LimitError, UsageError } from "../errors.ts";
import { ByteOutput, joined } from "../framing/byte-output.ts";
import type { FrameEncoder, Framing, Outgoing, Payload } from "../framing/framing.ts";
import type { MessageCodec } from "../messages/codec.ts";
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
    let outgoing: Outgoing;
    try {
      outgoing = this.#codec.encode(message);
      assertFits(outgoing, this.#maxBytes);
    } catch (error) {
      const refused = Promise.reject(error);
      refused.catch(() => {});
      return refused;
    }
    this.messages++;
    this.#hooks.onSent?.(this.#codec.typeOf(message), payloadOf(outgoing));
    if (this.#encoder === undefined) this.#sendPayload(payloadOf(outgoing));
    else {
      this.#encoder.encode(outgoing, this.#output);
      this.#schedule();
    }
    return this.#full ? this.#whenRoom() : READY;
  }

  /** Sends what is encoded once for many outlets. */
  sendShared(shared: SharedMessage<Out>): void {
    this.messages++;
    this.#hooks.onSent?.(this.#codec.typeOf(shared.message), shared.payload(this.#codec, this.#maxBytes));
    if (this.#encoder === undefined) this.#sendPayload(shared.payload(this.#codec, this.#maxBytes));
    else {
      if (this.#encoder.inPlace) this.#encoder.encode(this.#codec.encode(shared.message), this.#output);
      else this.#output.append(shared.framedBy(this.#encoder, this.#codec, this.#maxBytes));
      this.#schedule();
    }
  }

  /** Hands over what was said so far. */
  flush(): void {
    this.#scheduled = false;
    if (this.#output.length === 0 || this.#failure !== undefined) return;
    const parts = this.#output.take();
    if (this.#wire.kind === "stream") this.#wire.write(parts);
    if (this.#wire.queuedBytes === 0) this.#output.recycle();
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

  #schedule(): void {
    if (!this.#scheduled) {
      this.#scheduled = true;
      atEndOfTick(flush, this);
    }
    if (this.#output.length >= HIGH_WATER_BYTES) this.flush();
  }

  #sendPayload(payload: Payload): void {
    if (this.#wire.kind === "payload") this.#wire.send(payload);
    this.#checkQueue();
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
}

/** One message for many outlets: encoded once, and framed once for each framing that they use. */
export class SharedMessage<Out> {
  readonly message: Out;
  readonly #framed = new Map<FrameEncoder, Uint8Array>();
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

  framedBy(encoder: FrameEncoder, codec: MessageCodec<Out>, maxBytes: number): Uint8Array {
    let framed = this.#framed.get(encoder);
    if (framed === undefined) {
      const outgoing = codec.encode(this.message);
      assertFits(outgoing, maxBytes);
      const output = new ByteOutput();
      encoder.encode(outgoing, output);
      framed = joined(output.take());
      this.#framed.set(encoder, framed);
    }
    return framed;
  }
}

function assertFits(outgoing: Outgoing, maxBytes: number): void {
  // A character has at most 3 bytes for each of its UTF-16 units: most texts need no counting.
  if ((outgoing.text === undefined ? outgoing.bytes : outgoing.text.length * 3) <= maxBytes) return;
  if (outgoing.bytes <= maxBytes) return;
  throw new UsageError(
    "message-too-long",
    `a message of ${outgoing.bytes} bytes cannot be sent; at most ${maxBytes} are allowed`,
  );
}

/** The payload as one value, as it is on a wire that keeps boundaries. */
function payloadOf(outgoing: Outgoing): Payload {
  if (outgoing.text !== undefined) return outgoing.text;
  const output = new ByteOutput();
  outgoing.write(output);
  return joined(output.take());
}
