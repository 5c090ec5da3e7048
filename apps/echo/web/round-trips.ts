// Which echo answers what, and how long it took. An echo comes back in order, so a queue is enough. Knows no socket.

const KEPT_MS = 60_000;
const MOST_SAMPLES = 12_000;

export interface Summary {
  readonly sent: number;
  readonly received: number;
  /** Under way when their conversation ended. */
  readonly lost: number;
  /** Of the last minute, in milliseconds; undefined without samples. */
  readonly last: number | undefined;
  readonly min: number | undefined;
  readonly median: number | undefined;
  readonly p99: number | undefined;
}

export class RoundTrips {
  /** When each sample came back, as `performance.now()`, and how long it took; both in milliseconds. */
  readonly timesMs: number[] = [];
  readonly tripsMs: number[] = [];
  #waiting: number[] = [];
  #sent = 0;
  #received = 0;
  #lost = 0;

  out(nowMs: number): void {
    this.#sent++;
    this.#waiting.push(nowMs);
  }

  back(nowMs: number): void {
    const sentMs = this.#waiting.shift();
    if (sentMs === undefined) return;
    this.#received++;
    this.timesMs.push(nowMs);
    this.tripsMs.push(nowMs - sentMs);
    const old = this.timesMs.findIndex((timeMs) => timeMs >= nowMs - KEPT_MS);
    const drop = Math.max(old, this.timesMs.length - MOST_SAMPLES);
    // In steps, since each costs a move of all the rest.
    if (drop > 500 || (old > 0 && this.timesMs.length > MOST_SAMPLES)) {
      this.timesMs.splice(0, drop);
      this.tripsMs.splice(0, drop);
    }
  }

  /** The conversation is over: what was under way will not come back. */
  lose(): void {
    this.#lost += this.#waiting.length;
    this.#waiting = [];
  }

  summary(): Summary {
    const sorted = this.tripsMs.toSorted((a, b) => a - b);
    const at = (part: number): number | undefined =>
      sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
    return {
      sent: this.#sent,
      received: this.#received,
      lost: this.#lost,
      last: this.tripsMs.at(-1),
      min: sorted[0],
      median: at(0.5),
      p99: at(0.99),
    };
  }
}
