// Who is typing in a room: shown for a while, unless they go on or have said it. Knows no room.
import type { Clock, Timer } from "@socketlab/core/browser";

const SHOWN_MS = 5000;
/** Of those who type at once, so many are shown. */
const MAX_SHOWN = 20;

export class Typists {
  readonly #untilMs = new Map<string, number>();
  #timer: Timer | undefined;
  readonly #clock: Clock;
  readonly #changed: () => void;

  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  get names(): readonly string[] {
    return [...this.#untilMs.keys()];
  }

  add(name: string): void {
    if (this.#untilMs.size >= MAX_SHOWN && !this.#untilMs.has(name)) return;
    this.#untilMs.set(name, this.#clock.now() + SHOWN_MS);
    this.#timer ??= this.#clock.after(SHOWN_MS, () => this.#fade());
    this.#changed();
  }

  remove(name: string): void {
    if (this.#untilMs.delete(name)) this.#changed();
  }

  clear(): void {
    this.#untilMs.clear();
    this.#timer?.clear();
    this.#timer = undefined;
    this.#changed();
  }

  #fade(): void {
    const nowMs = this.#clock.now();
    for (const [name, untilMs] of this.#untilMs) if (untilMs <= nowMs) this.#untilMs.delete(name);
    const nextMs = Math.min(...this.#untilMs.values());
    this.#timer = Number.isFinite(nextMs) ? this.#clock.after(nextMs - nowMs, () => this.#fade()) : undefined;
    this.#changed();
  }
}
