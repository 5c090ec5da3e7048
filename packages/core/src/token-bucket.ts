// How often something may happen, or how much of it: a token bucket. Time is handed in; knows nothing of what happens.

/** So many a second in the long run, and so many at once. */
export interface Rate {
  /** Infinity: no limit. */
  readonly perSecond: number;
  readonly burst: number;
}

/** A bucket that begins full; whatever happens takes a token, or several, and tokens drip in at the rate. */
export class TokenBucket {
  readonly #msPerToken: number;
  readonly #burst: number;
  /** All there is to remember: each token taken moves it further off by what it takes to drip in. */
  #fullAtMs = -Infinity;

  constructor({ perSecond, burst }: Rate) {
    this.#msPerToken = 1000 / perSecond;
    this.#burst = burst;
  }

  /**
   * Takes a token, or so many at once: never more than the burst.
   * @param nowMs by a clock that never goes back.
   * @returns 0; or, when there are too few, in how many milliseconds there will be enough.
   */
  take(nowMs: number, tokens: number = 1): number {
    const fullAtMs = Math.max(this.#fullAtMs, nowMs) + tokens * this.#msPerToken;
    // Less than a microsecond is what rounding makes of nothing.
    const waitMs = Math.ceil(fullAtMs - this.#burst * this.#msPerToken - nowMs - 0.001);
    if (waitMs > 0) return waitMs;
    this.#fullAtMs = fullAtMs;
    return 0;
  }
}
