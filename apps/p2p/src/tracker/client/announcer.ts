// All trackers of one torrent: which is asked, when, and what it is told (BEP 3, 12, 21, 27). Decides; time, chance and whoever
// does the asking are handed in.
import { UsageError, type Clock, type Timer } from "@socketlab/core";
import type { AnnounceEvent, AnnouncedPeer, AnnounceReply, AnnounceRequest } from "../messages.ts";
import { announce as announceToTracker } from "./announce.ts";
import type { AskOptions } from "./ask-options.ts";
import { shuffledTiers, type TrackerState } from "./tracker-state.ts";

/** A tracker that has not answered by then may still do so; meanwhile the next one is asked. */
const TRACKER_TIMEOUT_MS = 20_000;
/** The last word must not keep anybody from leaving. */
const FAREWELL_MS = 3000;
/** Nor must that all is there. */
const COMPLETED_MS = 1500;

/** What is told of this peer each time. */
export interface Progress {
  readonly uploaded: number;
  readonly downloaded: number;
  readonly left: number;
  /** BEP 21: has all that it wants, and not all that there is. */
  readonly isPaused?: boolean;
  readonly numWant?: number | undefined;
}

export interface AnnouncerOptions {
  /** BEP 12, as the torrent has them. */
  readonly tiers: readonly (readonly string[])[];
  /** BEP 27: peers of one tracker at a time. */
  readonly isPrivate?: boolean;
  readonly identity: Pick<AnnounceRequest, "infoHash" | "peerId" | "port" | "key">;
  readonly progress: () => Progress;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly askOptions?: Omit<AskOptions, "signal" | "timeoutMs"> | undefined;
  /** Default: over the network. */
  readonly announce?: typeof announceToTracker;
  /** Others of whom a tracker has told. */
  readonly onPeers: (peers: readonly AnnouncedPeer[], tracker: string) => void;
  readonly onReply?: ((tracker: string, reply: AnnounceReply) => void) | undefined;
  readonly onFailure?: ((tracker: string, error: Error) => void) | undefined;
  /** BEP 27: another tracker answers from now on; whomever the last one has told of is to be dropped. */
  readonly onSwitch?: ((tracker: string) => void) | undefined;
}

