// So many bytes a second, shared by all who want to move some. Time is handed in; knows nothing of what is moved.
import { ClosedError, realClock, TokenBucket, type Clock, type Timer } from "@socketlab/core";
import { CHUNK_BYTES, HASH_BYTES } from "../protocol.ts";

// What may leave at once: enough to make up for timers that fire late.
const BURST_BYTES = 4 * (HASH_BYTES + CHUNK_BYTES);

// Who has moved nothing for so long begins again with nothing: a pause is not saved up.
const PAUSE_MS = 1000;

interface Waiting {
  readonly bytes: number;
  /** When its turn comes, in bytes that have been let through. */
  readonly turn: number;
  pass(): void;
}

/**
 * A token bucket that begins empty, so that a file of F bytes takes F/rate from the first on; and turns by start-time fair
 * queueing (Goyal, Vin, Cheng 1996): whoever waits gets as many bytes as the others who wait, however large their pieces.
 */
export class RateLimit {
  readonly bytesPerSecond: number;
  readonly #clock: Clock;
  #bucket: TokenBucket;
  #lastMs = -Infinity;
  readonly #waiting = new Set<Waiting>();
  /** The turn of the last one that was let through. */
  #turn = 0;
  /** When it is a user's turn again. */
  readonly #next = new WeakMap<object, number>();
  #timer: Timer | undefined;

  constructor(bytesPerSecond: number, clock: Clock = realClock) {
    this.bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
    this.#bucket = emptyBucket(bytesPerSecond, clock.now());
  }

  /**
   * Settles when `user` may move so many bytes, a chunk with its hash at most.
   * @param user whoever is to have the same share as everybody else: a conversation.
   * @throws ClosedError `aborted`.
   */
  pass(user: object, bytes: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.delete(waiting);
        reject(new ClosedError("aborted", "waiting for the rate was aborted", { cause: signal?.reason }));
      };
      const turn = Math.max(this.#turn, this.#next.get(user) ?? 0);
      const pass = (): void => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      const waiting: Waiting = { bytes, turn, pass };
      if (signal?.aborted === true) return abort();
      signal?.addEventListener("abort", abort);
      this.#next.set(user, turn + bytes);
      this.#waiting.add(waiting);
      if (this.#timer !== undefined) return;
      const nowMs = this.#clock.now();
      if (nowMs - this.#lastMs > PAUSE_MS) this.#bucket = emptyBucket(this.bytesPerSecond, nowMs);
      this.#letThrough();
    });
  }

  #letThrough(): void {
    this.#timer = undefined;
    for (let next = this.#first(); next !== undefined; next = this.#first()) {
      const waitMs = this.#bucket.take(this.#clock.now(), next.bytes);
      if (waitMs > 0) {
        this.#timer = this.#clock.after(waitMs, () => this.#letThrough());
        return;
      }
      this.#waiting.delete(next);
      this.#lastMs = this.#clock.now();
      this.#turn = next.turn;
      next.pass();
    }
  }

  /** Whose turn it is; among several, who came first. */
  #first(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.#waiting)
      if (first === undefined || waiting.turn < first.turn) first = waiting;
    return first;
  }
}

function emptyBucket(bytesPerSecond: number, nowMs: number): TokenBucket {
  const bucket = new TokenBucket({ perSecond: bytesPerSecond, burst: BURST_BYTES });
  bucket.take(nowMs, BURST_BYTES);
  return bucket;
}
