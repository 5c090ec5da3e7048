// Waiting that can be ended from outside, for good. Knows not what for.
import type { Clock } from "@socketlab/core";

export class Naps {
  readonly #clock: Clock;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** One at a time; over at once when they have been ended. */
  async nap(ms: number): Promise<void> {
    if (this.#isOver) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = this.#clock.after(ms, resolve);
    await promise;
    timer.clear();
  }

  /** This one, and all to come. */
  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  get isOver(): boolean {
    return this.#isOver;
  }
}
