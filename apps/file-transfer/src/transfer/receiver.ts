// The receiving side of one transfer, over one lane or several. Knows no socket and no disk.
import { ClosedError, LimitError, ProtocolError } from "@socketlab/core";
import { HASH_BYTES, type Verification } from "../protocol.ts";
import { chunkAt, hashOf } from "./chunks.ts";
import type { Credit } from "./credit.ts";
import type { Sink } from "./ends.ts";
import { areEqual, ChunkHashes } from "./hashes.ts";
import { Kept } from "./kept.ts";
import type { ChunkMessage, FromReceiver, FromSender, HashesMessage, WholeMessage } from "./messages.ts";
import { Outcome } from "./outcome.ts";
import { Plan } from "./plan.ts";

const MOST_FAILURES = 3;

/** A conversation that brings chunks of the file; all of its transfers have the same credit. */
export interface Lane {
  readonly transfer: number;
  say(message: FromReceiver): Promise<void>;
  readonly credit: Credit;
}

export interface ReceiverOptions {
  readonly sink: Sink;
  readonly algorithm: Verification;
  /** So many bytes more are in the sink. */
  onReceived?(bytes: number): void;
  /** So many bytes that were in the sink from before are good. */
  onKept?(bytes: number): void;
  /** A chunk is not what its hash says: it is fetched again. */
  onBadChunk?(index: number): void;
}

