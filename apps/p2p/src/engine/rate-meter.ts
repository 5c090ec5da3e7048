// How many bytes a second have moved lately. Time is handed in; knows nothing of what has moved, or which way.

/** What is looked back on, as Cohen 2003: long enough that one late block does not make a good peer look bad. */
const WINDOW_MS = 20_000;
/** In less time than this nothing can be said: what has moved counts as if it had taken so long. */
const LEAST_MS = 1000;
const SLOT_MS = 1000;
const SLOTS = WINDOW_MS / SLOT_MS;

/**
 * A rate over a rolling window: one sum for each second of it, so that to add and to read cost the same however much has
 * moved. Who begins, or begins again after a whole window of silence, is measured from there on and not over the silence.
 */
export class RateMeter {
  /** Since ever. */
  total = 0;
  readonly #slots = new Float64Array(SLOTS);
  /** Of all slots. */
  #sum = 0;
  /** The number of the current slot, in SLOT_MS since the clock's beginning. */
  #slot = -Infinity;
  #beganMs = 0;

  /** @param nowMs by a clock that never goes back. */
  add(bytes: number, nowMs: number): void {
    this.#forgetUntil(nowMs);
    if (this.#sum === 0) this.#beganMs = nowMs;
    this.total += bytes;
    this.#sum += bytes;
    this.#slots[this.#slot % SLOTS]! += bytes;
  }

  bytesPerSecond(nowMs: number): number {
    this.#forgetUntil(nowMs);
    // The oldest slot that still counts began here.
    const windowMs = nowMs - (this.#slot - SLOTS + 1) * SLOT_MS;
    const ms = Math.max(LEAST_MS, Math.min(windowMs, nowMs - this.#beganMs));
    return (this.#sum * 1000) / ms;
  }

  #forgetUntil(nowMs: number): void {
    const slot = Math.floor(nowMs / SLOT_MS);
    if (slot - this.#slot >= SLOTS) {
      this.#slots.fill(0);
      this.#sum = 0;
      this.#slot = slot;
    }
    while (this.#slot < slot) {
      this.#slot++;
      this.#sum -= this.#slots[this.#slot % SLOTS]!;
      this.#slots[this.#slot % SLOTS] = 0;
    }
  }
}
