// Lets at most so many tasks run at once; the others wait, and who came first is next. Knows none of them.
export class Semaphore {
  /** A set, so that to take the first costs the same however many wait. */
  readonly #waiting = new Set<() => void>();
  #free: number;

  /** @param places how many at once. */
  constructor(places: number) {
    this.#free = places;
  }

  /** Calls `task` when there is a place, which it has until it has settled. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.add(resolve));
    try {
      return await task();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#free++;
      else {
        this.#waiting.delete(next);
        next();
      }
    }
  }
}
