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
  /** Who is to bring a chunk; several, at the end: then the first to come counts. In the order in which they were first asked. */
  readonly #askedOf = new Map<number, Lane[]>();
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
    this.#askedOf.set(index, [...(this.#askedOf.get(index) ?? []), lane]);
  }

  /**
   * What to ask `lane` for a second time when all has been asked for: a slow lane must not keep its chunks to the end.
   * One at a time, only when it has nothing else to bring; if it is then `expect`ed, the first to come counts.
   * @returns its index; undefined when there is none.
   */
  owedByOthers(lane: Lane): number | undefined {
    if (this.#again.length > 0 || this.#nextUnasked() < this.#states.length) return undefined;
    // The slowest lane is the one that owes what was asked for first. Of its chunks the last takes longest.
    let slowest: Lane | undefined;
    let [owed, fewest] = [undefined as number | undefined, Infinity];
    for (const [index, lanes] of this.#askedOf) {
      if (lanes.includes(lane)) return undefined;
      if (this.#states[index] !== ASKED) continue;
      slowest ??= lanes[0];
      if (lanes[0] === slowest && lanes.length <= fewest) [owed, fewest] = [index, lanes.length];
    }
    return owed;
  }

  /**
   * A chunk has arrived.
   * @param length of its data, in bytes.
   * @returns whether it is needed; it is now either `written` or `failed`. False: another lane was quicker.
   * @throws ProtocolError when it should not have come, or not so: nothing has changed then.
   */
  arrived(lane: Lane, index: number, length: number): boolean {
    const state = this.#states[index];
    if (state === undefined)
      throw wrong("chunk-out-of-range", index, `the file has ${this.#states.length} chunks`);
    const lanes = this.#askedOf.get(index) ?? [];
    if (!lanes.includes(lane))
      throw state > ASKED
        ? wrong("chunk-twice", index, "it is here already")
        : wrong("chunk-unasked", index, "nobody has asked for it");
    const right = chunkAt(this.#size, index).length;
    if (length !== right) throw wrong("chunk-length", index, `it has ${length} bytes instead of ${right}`);
    this.#forget(index, lane);
    if (state !== ASKED) return false;
    this.#states[index] = ARRIVED;
    return true;
  }

  /** `lane` does not bring it any more. @returns whether nobody does. */
  #forget(index: number, lane: Lane): boolean {
    const others = (this.#askedOf.get(index) ?? []).filter((other) => other !== lane);
    if (others.length > 0) this.#askedOf.set(index, others);
    else this.#askedOf.delete(index);
    return others.length === 0;
  }

  written(index: number): void {
    this.#states[index] = DONE;
    this.#left--;
    this.#failures.delete(index);
  }

  /** What arrived is wrong: it will be asked for again, if it does not come from another lane. @returns how often in a row. */
  failed(index: number): number {
    const failures = (this.#failures.get(index) ?? 0) + 1;
    this.#failures.set(index, failures);
    if (this.#askedOf.has(index)) this.#states[index] = ASKED;
    else this.#miss(index);
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
    const indexes = [...this.#askedOf].filter(([, lanes]) => lanes.includes(lane)).map(([index]) => index);
    for (const index of indexes)
      if (this.#forget(index, lane) && this.#states[index] === ASKED) this.#miss(index);
    return indexes.length;
  }

  #miss(index: number): void {
    this.#states[index] = MISSING;
    this.#again.push(index);
  }
}

function wrong(code: string, index: number, why: string): ProtocolError {
  return new ProtocolError(code, `chunk ${index} cannot be taken: ${why}`);
}
