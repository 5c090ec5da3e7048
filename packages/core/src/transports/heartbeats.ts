// Asks many silent wires in turn whether they are there, with one timer for all. Knows nothing of how a wire is asked.
import { every, type Clock, type Timer } from "../clock.ts";

export interface Beating {
  /** Called once a period: ask, and give up on who has not answered since the last time. */
  beat(periodMs: number): void;
}

export class Heartbeats {
  readonly #clock: Clock;
  readonly #periodMs: number;
  readonly #wires = new Set<Beating>();
  /** Runs only while there is somebody to ask. */
  #timer: Timer | undefined;

  /** @param periodMs 0: nobody is ever asked. */
  constructor(clock: Clock, periodMs: number) {
    this.#clock = clock;
    this.#periodMs = periodMs;
  }

  add(wire: Beating): void {
    if (this.#periodMs <= 0) return;
    this.#wires.add(wire);
    this.#timer ??= every(this.#clock, this.#periodMs, () => {
      for (const each of this.#wires) each.beat(this.#periodMs);
    });
  }

  delete(wire: Beating): void {
    this.#wires.delete(wire);
    if (this.#wires.size > 0) return;
    this.#timer?.clear();
    this.#timer = undefined;
  }
}
