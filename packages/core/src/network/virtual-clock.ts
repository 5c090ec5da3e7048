// Time that passes only when told to. Knows nothing of networks.
import type { Clock, Timer } from "../clock.ts";

interface Event {
  readonly atMs: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

/** A clock for tests and simulations: an hour passes as fast as its events can be handled. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  /** A binary heap, soonest first. */
  readonly #events: Event[] = [];

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const event: Event = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#push(event);
    return { clear: () => void (event.callback = undefined) };
  }

  /** Lets `durationMs` pass: handles what is due, in order, and after each event everything that it set going. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    await settle();
    for (;;) {
      const next = this.#events[0];
      if (next === undefined || next.atMs > untilMs) break;
      if (this.#happen(next)) await settle();
    }
    this.#nowMs = untilMs;
  }

  /** Lets time pass until `promise` settles. @throws Error when nothing is due any more, or after `limitMs`. */
  async run<T>(promise: Promise<T>, limitMs: number = 24 * 3600 * 1000): Promise<T> {
    let settled = false;
    const mark = (): void => void (settled = true);
    promise.then(mark, mark);
    const untilMs = this.#nowMs + limitMs;
    await settle();
    while (!settled) {
      const next = this.#events[0];
      if (next === undefined)
        throw new Error(`at ${this.#nowMs} ms nothing is due any more, and the promise is not settled`);
      if (next.atMs > untilMs)
        throw new Error(`the promise is not settled after ${limitMs} ms of virtual time`);
      if (this.#happen(next)) await settle();
    }
    return promise;
  }

  /** @param next the soonest. @returns whether it was still to happen. */
  #happen(next: Event): boolean {
    this.#pop();
    if (next.callback === undefined) return false;
    this.#nowMs = next.atMs;
    next.callback();
    return true;
  }

  #push(event: Event): void {
    const heap = this.#events;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isSooner(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#events;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isSooner(heap[child + 1]!, heap[child]!)) child++;
      if (!isSooner(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function isSooner(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Until all continuations and ticks that are ready have run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
