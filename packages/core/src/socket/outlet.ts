// The sending half of a door: collects what is said in one tick and hands it to the wire at once. Knows nothing of reading.
import { LimitError } from "../errors.ts";
import { LARGE_BYTES } from "../framing/blocks.ts";
import { ByteOutput, COPY_BELOW_BYTES } from "../framing/byte-output.ts";
import type { FrameEncoder, Framing, Outgoing, Payload } from "../framing/framing.ts";
import type { MessageCodec } from "../messages/codec.ts";
import type { Wire } from "../transports/wire.ts";
import { flushAtEndOfTick, type Flushable } from "./end-of-tick.ts";
import { assertFits, payloadOf, type SharedMessage } from "./shared-message.ts";
import type { SharedRun } from "./shared-run.ts";

/**
 * At this much unsent, whoever awaits `send` is made to wait, until nothing is. So when it settles for a large message, that
 * has been taken by the wire: its bytes, which are handed on without a copy, are the sender's again.
 */
export const HIGH_WATER_BYTES: number = LARGE_BYTES;

const READY = Promise.resolve();

/** Whose outlet it is. */
export interface OutletOwner {
  /** The remote side does not read: more waits for it than may. */
  onOverflow(error: LimitError): void;
  /** Undefined when nobody traces. */
  readonly onSent: ((type: string, payload: Payload) => void) | undefined;
}

// An output is needed only from the first message of a tick to its end, so a few serve all outlets.
const idleOutputs: ByteOutput[] = [];
const MOST_IDLE_OUTPUTS = 16;

export class Outlet<Out> implements Flushable {
  messages = 0;
  readonly #wire: Wire;
  readonly #codec: MessageCodec<Out>;
  readonly #maxBytes: number;
  readonly #maxQueueBytes: number;
  readonly #owner: OutletOwner;
  readonly #encoder: FrameEncoder | undefined;
  /** What was said in this tick, as long as all of it was said to others, too. */
  #run: SharedRun | undefined;
  /** What was said in this tick. */
  #output: ByteOutput | undefined;
  #full = false;
  #room: PromiseWithResolvers<void> | undefined;
  #failure: Error | undefined;

  constructor(
    wire: Wire,
    framing: Framing,
    codec: MessageCodec<Out>,
    maxQueueBytes: number,
    owner: OutletOwner,
  ) {
    this.#wire = wire;
    this.#codec = codec;
    this.#maxQueueBytes = maxQueueBytes;
    this.#owner = owner;
    this.#maxBytes = Math.min(framing.maxBytes, wire.traits.maxMessageBytes);
    this.#encoder = wire.kind === "payload" ? undefined : (wire.framing ?? framing).encoder();
  }

  /** Sent by the application and not yet taken by the operating system. */
  get queuedBytes(): number {
    return (this.#run?.length ?? 0) + (this.#output?.length ?? 0) + this.#wire.queuedBytes;
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
    this.#owner.onSent?.(this.#codec.typeOf(message), payloadOf(outgoing));
    if (this.#encoder === undefined) this.#sendPayload(payloadOf(outgoing));
    else {
      const output = this.#output ?? this.#begin(this.#encoder);
      this.#encoder.encode(outgoing, output);
      if (output.length >= HIGH_WATER_BYTES) this.flush();
    }
    return this.#full ? this.#whenRoom() : READY;
  }

  /** Sends what is encoded once for many outlets. @throws UsageError when it cannot be sent. */
  sendShared(shared: SharedMessage<Out>): void {
    const payload = shared.payload(this.#codec, this.#maxBytes);
    this.messages++;
    this.#owner.onSent?.(this.#codec.typeOf(shared.message), payload);
    if (this.#encoder === undefined) return this.#sendPayload(payload);
    if (this.#output === undefined && !this.#encoder.inPlace) return this.#extendRun(shared, this.#encoder);
    const output = this.#output ?? this.#begin(this.#encoder);
    // A masked frame is different for each socket.
    if (this.#encoder.inPlace) this.#encoder.encode(this.#codec.encode(shared.message), output);
    else output.append(shared.framedBy(this.#encoder, this.#codec));
    if (output.length >= HIGH_WATER_BYTES) this.flush();
  }

  #extendRun(shared: SharedMessage<Out>, encoder: FrameEncoder): void {
    if (this.#run === undefined) flushAtEndOfTick(this);
    this.#run = shared.runAfter(this.#run, encoder, this.#codec);
    if (this.#run.length >= HIGH_WATER_BYTES) this.flush();
  }

  /** Hands over what was said so far. */
  flush(): void {
    if (this.#run !== undefined) return this.#flushRun(this.#run);
    const output = this.#output;
    if (output === undefined) return;
    this.#output = undefined;
    let parts = output.take();
    if (this.#wire.kind === "stream" && this.#failure === undefined && parts.length > 0) {
      // What must wait is copied out of the slab, so that a few bytes do not keep all of it.
      const mustWait = this.#wire.queuedBytes > 0;
      if (mustWait) parts = parts.map((part) => (output.isInSlab(part) ? new Uint8Array(part) : part));
      this.#wire.write(parts);
      output.reset(mustWait || this.#wire.queuedBytes === 0);
      this.#checkQueue();
    } else output.reset(true);
    if (idleOutputs.length < MOST_IDLE_OUTPUTS) idleOutputs.push(output);
  }

  #flushRun({ bytes }: SharedRun): void {
    this.#run = undefined;
    if (this.#wire.kind !== "stream" || this.#failure !== undefined) return;
    this.#wire.write([bytes]);
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
    this.#room?.reject(error);
    this.#room = undefined;
  }

  #begin(encoder: FrameEncoder): ByteOutput {
    const output = idleOutputs.pop() ?? new ByteOutput();
    output.copyBelow = encoder.inPlace ? Infinity : COPY_BELOW_BYTES;
    this.#output = output;
    if (this.#run === undefined) flushAtEndOfTick(this);
    else {
      // Something for this one alone: from here on it goes its own way.
      output.append(this.#run.bytes);
      this.#run = undefined;
    }
    return output;
  }

  #sendPayload(payload: Payload): void {
    if (this.#wire.kind === "payload") this.#wire.send(payload);
    this.#checkQueue();
  }

  #checkQueue(): void {
    const queued = this.#wire.queuedBytes;
    this.#full = queued >= HIGH_WATER_BYTES;
    if (queued <= this.#maxQueueBytes) return;
    this.#owner.onOverflow(
      new LimitError(
        "send-queue-full",
        `the remote side does not read: ${queued} bytes wait for it, and at most ${this.#maxQueueBytes} may`,
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
