// Received bytes, waiting to be cut: a queue of chunks that reads as one. Knows nothing of frames.
import { free, LARGE_BYTES, takeBlock } from "./blocks.ts";
import { emptySpan, type Span } from "./framing.ts";

// Chunks smaller than this are gathered, so that a sender of single bytes costs us a byte each, not an object each.
const GATHER_BELOW_BYTES = 1024;
const GATHER_BYTES = 4096;
// A block is taken for what is announced when this share of it has come: who only announces must not cost us memory.
const ARRIVED_SHARE = 1 / 8;
const EMPTY: Uint8Array = new Uint8Array(0);

export class ByteInput {
  /** Bytes that wait. */
  length = 0;
  /** The oldest chunk, and where in it the next byte lies. */
  head: Uint8Array = EMPTY;
  offset = 0;
  /** The chunks after the head, oldest first. */
  #rest: Uint8Array[] = [];
  #gathered = 0;
  /** The head, while it is not full: what waits is its beginning, and what arrives next belongs behind that. */
  #block: Uint8Array | undefined;
  readonly #span = emptySpan();

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.#block !== undefined) return this.#fill(this.#block, chunk);
    if (this.length === 0) {
      this.head = chunk;
      this.offset = 0;
    } else if (chunk.length < GATHER_BELOW_BYTES) this.#gather(chunk);
    else {
      this.#closeGathered();
      this.#rest.push(chunk);
    }
    this.length += chunk.length;
  }

  /**
   * The next `count` bytes will be taken in one piece once they are there, and nothing before that. If they are many they
   * are put together as they arrive.
   */
  expect(count: number): void {
    if (count < LARGE_BYTES || this.#block !== undefined || this.length < count * ARRIVED_SHARE) return;
    const block = takeBlock(count).subarray(0, count);
    const filled = this.length;
    for (let at = 0; at < filled;) {
      const { head, offset } = this;
      block.set(offset === 0 ? head : head.subarray(offset), at);
      at += head.length - offset;
      this.skip(head.length - offset);
      // Of what was begun, messages handed out may be views.
      if (offset === 0) free(head);
    }
    this.head = block;
    this.offset = 0;
    this.length = filled;
    this.#block = block;
  }

  /** Where what is pushed next may lie already; undefined if anywhere will do. */
  get room(): Uint8Array | undefined {
    return this.#block?.subarray(this.length);
  }

  /** The byte `index` places ahead; the caller has made sure that it is there. */
  peek(index: number): number {
    let at = this.offset + index;
    if (at < this.head.length) return this.head[at]!;
    at -= this.head.length;
    for (const chunk of this.#rest) {
      if (at < chunk.length) return chunk[at]!;
      at -= chunk.length;
    }
    throw new RangeError(`no byte at ${index}: ${this.length} are there`);
  }

  /** The unsigned 32-bit big-endian integer `index` places ahead. */
  peekUint32(index: number): number {
    const at = this.offset + index;
    const head = this.head;
    if (at + 4 <= head.length) {
      return ((head[at]! << 24) | (head[at + 1]! << 16) | (head[at + 2]! << 8) | head[at + 3]!) >>> 0;
    }
    let value = 0;
    for (let i = 0; i < 4; i++) value = value * 256 + this.peek(index + i);
    return value;
  }

  /** Consumes `count` bytes; the caller has made sure that they are there. */
  skip(count: number): void {
    this.length -= count;
    this.offset += count;
    while (this.offset >= this.head.length && this.#rest.length > 0) {
      this.offset -= this.head.length;
      this.#nextChunk();
    }
    if (this.length === 0) this.head = EMPTY;
  }

  /** Consumes `count` bytes and says where they lie: in place if one chunk holds them, else in a copy. */
  take(count: number): Span {
    const span = this.#span;
    const start = this.offset;
    const end = start + count;
    if (end < this.head.length) {
      span.bytes = this.head;
      span.start = start;
      span.end = end;
      this.offset = end;
      this.length -= count;
    } else if (end === this.head.length) {
      span.bytes = this.head;
      span.start = start;
      span.end = end;
      this.skip(count);
    } else {
      span.bytes = this.#copyOf(count);
      span.start = 0;
      span.end = count;
    }
    return span;
  }

  #fill(block: Uint8Array, chunk: Uint8Array): void {
    const missing = block.length - this.length;
    if (chunk.buffer !== block.buffer)
      block.set(chunk.length > missing ? chunk.subarray(0, missing) : chunk, this.length);
    this.length += Math.min(chunk.length, missing);
    if (chunk.length < missing) return free(chunk);
    this.#block = undefined;
    if (chunk.length > missing) this.push(chunk.subarray(missing));
  }

  #copyOf(count: number): Uint8Array {
    const copy = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      const piece = this.head.subarray(this.offset, this.offset + count - filled);
      copy.set(piece, filled);
      filled += piece.length;
      this.skip(piece.length);
    }
    return copy;
  }

  #nextChunk(): void {
    if (this.#rest.length === 1) this.#closeGathered();
    this.head = this.#rest.shift()!;
  }

  /** Copies a small chunk behind the last one, into a buffer of our own. */
  #gather(chunk: Uint8Array): void {
    const last = this.#rest.at(-1);
    if (this.#gathered > 0 && last !== undefined && this.#gathered + chunk.length <= GATHER_BYTES) {
      const whole = new Uint8Array(last.buffer, 0, this.#gathered + chunk.length);
      whole.set(chunk, this.#gathered);
      this.#rest[this.#rest.length - 1] = whole;
      this.#gathered = whole.length;
      return;
    }
    const fresh = new Uint8Array(new ArrayBuffer(GATHER_BYTES), 0, chunk.length);
    fresh.set(chunk);
    this.#rest.push(fresh);
    this.#gathered = chunk.length;
  }

  #closeGathered(): void {
    this.#gathered = 0;
  }
}
