// Does what is asked about one thing one after the other, and about different things at once. Knows none of them.
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Calls `task` when all that was asked before about `key` is over, whether it succeeded or not. */
  async take<T>(key: string, task: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(task, task);
    this.#last.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    }
  }
}
