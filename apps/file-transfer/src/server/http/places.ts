// How many transfers each client has under way over HTTP, and how many it may. Knows no request.
import { StoreError } from "../store.ts";

export class Places {
  readonly #perClient: number;
  readonly #taken = new Map<string, number>();

  constructor(perClient: number) {
    this.#perClient = perClient;
  }

  /** @returns how to give the place back, once. @throws StoreError `too-many`. */
  take(client: string): () => void {
    const taken = this.#taken.get(client) ?? 0;
    if (taken >= this.#perClient)
      throw new StoreError("too-many", `you have ${taken} transfers under way; wait for one to end`);
    this.#taken.set(client, taken + 1);
    return () => {
      const left = this.#taken.get(client)! - 1;
      if (left === 0) this.#taken.delete(client);
      else this.#taken.set(client, left);
    };
  }
}
