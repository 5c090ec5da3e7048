// What is there of a file from an earlier attempt, and which of its chunks are still good. Says nothing.
import { ProtocolError } from "@socketlab/core";
import { CHUNK_BYTES, HASH_BYTES, type Verification } from "../protocol.ts";
import { allocate } from "./blocks.ts";
import { chunkAt, chunkCount, hashOf } from "./chunks.ts";
import type { Sink } from "./ends.ts";
import { areEqual } from "./hashes.ts";
import type { HashesMessage } from "./messages.ts";

/** One chunk, and the hash that it has and should have, if it is good. */
export interface Judged {
  readonly index: number;
  readonly length: number;
  readonly hash: Uint8Array | undefined;
}

// 64 chunks are 32 MiB: we can begin with them while the sender reads the next.
const CHECKED_AT_ONCE = 64;

export class Kept {
  /** How many chunks there may be, from the first on. */
  readonly count: number;
  readonly #sink: Sink;
  readonly #algorithm: Verification;
  /** Up to where we have been told the hashes. */
  #told = 0;
  /** How many we have asked for after that. */
  #asked = 0;

  constructor(sink: Sink, algorithm: Verification) {
    this.#sink = sink;
    this.#algorithm = algorithm;
    this.count = chunkCount(Math.min(sink.had, sink.size));
  }

  /** The chunks for whose hashes to ask now; undefined when there are no more, or we have asked. */
  ask(): { first: number; count: number } | undefined {
    if (this.#asked > 0 || this.#told === this.count) return undefined;
    this.#asked = Math.min(CHECKED_AT_ONCE, this.count - this.#told);
    return { first: this.#told, count: this.#asked };
  }

  /** Nobody will answer: to be asked for again. */
  lost(): void {
    this.#asked = 0;
  }

  /**
   * Reads what is there, chunk by chunk, and compares.
   * @throws ProtocolError when these are not the hashes that were asked for.
   */
  judge({ first, hashes }: HashesMessage): AsyncGenerator<Judged, void, undefined> {
    if (this.#asked === 0 || first !== this.#told || hashes.length !== this.#asked * HASH_BYTES)
      throw new ProtocolError(
        "hashes-unasked",
        `${hashes.length} bytes of hashes from chunk ${first} on were not asked for`,
      );
    this.#told += this.#asked;
    this.#asked = 0;
    return this.#compare(first, hashes);
  }

  async *#compare(first: number, hashes: Uint8Array): AsyncGenerator<Judged, void, undefined> {
    const block = allocate(CHUNK_BYTES);
    for (let at = 0; at < hashes.length; at += HASH_BYTES) {
      const index = first + at / HASH_BYTES;
      const { offset, length } = chunkAt(this.#sink.size, index);
      const data = block.subarray(0, length);
      const found = await this.#sink.read(data, offset);
      const hash = hashOf(this.#algorithm, data);
      const isGood = found === length && areEqual(hash, hashes.subarray(at, at + HASH_BYTES));
      yield { index, length, hash: isGood ? hash : undefined };
    }
  }
}
