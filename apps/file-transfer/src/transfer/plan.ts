// Which chunks of a file are there, which are on their way, and which to ask for next. Pure and synchronous.
import { ProtocolError } from "@socketlab/core";
import { chunkAt, chunkCount } from "./chunks.ts";

const MISSING = 0;
/** There from before; its hash will tell whether it is good. */
const DOUBTED = 1;
const ASKED = 2;
/** Being written. */
const ARRIVED = 3;
const DONE = 4;

/** @typeParam Lane whoever is asked for chunks. */
export class Plan<Lane> {
  readonly #size: number;
  readonly #states: Uint8Array;
  #left: number;
  /** No chunk before it is missing or doubted, but for those in `#again`. */
  #cursor = 0;
  /** Asked for in vain: these come first. */
  readonly #again: number[] = [];
  readonly #askedOf = new Map<number, Lane>();
  /** How often in a row a chunk was wrong. */
  readonly #failures = new Map<number, number>();

  /**
   * @param size of the file, in bytes.
   * @param had how many chunks at its beginning are there from before: nothing is asked for until they are judged.
   */
  constructor(size: number, had: number) {
    this.#size = size;
    this.#left = chunkCount(size);
    this.#states = new Uint8Array(this.#left).fill(DOUBTED, 0, had);
  }

  get isComplete(): boolean {
    return this.#left === 0;
  }

  /** Whether there is something to ask for now. */
  get canAsk(): boolean {
    return this.#again.length > 0 || this.#states[this.#nextUnasked()] === MISSING;
  }

  /** The chunk to ask `lane` for; to be called when `canAsk`. */
  ask(lane: Lane): number {
    const index = this.#again.shift() ?? this.#nextUnasked();
    this.expect(lane, index);
    return index;
  }

  #nextUnasked(): number {
    while (this.#states[this.#cursor]! > DOUBTED) this.#cursor++;
    return this.#cursor;
  }

  /** `lane` is going to bring a chunk that is missing. */
  expect(lane: Lane, index: number): void {
    this.#states[index] = ASKED;
    this.#askedOf.set(index, lane);
  }

  /**
   * A chunk has arrived, and is now either `written` or `failed`.
   * @param length of its data, in bytes.
   * @throws ProtocolError when it should not have come, or not so: nothing has changed then.
   */
  arrived(lane: Lane, index: number, length: number): void {
    const state = this.#states[index];
    if (state === undefined)
      throw wrong("chunk-out-of-range", index, `the file has ${this.#states.length} chunks`);
    if (state > ASKED) throw wrong("chunk-twice", index, "it is here already");
    if (this.#askedOf.get(index) !== lane) throw wrong("chunk-unasked", index, "nobody has asked for it");
    const right = chunkAt(this.#size, index).length;
    if (length !== right) throw wrong("chunk-length", index, `it has ${length} bytes instead of ${right}`);
    this.#states[index] = ARRIVED;
    this.#askedOf.delete(index);
  }

  written(index: number): void {
    this.#states[index] = DONE;
    this.#left--;
    this.#failures.delete(index);
  }

  /** What arrived is wrong: it will be asked for again. @returns how often in a row. */
  failed(index: number): number {
    const failures = (this.#failures.get(index) ?? 0) + 1;
    this.#failures.set(index, failures);
    this.#states[index] = MISSING;
    this.#again.push(index);
    return failures;
  }

  /** A chunk from before is good, or must be fetched. */
  judge(index: number, isGood: boolean): void {
    if (this.#states[index] !== DOUBTED) return;
    this.#states[index] = MISSING;
    if (isGood) this.written(index);
  }

  /** What `lane` was asked for will be asked of others. @returns how many that is. */
  lost(lane: Lane): number {
    const indexes = [...this.#askedOf].filter(([, asked]) => asked === lane).map(([index]) => index);
    for (const index of indexes) {
      this.#askedOf.delete(index);
      this.#states[index] = MISSING;
    }
    this.#again.push(...indexes);
    return indexes.length;
  }
}

function wrong(code: string, index: number, why: string): ProtocolError {
  return new ProtocolError(code, `chunk ${index} cannot be taken: ${why}`);
}
