// So many bytes a second at most. Time is handed in; knows nothing of what is sent or asked for, nor who waits.
import { TokenBucket } from "@socketlab/core/browser";
import { BLOCK_BYTES } from "../protocol.ts";

/** What may go at once: as much as goes in this time, … */
const BURST_MS = 100;
/** … and at least a block, and what goes while a timer is late: or a low limit would never be used in full. */
const LATE_MS = 20;

/** A limit for one peer, or for all; for uploads, or for downloads, where it is requests that wait. */
export class RateLimit {
  #bucket: TokenBucket;
  #burst: number;
  #bytesPerSecond: number;

  /** @param bytesPerSecond Infinity: none. */
  constructor(bytesPerSecond: number = Infinity) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#burst = burstBytes(bytesPerSecond);
    this.#bucket = new TokenBucket({ perSecond: bytesPerSecond, burst: this.#burst });
  }

  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** Another limit from now on; what was saved up or owed is forgotten. */
  change(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.#burst = burstBytes(bytesPerSecond);
    this.#bucket = new TokenBucket({ perSecond: bytesPerSecond, burst: this.#burst });
  }

  /**
   * Takes so many bytes, or none of them. More than may go at once count as that many.
   * @returns 0; or in how many milliseconds to ask again.
   */
  take(bytes: number, nowMs: number): number {
    return this.#bucket.take(nowMs, Math.min(bytes, this.#burst));
  }

  /** Undoes a `take` of the same moment. */
  giveBack(bytes: number, nowMs: number): void {
    this.#bucket.take(nowMs, -Math.min(bytes, this.#burst));
  }
}

/** Takes from all limits, or from none. @returns 0; or in how many milliseconds to ask again. */
export function takeFromAll(limits: readonly RateLimit[], bytes: number, nowMs: number): number {
  const waitsMs = limits.map((limit) => limit.take(bytes, nowMs));
  const waitMs = Math.max(0, ...waitsMs);
  if (waitMs === 0) return 0;
  for (const [at, limit] of limits.entries()) if (waitsMs[at] === 0) limit.giveBack(bytes, nowMs);
  return waitMs;
}

function burstBytes(bytesPerSecond: number): number {
  const bytesPerMs = bytesPerSecond / 1000;
  return Math.max(BURST_MS * bytesPerMs, BLOCK_BYTES + LATE_MS * bytesPerMs);
}
