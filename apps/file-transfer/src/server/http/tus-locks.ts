// One request at a time for each upload, as @tus/server asks for. Knows no HTTP.
//
// The library's own lock asks again and again, in a tight loop, whether it is its turn; this one waits to be told.
import type { ServerOptions } from "@tus/server";

type Locker = Exclude<Awaited<ServerOptions["locker"]>, (...args: never[]) => unknown>;
type Lock = ReturnType<Locker["newLock"]>;

/** How long a request waits for the one before it, which has been asked to end. */
const MAX_WAIT_MS = 10_000;

interface Holder {
  readonly askToEnd: () => Promise<void> | void;
  readonly over: PromiseWithResolvers<void>;
}

export class TusLocks implements Locker {
  readonly #holders = new Map<string, Holder>();

  /** Whether a request for this upload is under way. */
  isHeld(id: string): boolean {
    return this.#holders.has(id);
  }

  newLock(id: string): Lock {
    return {
      lock: (signal, askToEnd) => this.#lock(id, signal, askToEnd),
      unlock: () => {
        this.#holders.get(id)?.over.resolve();
        this.#holders.delete(id);
        return Promise.resolve();
      },
    };
  }

  /** A client whose connection broke comes back before we have noticed: the request that it has given up makes way. */
  async #lock(id: string, signal: AbortSignal, askToEnd: Holder["askToEnd"]): Promise<void> {
    const enough = AbortSignal.any([signal, AbortSignal.timeout(MAX_WAIT_MS)]);
    const given = Promise.withResolvers<never>();
    const giveUp = (): void =>
      given.reject({ status_code: 423, body: "another request for this upload is still under way\n" });
    enough.addEventListener("abort", giveUp, { once: true });
    given.promise.catch(() => {});
    try {
      for (let holder = this.#holders.get(id); holder !== undefined; holder = this.#holders.get(id)) {
        await holder.askToEnd();
        await Promise.race([holder.over.promise, given.promise]);
      }
    } finally {
      enough.removeEventListener("abort", giveUp);
    }
    this.#holders.set(id, { askToEnd, over: Promise.withResolvers() });
  }
}
