// Which pieces somebody has: a bit for each, the first in the highest bit of the first byte (BEP 3). Knows no peer.
import { ProtocolError } from "@socketlab/core/browser";

export class Bitfield {
  readonly length: number;
  /** How many are set. */
  count = 0;
  readonly #bytes: Uint8Array;

  /** @param length in bits; none is set. */
  constructor(length: number) {
    this.length = length;
    this.#bytes = new Uint8Array(Math.ceil(length / 8));
  }

  /** @throws ProtocolError `bad-bitfield` for a wrong number of bytes, or when a bit beyond the last piece is set. */
  static from(bytes: Uint8Array, length: number): Bitfield {
    const field = new Bitfield(length);
    const expected = field.#bytes.length;
    if (bytes.length !== expected) {
      const sentence = `a bitfield for ${length} pieces has ${expected} bytes; ${bytes.length} were given`;
      throw new ProtocolError("bad-bitfield", sentence);
    }
    const spare = expected * 8 - length;
    if (expected > 0 && (bytes[expected - 1]! & ((1 << spare) - 1)) !== 0)
      throw new ProtocolError("bad-bitfield", `a bit beyond the last of ${length} pieces is set`);
    field.#bytes.set(bytes);
    for (const byte of bytes) field.count += bitsIn(byte);
    return field;
  }

  get isFull(): boolean {
    return this.count === this.length;
  }

  /** What is outside is not set. */
  has(index: number): boolean {
    return ((this.#bytes[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0;
  }

  /** @returns whether it was not set before. */
  set(index: number): boolean {
    if (index < 0 || index >= this.length)
      throw new RangeError(`there is no bit ${index} among ${this.length}`);
    if (this.has(index)) return false;
    this.#bytes[index >> 3]! |= 0x80 >> (index & 7);
    this.count++;
    return true;
  }

  /** @returns whether it was set before. */
  clear(index: number): boolean {
    if (!this.has(index)) return false;
    this.#bytes[index >> 3]! &= ~(0x80 >> (index & 7));
    this.count--;
    return true;
  }

  setAll(): void {
    for (let index = 0; index < this.length; index++) this.set(index);
  }

  /** Those that are set, in ascending order. */
  *[Symbol.iterator](): Generator<number> {
    for (let index = 0; index < this.length; index++) if (this.has(index)) yield index;
  }

  /** A copy, as it goes over the wire. */
  toBytes(): Uint8Array {
    return this.#bytes.slice();
  }
}

function bitsIn(byte: number): number {
  let bits = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) bits++;
  return bits;
}
