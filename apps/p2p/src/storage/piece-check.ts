// Whether a piece is as its hash says, one after the other, in little memory and without holding up what else goes on.
// Decides nothing.
import { createHash, type Hash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Info } from "../torrent/info.ts";
import type { Content } from "./content.ts";

/** As much as stays in a processor's own memory between being read and being hashed. */
const CHUNK_BYTES = 256 * 1024;
/** For so long others wait. */
const TURN_MS = 5;

export class PieceCheck {
  readonly #info: Info;
  readonly #content: Content;
  readonly #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  readonly #zeros = Buffer.alloc(CHUNK_BYTES);
  /** Of so many zeros: what is not there yet is mostly a hole. */
  readonly #hashesOfZeros = new Map<number, Buffer>();
  #last: Promise<unknown> = Promise.resolve();
  #turnEndsMs = 0;

  constructor(info: Info, content: Content) {
    this.#info = info;
    this.#content = content;
  }

  /** After those that were asked for before. @throws StorageError. */
  isWhole(piece: number): Promise<boolean> {
    const checked = this.#last.then(() => this.#check(piece));
    this.#last = checked.catch(() => {});
    return checked;
  }

  async #check(piece: number): Promise<boolean> {
    const bytes = this.#content.layout.bytesOf(piece);
    let zeros = 0;
    const sum = createHash(this.#info.hashes.algorithm);
    for (let begin = 0; begin < bytes;) {
      if (performance.now() > this.#turnEndsMs) {
        await nextTurn();
        this.#turnEndsMs = performance.now() + TURN_MS;
      }
      const chunk = this.#chunk.subarray(0, Math.min(CHUNK_BYTES, bytes - begin));
      if (!(await this.#content.read(piece, begin, chunk))) return false;
      if (zeros === begin && chunk.equals(this.#zeros.subarray(0, chunk.length))) zeros += chunk.length;
      else {
        if (zeros === begin) this.#addZeros(sum, zeros);
        sum.update(chunk);
      }
      begin += chunk.length;
    }
    const found = zeros === bytes ? this.#hashOfZeros(bytes) : sum.digest();
    return found.equals(this.#info.hashes.of(piece));
  }

  #hashOfZeros(bytes: number): Buffer {
    let sum = this.#hashesOfZeros.get(bytes);
    if (sum === undefined) {
      const adding = createHash(this.#info.hashes.algorithm);
      this.#addZeros(adding, bytes);
      sum = adding.digest();
      this.#hashesOfZeros.set(bytes, sum);
    }
    return sum;
  }

  #addZeros(sum: Hash, bytes: number): void {
    for (let left = bytes; left > 0; left -= CHUNK_BYTES)
      sum.update(left < CHUNK_BYTES ? this.#zeros.subarray(0, left) : this.#zeros);
  }
}
