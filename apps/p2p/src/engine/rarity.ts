// Pieces that nobody has been asked for yet, the rarest first. Knows no peer, only how many have a piece.
import type { Random } from "@socketlab/core";

/**
 * The pieces lie in one array in the order of how many peers have them, so that one more or one fewer costs a swap with the
 * first or last of its kind. Those that are no candidates are not in it, but are counted all the same.
 */
export class Rarity {
  /** The candidates, rarest first. */
  readonly #order: Uint32Array;
  /** Of each piece: where in the order it is, if it is a candidate. */
  readonly #place: Int32Array;
  /** Of each piece: how many peers have it. */
  readonly #copies: Uint16Array;
  /** Where in the order those with so many copies begin. */
  readonly #starts: number[] = [0];
  #candidates = 0;

  constructor(pieces: number) {
    this.#order = new Uint32Array(pieces);
    this.#place = new Int32Array(pieces).fill(-1);
    this.#copies = new Uint16Array(pieces);
  }

  /** How many candidates there are. */
  get size(): number {
    return this.#candidates;
  }

  isCandidate(piece: number): boolean {
    return this.#place[piece]! >= 0;
  }

  copiesOf(piece: number): number {
    return this.#copies[piece]!;
  }

  /** Makes it a candidate. */
  add(piece: number): void {
    if (this.isCandidate(piece)) return;
    const copies = this.#copies[piece]!;
    this.#extend(copies);
    // As the last of those that most have, and from there down to its own kind.
    this.#put(piece, this.#candidates++);
    for (let kind = this.#starts.length - 1; kind > copies; kind--) {
      const first = this.#starts[kind]!++;
      this.#swap(this.#place[piece]!, first);
    }
  }

  /** It is no candidate any more. */
  remove(piece: number): void {
    if (!this.isCandidate(piece)) return;
    for (let kind = this.#copies[piece]! + 1; kind < this.#starts.length; kind++) {
      const last = --this.#starts[kind]!;
      this.#swap(this.#place[piece]!, last);
    }
    const last = --this.#candidates;
    this.#swap(this.#place[piece]!, last);
    this.#place[piece] = -1;
  }

  /** One more peer has it. */
  increment(piece: number): void {
    const copies = this.#copies[piece]!;
    this.#copies[piece] = copies + 1;
    if (!this.isCandidate(piece)) return;
    this.#extend(copies + 1);
    const last = --this.#starts[copies + 1]!;
    this.#swap(this.#place[piece]!, last);
  }

  /** One peer fewer has it. */
  decrement(piece: number): void {
    const copies = this.#copies[piece]!;
    this.#copies[piece] = copies - 1;
    if (!this.isCandidate(piece)) return;
    const first = this.#starts[copies]!++;
    this.#swap(this.#place[piece]!, first);
  }

  /** The rarest candidate for which `fits`; by chance among those that are as rare. */
  rarest(fits: (piece: number) => boolean, random: Random): number | undefined {
    for (let kind = 0; kind < this.#starts.length; kind++) {
      const start = this.#starts[kind]!;
      const end = this.#starts[kind + 1] ?? this.#candidates;
      const found = this.#anyOf(start, end, fits, random);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Any candidate for which `fits`. */
  any(fits: (piece: number) => boolean, random: Random): number | undefined {
    return this.#anyOf(0, this.#candidates, fits, random);
  }

  /** The first candidate by number for which `fits`. */
  first(fits: (piece: number) => boolean): number | undefined {
    for (let piece = 0; piece < this.#place.length; piece++)
      if (this.#place[piece]! >= 0 && fits(piece)) return piece;
    return undefined;
  }

  #anyOf(start: number, end: number, fits: (piece: number) => boolean, random: Random): number | undefined {
    const count = end - start;
    const offset = Math.floor(random() * count);
    for (let i = 0; i < count; i++) {
      const piece = this.#order[start + ((offset + i) % count)]!;
      if (fits(piece)) return piece;
    }
    return undefined;
  }

  #extend(copies: number): void {
    while (this.#starts.length <= copies) this.#starts.push(this.#candidates);
  }

  #swap(a: number, b: number): void {
    if (a === b) return;
    const [first, second] = [this.#order[a]!, this.#order[b]!];
    this.#put(second, a);
    this.#put(first, b);
  }

  #put(piece: number, place: number): void {
    this.#order[place] = piece;
    this.#place[piece] = place;
  }
}
