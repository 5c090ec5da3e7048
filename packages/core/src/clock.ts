// Time, as something that is handed in: the real one here, a virtual one in `network/`. Knows nothing of who waits.

/** A timer that has been set; `clear` is harmless when it has fired. */
export interface Timer {
  clear(): void;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `callback` once, after `delayMs`. Does not keep the process alive. */
  after(delayMs: number, callback: () => void): Timer;
}

export const realClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    // In a browser a timer is a number and keeps nothing alive.
    if (typeof timer === "object") timer.unref();
    return { clear: () => clearTimeout(timer) };
  },
};
