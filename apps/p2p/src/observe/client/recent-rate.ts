// How fast something moves, for who watches: over two seconds, where what decides (engine/rate-meter.ts) looks back on twenty.
// Time is handed in.

const WINDOW_MS = 2000;
/** What is told of it: finer, it would be told anew each time. */
const STEP = 1024;

export class RecentRate {
  /** What had moved in all, and when; the oldest first, and that is the last one before the window. */
  readonly #looks: { readonly total: number; readonly atMs: number }[] = [];

  /** @param total what has moved since ever. @returns bytes a second, in whole KiB. */
  look(total: number, nowMs: number): number {
    this.#looks.push({ total, atMs: nowMs });
    while (this.#looks.length > 1 && this.#looks[1]!.atMs <= nowMs - WINDOW_MS) this.#looks.shift();
    const oldest = this.#looks[0]!;
    const moved = Math.max(0, total - oldest.total);
    const rate = (moved * 1000) / Math.max(WINDOW_MS, nowMs - oldest.atMs);
    return Math.round(rate / STEP) * STEP;
  }
}
