// How many chunks may be asked for in one conversation, shared by all of its transfers. Knows neither chunks nor files.
import { CHUNK_BYTES } from "../protocol.ts";

// Asked for and not yet written: 16 of 512 KiB are 8 MiB, which is what a conversation may cost a receiver.
const MOST_CHUNKS = 16;
// One is written while the next is on its way.
const FEWEST_CHUNKS = 2;
// For one transfer, which keeps a path of 4 MiB (400 Mbit/s at 80 ms) full.
const MOST_EACH = 8;
// Only for those who have none: so some that make no progress (a slow disk, say) do not stop the others.
const FOR_THE_FIRST = 4;

/** One conversation's room for chunks. Whoever asks for one takes a credit, and gives it back when the chunk is written. */
export class Credit {
  readonly #chunks: number;
  #free: number;
  readonly #held = new Map<object, number>();
  /** Who found none, in turn. */
  readonly #line = new Map<object, () => void>();

  /** @param bytesPerSecond at which this side takes them: no more is asked for than it takes in a second. */
  constructor(bytesPerSecond: number = Infinity) {
    const chunks = Math.ceil(bytesPerSecond / CHUNK_BYTES);
    this.#chunks = Math.min(MOST_CHUNKS, Math.max(FEWEST_CHUNKS, chunks));
    this.#free = this.#chunks;
  }

  /** How many are taken and not given back. */
  get inUse(): number {
    return this.#chunks - this.#free;
  }

  /**
   * Takes one, if `user` may have one more.
   * @param onFree is called once when there may be one again; not where what is missing is that `user` gives one back.
   */
  take(user: object, onFree: () => void): boolean {
    const held = this.#heldBy(user);
    if (held >= MOST_EACH) return false;
    if (!this.#isFreeFor(user)) {
      this.#line.set(user, onFree);
      return false;
    }
    this.#free--;
    this.#held.set(user, held + 1);
    return true;
  }

  /** Gives back `count`, or as many as `user` has. Those who wait come before it, each in its turn. */
  give(user: object, count: number): void {
    const held = this.#heldBy(user);
    const given = Math.min(held, count);
    if (given < held) this.#held.set(user, held - given);
    else this.#held.delete(user);
    this.#free += given;
    for (const [waiting, onFree] of Array.from(this.#line)) {
      if (this.#isFreeFor(waiting) && this.#line.delete(waiting)) onFree();
    }
  }

  /** `user` waits no more. What it has it must still give back. */
  leave(user: object): void {
    this.#line.delete(user);
  }

  #heldBy(user: object): number {
    return this.#held.get(user) ?? 0;
  }

  #isFreeFor(user: object): boolean {
    return this.#free > (this.#held.has(user) ? FOR_THE_FIRST : 0);
  }
}
