// Time, as something that is handed in: the real one here, a virtual one in `network/`. Knows nothing of who waits.

/** A timer that has been set; `clear` is harmless when it has fired. */
export interface Timer {
  clear(): void;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `callback` once, after `delayMs`; for 0, after what this tick still has to do. */
  after(delayMs: number, callback: () => void): Timer;
}

/** Calls `callback` again and again, `periodMs` apart. */
export function every(clock: Clock, periodMs: number, callback: () => void): Timer {
  let timer: Timer;
  const again = (): void => {
    timer = clock.after(periodMs, again);
    callback();
  };
  timer = clock.after(periodMs, again);
  return { clear: () => timer.clear() };
}

export const realClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    // A time-out of 0 would be one of 1 ms.
    if (delayMs <= 0 && typeof setImmediate === "function") {
      const immediate = setImmediate(callback);
      return { clear: () => clearImmediate(immediate) };
    }
    const timer = setTimeout(callback, delayMs);
    return { clear: () => clearTimeout(timer) };
  },
};
