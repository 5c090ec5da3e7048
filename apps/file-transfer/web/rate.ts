// How fast it goes, over the last seconds. Pure: the clock's time is handed in.
const WINDOW_MS = 5000;
/** Sooner than this, nobody can say. */
const FIRST_MS = 500;

export class Rate {
  readonly #samples: { ms: number; bytes: number }[] = [];

  /** @param bytes moved so far, in all. */
  add(nowMs: number, bytes: number): void {
    this.#samples.push({ ms: nowMs, bytes });
    while (nowMs - this.#samples[0]!.ms > WINDOW_MS && this.#samples.length > 2) this.#samples.shift();
  }

  /** Bytes per second; undefined while it is not known. */
  get perSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.ms - first.ms < FIRST_MS) return undefined;
    return ((last.bytes - first.bytes) / (last.ms - first.ms)) * 1000;
  }

  /** It stands still: what was is no measure for what comes. */
  forget(): void {
    this.#samples.length = 0;
  }
}
