// The conversations of one command with its server: several at a time, opened again when they are lost. Knows no file.
import { backoffMs, ClosedError, TimeoutError, type Clock } from "@socketlab/core";
import type { Remote } from "./remote.ts";

export interface ConnectionsOptions {
  readonly dial: () => Promise<Remote>;
  /** How many at a time. */
  readonly count: number;
  /** How often to try again in a row, without anything having moved in between. */
  readonly retries: number;
  /** Aborted: nothing is tried again. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: () => number;
  /** The connection is lost, and is tried again in so many milliseconds. */
  readonly onRetry: (attempt: number, waitMs: number, why: Error) => void;
}

export class Connections implements AsyncDisposable {
  readonly #options: ConnectionsOptions;
  readonly #open = new Set<Remote>();
  #dialing: Promise<void> | undefined;
  #count: number;
  #attempt = 0;
  /** Why there is none any more. */
  #lost: Error | undefined;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#count = options.count;
  }

  /** How many there are to be. */
  get count(): number {
    return this.#count;
  }

  /** Those that are open: at least one while `persist` acts. The least busy first. */
  get remotes(): [Remote, ...Remote[]] {
    return Array.from(this.#open).toSorted((a, b) => a.busy - b.busy) as [Remote, ...Remote[]];
  }

  /**
   * Asks one thing, again when the connection is lost.
   * @throws as `persist` does.
   */
  ask: Remote["ask"] = (question) => this.persist(([remote]) => remote.ask(question));

  /** Something has moved: the next loss is a new one. */
  moved(): void {
    this.#attempt = 0;
  }

  /**
   * Does something over conversations that are open; again, from its beginning, when they are lost.
   * @throws what `act` throws; ClosedError, TimeoutError when it has been tried often enough, or cannot be connected at first.
   */
  async persist<T>(act: (remotes: [Remote, ...Remote[]]) => Promise<T>): Promise<T> {
    for (;;) {
      await this.#ready();
      try {
        return await act(this.remotes);
      } catch (error) {
        if (!isLoss(error) || this.#options.signal.aborted) throw error;
        this.#lost = error;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#open, (remote) => remote[Symbol.asyncDispose]()));
  }

  /** Settles when one is open. Those that are missing are opened meanwhile. */
  async #ready(): Promise<void> {
    // Whoever was told of a loss may be here before the conversation has quite ended.
    for (const remote of this.#open) if (remote.isOver) this.#open.delete(remote);
    if (this.#open.size >= this.#count) return;
    this.#dialing ??= this.#dialUntilOpen().finally(() => (this.#dialing = undefined));
    // Whoever can begin does not wait for the others.
    if (this.#open.size === 0) await this.#dialing;
    else this.#dialing.catch(() => {});
  }

  async #dialUntilOpen(): Promise<void> {
    for (;;) {
      if (this.#open.size === 0 && this.#lost !== undefined) await this.#pause(this.#lost);
      try {
        await this.#fill();
        return;
      } catch (error) {
        // At first, a server that is not there is more likely a slip.
        if (this.#lost === undefined || !isLoss(error) || this.#options.signal.aborted) throw error;
        this.#lost = error;
      }
    }
  }

  /** @throws why not even one could be opened. */
  async #fill(): Promise<void> {
    const missing = Array.from({ length: this.#count - this.#open.size }, async () => {
      const remote = await this.#options.dial();
      this.#open.add(remote);
      void this.#watch(remote);
    });
    const settled = await Promise.allSettled(missing);
    const failed = settled.find((one) => one.status === "rejected");
    if (failed === undefined) return;
    if (this.#open.size === 0) throw failed.reason;
    // A server that takes no more is not asked again and again.
    this.#count = this.#open.size;
  }

  async #watch(remote: Remote): Promise<void> {
    this.#lost = await remote.closed;
    this.#open.delete(remote);
  }

  async #pause(why: Error): Promise<void> {
    const { retries, random, clock, signal, onRetry } = this.#options;
    if (this.#attempt >= retries || signal.aborted) throw why;
    const waitMs = backoffMs(this.#attempt, random());
    onRetry(++this.#attempt, waitMs, why);
    await new Promise<void>((resolve, reject) => {
      const timer = clock.after(waitMs, () => {
        signal.removeEventListener("abort", abort);
        resolve();
      });
      const abort = (): void => {
        timer.clear();
        reject(why);
      };
      signal.addEventListener("abort", abort, { once: true });
    });
  }
}

/** Whether it may well go on over another connection. */
export function isLoss(error: unknown): error is Error {
  return error instanceof ClosedError || error instanceof TimeoutError;
}
