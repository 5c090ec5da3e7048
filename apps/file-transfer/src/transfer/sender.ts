// The sending side of one conversation: all of its transfers, which take turns chunk by chunk. Knows no socket and no disk.
import { SocketlabError, UsageError } from "@socketlab/core";
import { CHUNK_BYTES, HASH_BYTES, type Verification } from "../protocol.ts";
import { leaving, type Blocks } from "./blocks.ts";
import { chunkAt, hashOf } from "./chunks.ts";
import type { Source } from "./ends.ts";
import { ChunkHashes } from "./hashes.ts";
import type { FromReceiver, FromSender } from "./messages.ts";
import { Outgoing, type Job } from "./outgoing.ts";
import type { RateLimit } from "./rate-limit.ts";

// One is read while another is on its way out, and a third waits: the path never waits for the disk, nor the disk for it.
const JOBS_AT_A_TIME = 3;
export interface SenderOptions {
  /** Says a message; settles when there is room for more. */
  say(message: FromSender): Promise<void>;
  /** Of HASH_BYTES + CHUNK_BYTES each. */
  readonly blocks: Blocks;
  /** How fast chunks may leave; shared with other conversations. Undefined: as fast as they can. */
  readonly limit?: RateLimit | undefined;
  /** The source cannot be read, or nothing can be said. The transfer must still be ended. */
  onFailed(transfer: number, error: Error): void;
  /** So many bytes of the file have gone out. */
  onSent?(transfer: number, bytes: number): void;
  /** The receiver has so many bytes of the file from before. Only of a file that is sent over one connection. */
  onKept?(transfer: number, bytes: number): void;
}

export interface OutgoingOptions {
  readonly algorithm: Verification;
  /** Shared by those who send the same version of the same file. */
  readonly hashes?: ChunkHashes;
}

export class Sender {
  readonly #options: SenderOptions;
  readonly #transfers = new Map<number, Outgoing>();
  /** Those that may have something to do, in turn. */
  readonly #turns = new Set<Outgoing>();
  readonly #over = new AbortController();
  #jobs = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** `source` is read until `end` has settled. @throws UsageError when the number is in use. */
  begin(transfer: number, source: Source, options: OutgoingOptions): void {
    if (this.#transfers.has(transfer))
      throw new UsageError("transfer-in-use", `transfer ${transfer} has begun and not ended`);
    const { algorithm, hashes = new ChunkHashes(algorithm, source.size) } = options;
    const outgoing = new Outgoing(transfer, source, hashes);
    this.#transfers.set(transfer, outgoing);
  }

  /**
   * What is said of a transfer that is not under way is ignored: it crossed with its end.
   * @throws ProtocolError when the file has no such chunks, or too many are waiting.
   */
  receive(message: FromReceiver): void {
    const outgoing = this.#transfers.get(message.transfer);
    if (outgoing === undefined) return;
    if (message.type === "want") {
      outgoing.want(message.first, message.count);
      this.#passOver(outgoing, message.first, message.first + message.count);
    } else if (message.type === "check") outgoing.check(message.first, message.count);
    else {
      outgoing.sum();
      this.#passOver(outgoing, outgoing.hashes.count, outgoing.hashes.count);
    }
    this.#goOn(outgoing);
  }

  /** Receivers ask in order: what lies before the next wanted chunk, and was not asked for, they have. */
  #passOver(outgoing: Outgoing, next: number, end: number): void {
    const { transfer, source, passed } = outgoing;
    outgoing.passed = Math.max(passed, end);
    if (next > passed)
      this.#options.onKept?.(transfer, Math.min(next * CHUNK_BYTES, source.size) - passed * CHUNK_BYTES);
  }

  /** Sends nothing more of it. Settles when its source is not being read any more. */
  async end(transfer: number): Promise<void> {
    const outgoing = this.#transfers.get(transfer);
    if (outgoing === undefined) return;
    outgoing.isOver = true;
    this.#turns.delete(outgoing);
    await outgoing.quiet();
    this.#transfers.delete(transfer);
  }

  /** The conversation is over: ends all. */
  async close(): Promise<void> {
    this.#over.abort();
    await Promise.all(Array.from(this.#transfers.keys(), (transfer) => this.end(transfer)));
  }

  #goOn(outgoing: Outgoing): void {
    if (!outgoing.isOver) this.#turns.add(outgoing);
    for (const next of this.#turns) {
      if (this.#jobs === JOBS_AT_A_TIME) return;
      // To the end of the line; and out of it when there is nothing to do.
      this.#turns.delete(next);
      const job = next.next();
      if (job === undefined) continue;
      this.#turns.add(next);
      void this.#begin(next, job);
    }
  }

  async #begin(outgoing: Outgoing, job: Job): Promise<void> {
    this.#jobs++;
    try {
      await this.#do(outgoing, job);
    } catch (error) {
      if (!outgoing.isOver) {
        outgoing.isOver = true;
        this.#options.onFailed(outgoing.transfer, error as Error);
      }
    }
    this.#jobs--;
    this.#goOn(outgoing);
  }

  async #do(outgoing: Outgoing, job: Job): Promise<void> {
    const { transfer, hashes } = outgoing;
    if (job.kind === "whole") await this.#options.say({ type: "whole", transfer, hash: hashes.whole() });
    else if (job.kind === "hashes") {
      const { first, count } = job;
      await this.#options.say({ type: "hashes", transfer, first, hashes: hashes.get(first, count) });
    } else {
      if (job.kind === "chunk" && !outgoing.isOver)
        await this.pass(HASH_BYTES + chunkAt(outgoing.source.size, job.index).length);
      const block = await this.#options.blocks.take(this.#over.signal);
      try {
        await this.#read(outgoing, job, block);
      } finally {
        this.#options.blocks.give(block);
      }
    }
  }

  /** Settles when this conversation may send so many bytes, a chunk with its hash at most. @throws ClosedError. */
  async pass(bytes: number): Promise<void> {
    await this.#options.limit?.pass(this, bytes, this.#over.signal);
  }

  /** Reads a chunk behind the place for its hash, so that both leave without being copied. */
  async #read(
    outgoing: Outgoing,
    { kind, index }: Job & { index: number },
    block: Uint8Array,
  ): Promise<void> {
    if (outgoing.isOver) return;
    const { transfer, source, hashes } = outgoing;
    const { offset, length } = chunkAt(source.size, index);
    const hashAndData = block.subarray(0, HASH_BYTES + length);
    const data = hashAndData.subarray(HASH_BYTES);
    if ((await outgoing.read(data, offset)) < length)
      throw new SocketlabError("changed", "the file is shorter than it was");
    const hash = hashOf(hashes.algorithm, data);
    hashes.set(index, hash);
    if (kind === "hash" || outgoing.isOver) return;
    hashAndData.set(hash);
    await this.#options.say({ type: "chunk", transfer, index, hashAndData: leaving(hashAndData) });
    this.#options.onSent?.(transfer, length);
  }
}
