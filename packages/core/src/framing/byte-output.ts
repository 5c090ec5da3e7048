// Collects what is said in one tick in as few pieces as possible. Knows nothing of frames, nor of where the bytes go.

// Below this a copy is cheaper than one more buffer for the operating system to gather.
export const COPY_BELOW_BYTES: number = 2048;
const SMALLEST_SLAB_BYTES = 512;
const LARGEST_SLAB_BYTES = 64 * 1024;
const EMPTY: Uint8Array = new Uint8Array(0);

const inNode = typeof Buffer === "function";
const textEncoder = new TextEncoder();
const allocate: (bytes: number) => Uint8Array = inNode
  ? (bytes) => Buffer.allocUnsafe(bytes)
  : (bytes) => new Uint8Array(bytes);

/** The number of bytes that `text` has in UTF-8. */
export const utf8Length: (text: string) => number = inNode
  ? (text) => Buffer.byteLength(text)
  : (text) => textEncoder.encode(text).length;

/**
 * An append-only list of bytes. Small pieces are copied into one slab; large ones are kept by reference,
 * so whoever appends them must not change them afterwards.
 */
export class ByteOutput {
  /** The slab being filled; `reserve` says where in it to write. Replaced whenever it is full. */
  bytes: Uint8Array = EMPTY;
  /** Bytes appended since the last `take`. */
  length = 0;
  /** Pieces of at least this many bytes are kept by reference; `Infinity` copies everything. */
  copyBelow: number;
  #end = 0;
  #partStart = 0;
  #parts: Uint8Array[] = [];
  #texts: string[] = [];

  constructor(copyBelow: number = COPY_BELOW_BYTES) {
    this.copyBelow = copyBelow;
  }

  /** Makes sure that the next `count` bytes lie in one piece. */
  ensure(count: number): void {
    if (this.#end + count <= this.bytes.length) return;
    this.#closePart();
    const wanted = Math.max(SMALLEST_SLAB_BYTES, this.length * 2, this.bytes.length * 2);
    this.bytes = allocate(Math.max(count, Math.min(wanted, LARGEST_SLAB_BYTES)));
    this.#end = 0;
    this.#partStart = 0;
  }

  /** Appends `count` bytes for the caller to fill, in `this.bytes`, from the index returned. */
  reserve(count: number): number {
    if (this.#texts.length > 0) this.encodeTexts();
    this.ensure(count);
    const at = this.#end;
    this.#end += count;
    this.length += count;
    return at;
  }

  append(piece: Uint8Array): void {
    const count = piece.length;
    if (count < this.copyBelow) {
      const at = this.reserve(count);
      this.bytes.set(piece, at);
      return;
    }
    this.encodeTexts();
    this.#closePart();
    this.#parts.push(piece);
    this.length += count;
  }

  /** Appends `text`, to be encoded in UTF-8 together with the texts that follow it: one call for a whole burst. */
  appendText(text: string): void {
    this.#texts.push(text);
    // Right for ASCII, and put right for the rest when it is encoded.
    this.length += text.length;
  }

  /** Encodes the texts appended, so that their bytes lie in `this.bytes`. */
  encodeTexts(): void {
    if (this.#texts.length === 0) return;
    const text = this.#texts.length === 1 ? this.#texts[0]! : this.#texts.join("");
    this.#texts.length = 0;
    this.length -= text.length;
    const count = utf8Length(text);
    const at = this.reserve(count);
    if (inNode) (this.bytes as Buffer).write(text, at, count, "utf8");
    else textEncoder.encodeInto(text, this.bytes.subarray(at, at + count));
  }

  /** Hands out everything appended, in order. What is appended next lies behind it in the slab. */
  take(): Uint8Array[] {
    this.encodeTexts();
    this.#closePart();
    const parts = this.#parts;
    this.#parts = [];
    this.length = 0;
    return parts;
  }

  /** Whether `part`, which was taken, lies in the slab that the next bytes may go to. */
  isInSlab(part: Uint8Array): boolean {
    return part.buffer === this.bytes.buffer;
  }

  /** Starts anew: in the same slab if nobody looks at what was taken any more, else without one. */
  reset(mayReuse: boolean): void {
    if (!mayReuse) this.bytes = EMPTY;
    this.#end = 0;
    this.#partStart = 0;
  }

  #closePart(): void {
    if (this.#end > this.#partStart) this.#parts.push(this.bytes.subarray(this.#partStart, this.#end));
    this.#partStart = this.#end;
  }
}

/** All of `parts` in one piece; not copied if it is one already. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = allocate(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
