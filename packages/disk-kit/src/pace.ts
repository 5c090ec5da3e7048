// Whether the disk answers so soon that nobody need wake up another thread to wait for it. Knows no files.

/** So little is written, read or synced sooner than another thread is woken up for it, where the disk is no hindrance. */
export const AT_ONCE_BYTES: number = 64 * 1024;

// What the system has in its memory takes a tenth of that; what it has to fetch from a disk that turns, ten times that.
const QUICK_MS = 1;
const REMEMBERED = 8;
// Of all time, at most one part in so many is spent waiting in our own thread for a disk that is slow.
const PATIENCE = 100;

export class Pace {
  readonly #now: () => number;
  #averageMs = 0;
  #doubtUntilMs = -Infinity;

  /** @param now milliseconds from anywhere on. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether to try it at once. */
  get isQuick(): boolean {
    return this.#now() >= this.#doubtUntilMs;
  }

  /** Does it now, and learns how long it takes. One that is slow by itself, since the processor was busy elsewhere, does not count. */
  time<T>(act: () => T): T {
    const beganMs = this.#now();
    try {
      return act();
    } finally {
      const endedMs = this.#now();
      const tookMs = endedMs - beganMs;
      this.#averageMs += (tookMs - this.#averageMs) / REMEMBERED;
      if (this.#averageMs > QUICK_MS) this.#doubtUntilMs = endedMs + PATIENCE * tookMs;
    }
  }
}

/** Of all files that this process has: they mostly lie on one disk. */
export const pace: Pace = new Pace();
