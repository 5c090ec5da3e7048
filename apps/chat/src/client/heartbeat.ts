// Whether the other side still lives: asks when it has been silent, and says so when it does not answer. Knows no socket.
import type { Clock, Timer } from "@socketlab/core/browser";

/** Silence after which we ask. */
export const SILENCE_MS = 20_000;
/** Silence after the question, after which nobody is there. */
export const ANSWER_MS = 10_000;

export interface Heartbeat {
  /** Something was heard. */
  heard(): void;
  stop(): void;
}

/** @param ask says something that is answered. @param dead is called once. */
export function startHeartbeat(clock: Clock, ask: () => void, dead: () => void): Heartbeat {
  let heardMs = clock.now();
  let timer: Timer = clock.after(SILENCE_MS, look);

  // One timer that looks back when it fires is cheaper than one that every message sets anew.
  function look(): void {
    const dueMs = heardMs + SILENCE_MS - clock.now();
    if (dueMs > 0) {
      timer = clock.after(dueMs, look);
      return;
    }
    const askedMs = clock.now();
    ask();
    timer = clock.after(ANSWER_MS, () => {
      if (heardMs < askedMs) dead();
      else look();
    });
  }
  return { heard: () => void (heardMs = clock.now()), stop: () => timer.clear() };
}