export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #tiers: TrackerState[][];
  readonly #stopping = new AbortController();
  #timer: Timer | undefined;
  /** When the next round is to be. */
  #nextMs = Infinity;
  /** Whoever answered last. */
  #current: TrackerState | undefined;
  #isAsking = false;
  #isLeaving = false;
  /** Settles when nothing is asked any more. */
  #rounds: Promise<void> = Promise.resolve();
  /** Something is to be told as soon as the round is over. */
  #askAgain = false;
  /** Not told yet. */
  #isCompletedDue = false;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.#tiers = shuffledTiers(options.tiers, options.random);
  }

  /** Each tracker, and how it is with it. */
  get trackers(): readonly TrackerState[] {
    return this.#tiers.flat();
  }

  start(): void {
    this.#ask();
  }

  /** Asks as soon as the tracker allows; harmless when called often. */
  needPeers(): void {
    const tracker = this.#current;
    if (tracker === undefined || this.#isAsking || this.#stopping.signal.aborted) return;
    const soonestMs = Math.max(tracker.soonestMs, tracker.retryMs);
    if (soonestMs < this.#nextMs) this.#schedule(soonestMs);
  }

  /** All that is wanted is there: told at once, and as `completed` once, if it is all that there is. */
  completed(): void {
    this.#isCompletedDue = this.#options.progress().isPaused !== true;
    if (this.#isAsking) this.#askAgain = true;
    else this.#ask();
  }

  /** Tells whoever knows of this peer that it leaves; settles when that is done, or has taken too long. Never rejects. */
  async stop(): Promise<void> {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    // Whoever leaves as soon as all is there is counted all the same.
    if (this.#isCompletedDue) await this.#briefly(COMPLETED_MS, () => this.#rounds);
    this.#stopping.abort();
    this.#timer?.clear();
    const told = this.trackers.filter(({ knowsUs }) => knowsUs);
    await Promise.all(told.map((tracker) => this.#farewell(tracker)));
  }

  #ask(): void {
    if (this.#isAsking || this.#stopping.signal.aborted) return;
    this.#rounds = this.#round();
  }

  /** From the first tier on, until one answers. Never rejects. */
  async #round(): Promise<void> {
    this.#isAsking = true;
    this.#timer?.clear();
    const answered = await this.#firstThatAnswers();
    this.#isAsking = false;
    if (this.#stopping.signal.aborted) return undefined;
    if (this.#askAgain && answered !== undefined) {
      this.#askAgain = false;
      return this.#round();
    }
    this.#askAgain = false;
    this.#schedule(answered?.dueMs ?? Math.min(...this.trackers.map(({ retryMs }) => retryMs)));
    return undefined;
  }

  async #firstThatAnswers(): Promise<TrackerState | undefined> {
    const { clock, isPrivate = false } = this.#options;
    for (const tier of this.#tiers)
      for (const tracker of tier) {
        if (tracker.retryMs > clock.now()) continue;
        const reply = await this.#tell(tracker);
        if (this.#stopping.signal.aborted) return undefined;
        if (reply === undefined) continue;
        // BEP 12: whoever answers is the first of its tier from now on.
        tier.unshift(...tier.splice(tier.indexOf(tracker), 1));
        const last = this.#current;
        this.#current = tracker;
        if (isPrivate && last !== undefined && last !== tracker) {
          void this.#farewell(last);
          this.#options.onSwitch?.(tracker.url);
        }
        this.#options.onReply?.(tracker.url, reply);
        if (reply.peers.length > 0) this.#options.onPeers(reply.peers, tracker.url);
        return tracker;
      }
    return undefined;
  }

  async #tell(tracker: TrackerState): Promise<AnnounceReply | undefined> {
    const { clock, random, onFailure } = this.#options;
    const progress = this.#options.progress();
    const event = this.#eventFor(tracker, progress);
    tracker.knowsUs ||= event === "started";
    try {
      const reply = await this.#announce(tracker, event, progress, TRACKER_TIMEOUT_MS, this.#stopping.signal);
      if (event === "completed") this.#isCompletedDue = false;
      tracker.answered(reply, clock.now());
      return reply;
    } catch (error) {
      if (this.#stopping.signal.aborted) return undefined;
      // It may not even have heard.
      if (event === "started") tracker.knowsUs = false;
      tracker.failed(error as Error, clock.now(), random(), error instanceof UsageError);
      onFailure?.(tracker.url, error as Error);
      return undefined;
    }
  }

  #eventFor(tracker: TrackerState, { isPaused = false }: Progress): AnnounceEvent | undefined {
    if (!tracker.knowsUs) return "started";
    if (this.#isCompletedDue) return "completed";
    return isPaused ? "paused" : undefined;
  }

  /** Never rejects: whether it was heard makes no difference to who leaves. */
  #farewell(tracker: TrackerState): Promise<void> {
    tracker.knowsUs = false;
    const last = { ...this.#options.progress(), numWant: 0 };
    return this.#briefly(FAREWELL_MS, (signal) =>
      this.#announce(tracker, "stopped", last, FAREWELL_MS, signal),
    );
  }

  /** Until it is done, or has failed, or has taken too long. */
  async #briefly(ms: number, task: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    const tooLate = new AbortController();
    const timer = this.#options.clock.after(ms, () => tooLate.abort());
    const late = new Promise<void>((resolve) => {
      tooLate.signal.addEventListener("abort", () => resolve());
    });
    await Promise.race([Promise.allSettled([task(tooLate.signal)]), late]);
    timer.clear();
  }

  #announce(
    tracker: TrackerState,
    event: AnnounceEvent | undefined,
    { uploaded, downloaded, left, numWant }: Progress,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<AnnounceReply> {
    const { identity, announce = announceToTracker, askOptions } = this.#options;
    const { trackerId } = tracker;
    const request = { ...identity, uploaded, downloaded, left, event, numWant, trackerId };
    return announce(tracker.url, request, { ...askOptions, timeoutMs, signal });
  }

  #schedule(atMs: number): void {
    const { clock } = this.#options;
    this.#timer?.clear();
    this.#nextMs = atMs;
    if (atMs !== Infinity) this.#timer = clock.after(Math.max(0, atMs - clock.now()), () => this.#ask());
  }
}
