// How it is with one tracker: whether it knows us, when it may be asked again. Asks nothing.
import type { AnnounceReply } from "../messages.ts";
import { shuffled } from "../sample.ts";

/** What a tracker wishes is granted within these: not so often that we harm it, and often enough to be found. */
const [SHORTEST_MS, LONGEST_MS] = [5000, 3_600_000];
/** Between two announces where a tracker does not say how soon is too soon. */
const MIN_INTERVAL_MS = 60_000;
/** After a failure, doubled each time. A tracker that fails has thousands who try again. */
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [30_000, 1_800_000];

export class TrackerState {
  readonly url: string;
  /** It has been told `started`, and not `stopped`. */
  knowsUs = false;
  /** It is not asked before. */
  retryMs = 0;
  /** When it wishes to hear of us again, and when it is ready to. */
  dueMs = 0;
  soonestMs = 0;
  trackerId: Uint8Array | undefined;
  /** For people: why it did not answer, the last time; undefined if it did. */
  error: Error | undefined;
  lastReply: AnnounceReply | undefined;
  #failures = 0;

  constructor(url: string) {
    this.url = url;
  }

  answered(reply: AnnounceReply, nowMs: number): void {
    const intervalMs = within(reply.intervalMs);
    const soonestMs = within(reply.minIntervalMs ?? Math.min(intervalMs, MIN_INTERVAL_MS));
    this.dueMs = nowMs + Math.max(intervalMs, soonestMs);
    this.soonestMs = nowMs + soonestMs;
    this.retryMs = 0;
    this.#failures = 0;
    this.error = undefined;
    this.lastReply = reply;
    this.trackerId = reply.trackerId ?? this.trackerId;
  }

  /** @param random in [0, 1). @param isHopeless it cannot be asked at all. */
  failed(error: Error, nowMs: number, random: number, isHopeless: boolean): void {
    const longestMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
    // What it has said before it failed still holds.
    this.retryMs = isHopeless ? Infinity : Math.max(this.soonestMs, nowMs + longestMs * (0.5 + random / 2));
    this.error = error;
  }
}

/** Each tier in an order of chance (BEP 12). */
export function shuffledTiers(tiers: readonly (readonly string[])[], random: () => number): TrackerState[][] {
  return tiers.map((tier) =>
    shuffled(
      [...new Set(tier)].map((url) => new TrackerState(url)),
      random,
    ),
  );
}

function within(ms: number): number {
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ms));
}