export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #kept: Kept | undefined;
  readonly #plan: Plan<Lane>;
  readonly #hashes: ChunkHashes;
  readonly #outcome = new Outcome<{ hash: string }>();
  readonly #lanes = new Set<Lane>();
  /** Who was asked for hashes of what is there from before. */
  #witness: Lane | undefined;
  /** How many of the answers are being compared now. */
  #comparisons = 0;
  /** Who has brought something last: one that stands still is asked for no hash. */
  #liveliest: Lane | undefined;
  /** Who was asked for the hash of the whole. */
  #summing: Lane | undefined;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    const { sink, algorithm } = options;
    // Without hashes nothing tells what the part from before is worth: it may have holes, or be of another version.
    this.#kept = algorithm === "none" ? undefined : new Kept(sink, algorithm);
    this.#plan = new Plan(sink.size, this.#kept?.count ?? 0);
    this.#hashes = new ChunkHashes(algorithm, sink.size);
  }

  /**
   * The whole is in the sink and verified. Rejects with what the sink threw, LimitError `bad-hash`, ClosedError when no
   * lane is left, or what `cancel` was given. Settles when the sink is neither written nor read any more.
   */
  get received(): Promise<{ hash: string }> {
    return this.#outcome.promise;
  }

  /** Begins to ask `lane` for chunks. */
  join(lane: Lane): void {
    if (this.#outcome.isOver) return;
    this.#lanes.add(lane);
    this.#goOn(this.#lanes);
  }

  /** What it was asked for is asked of the others; the transfer fails when there are none. */
  leave(lane: Lane): void {
    if (this.#outcome.isOver || !this.#lanes.delete(lane)) return;
    this.#release(lane);
    if (this.#lanes.size === 0)
      return this.#fail(new ClosedError("closed", "the last connection of this transfer is gone"));
    if (lane === this.#summing) this.#summing = undefined;
    if (lane === this.#witness) {
      this.#witness = undefined;
      this.#kept?.lost();
    }
    this.#goOn(this.#lanes);
  }

  cancel(error: Error): void {
    this.#fail(error);
  }

  /**
   * Settles when the message's bytes may be overwritten. What comes after the transfer's end, or from a lane that has
   * left, is ignored: it crossed with that.
   * @throws ProtocolError when it is nothing that was asked for.
   */
  async receive(lane: Lane, message: FromSender): Promise<void> {
    if (!this.#listensTo(lane)) return;
    this.#liveliest = lane;
    if (message.type === "chunk") await this.#take(lane, message);
    else if (message.type === "hashes") await this.#judge(lane, message);
    else this.#compare(lane, message);
  }

  #listensTo(lane: Lane): boolean {
    return !this.#outcome.isOver && this.#lanes.has(lane);
  }

  async #take(lane: Lane, { index, hashAndData }: ChunkMessage): Promise<void> {
    const isNeeded = this.#plan.arrived(lane, index, hashAndData.length - HASH_BYTES);
    if (isNeeded) await this.#verify(index, hashAndData);
    lane.credit.give(lane, 1);
    this.#goOn([lane]);
  }

  async #verify(index: number, hashAndData: Uint8Array): Promise<void> {
    const { sink, algorithm } = this.#options;
    const data = hashAndData.subarray(HASH_BYTES);
    const hash = hashOf(algorithm, data);
    if (areEqual(hash, hashAndData.subarray(0, HASH_BYTES))) {
      this.#hashes.set(index, hash);
      await this.#use(() => sink.write(data, chunkAt(sink.size, index).offset));
      if (!this.#outcome.isOver) {
        this.#plan.written(index);
        this.#options.onReceived?.(data.length);
      }
    } else {
      this.#options.onBadChunk?.(index);
      if (this.#plan.failed(index) === MOST_FAILURES)
        this.#fail(badHash(`chunk ${index} was not what its hash says, ${MOST_FAILURES} times in a row`));
    }
  }

  async #judge(lane: Lane, message: HashesMessage): Promise<void> {
    if (this.#kept === undefined || lane !== this.#witness)
      throw new ProtocolError("hashes-unasked", "hashes of chunks were not asked for");
    const verdicts = this.#kept.judge(message);
    this.#witness = undefined;
    this.#comparisons++;
    this.#goOn(this.#lanes);
    for (;;) {
      const verdict = await this.#use(() => verdicts.next());
      if (verdict === undefined || verdict.done === true || this.#outcome.isOver) break;
      const { index, length, hash } = verdict.value;
      if (hash !== undefined) {
        this.#hashes.set(index, hash);
        this.#options.onKept?.(length);
      }
      this.#plan.judge(index, hash !== undefined);
      this.#goOn(this.#lanes);
    }
    this.#comparisons--;
    this.#goOn(this.#lanes);
  }

  #compare(lane: Lane, { hash }: WholeMessage): void {
    if (lane !== this.#summing)
      throw new ProtocolError("whole-unasked", "the hash of the whole was not asked for");
    if (hash === this.#hashes.whole()) this.#succeed();
    else this.#fail(badHash("the whole is not what its hash says, although each chunk is"));
  }

  #goOn(lanes: Iterable<Lane>): void {
    if (this.#outcome.isOver) return;
    if (this.#plan.isComplete) return this.#sum();
    this.#check();
    for (const lane of lanes) this.#ask(lane);
  }

  /** Asks for as many chunks as there is credit for. */
  #ask(lane: Lane): void {
    if (!this.#listensTo(lane)) return;
    const ranges: { first: number; count: number }[] = [];
    while (this.#plan.canAsk && lane.credit.take(lane, () => this.#ask(lane))) {
      const index = this.#plan.ask(lane);
      const last = ranges.at(-1);
      if (last !== undefined && index === last.first + last.count) last.count++;
      else ranges.push({ first: index, count: 1 });
    }
    if (ranges.length === 0) ranges.push(...this.#askAgain(lane));
    for (const range of ranges) this.#say(lane, { type: "want", transfer: lane.transfer, ...range });
  }

  /** Near the end, a chunk that another lane keeps us waiting for. */
  #askAgain(lane: Lane): { first: number; count: number }[] {
    const first = this.#lanes.size > 1 ? this.#plan.owedByOthers(lane) : undefined;
    if (first === undefined || !lane.credit.take(lane, () => this.#ask(lane))) return [];
    this.#plan.expect(lane, first);
    return [{ first, count: 1 }];
  }

  /** Asks one lane for hashes of what is there from before, while at most one answer is being compared. */
  #check(): void {
    const lane = this.#lively();
    if (lane === undefined || this.#comparisons > 1) return;
    const range = this.#kept?.ask();
    if (range === undefined) return;
    this.#witness = lane;
    this.#say(lane, { type: "check", transfer: lane.transfer, ...range });
  }

  /** All chunks are there. Asks one lane for the hash of the whole; that of a single chunk, or of none, is known. */
  #sum(): void {
    if (this.#hashes.count <= 1 || this.#options.algorithm === "none") return this.#succeed();
    if (this.#summing !== undefined) return;
    this.#summing = this.#lively();
    if (this.#summing !== undefined)
      this.#say(this.#summing, { type: "sum", transfer: this.#summing.transfer });
  }

  #lively(): Lane | undefined {
    const [first] = this.#lanes;
    return this.#liveliest !== undefined && this.#lanes.has(this.#liveliest) ? this.#liveliest : first;
  }

  /** These messages are small, and no more than there are chunks on their way: nobody need wait for room. */
  #say(lane: Lane, message: FromReceiver): void {
    lane.say(message).catch(() => this.leave(lane));
  }

  #use<T>(task: () => Promise<T>): Promise<T | undefined> {
    return this.#outcome.during(task, (error) => this.#fail(error));
  }

  #succeed(): void {
    const hashes = this.#hashes;
    // Not everybody asks.
    this.#outcome.succeed({
      get hash() {
        return hashes.whole();
      },
    });
    for (const lane of this.#lanes) this.#release(lane);
  }

  #fail(error: Error): void {
    if (this.#outcome.isOver) return;
    this.#outcome.fail(error);
    for (const lane of this.#lanes) this.#release(lane);
  }

  /** Gives back the credit for what is still on its way. */
  #release(lane: Lane): void {
    lane.credit.leave(lane);
    lane.credit.give(lane, this.#plan.lost(lane));
  }
}

function badHash(sentence: string): LimitError {
  return new LimitError("bad-hash", sentence);
}
