// What is there of a file from an earlier attempt, and which of its chunks are still good. Asks for nothing.
import { ProtocolError } from "@socketlab/core";
import { CHUNK_BYTES, HASH_BYTES, type HashAlgorithm } from "../protocol.ts";
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

export class Kept {
  /** How many chunks there may be, from the first on. */
  readonly count: number;
  readonly #sink: Sink;
  readonly #algorithm: HashAlgorithm;
  /** Up to where the sender has told their hashes. */
  #told = 0;

  constructor(sink: Sink, algorithm: HashAlgorithm) {
    this.#sink = sink;
    this.#algorithm = algorithm;
    this.count = chunkCount(Math.min(sink.had, sink.size));
  }

  /**
   * Reads what is there, chunk by chunk, and compares.
   * @throws ProtocolError when these are not the hashes that come next.
   */
  judge({ first, hashes }: HashesMessage): AsyncGenerator<Judged, void, undefined> {
    const count = hashes.length / HASH_BYTES;
    if (!Number.isInteger(count) || count === 0 || first !== this.#told || first + count > this.count)
      throw new ProtocolError("hashes-unasked", `hashes from chunk ${first} on were not asked for`);
    this.#told += count;
    return this.#compare(first, hashes);
  }

  async *#compare(first: number, hashes: Uint8Array): AsyncGenerator<Judged, void, undefined> {
    const block = Buffer.allocUnsafeSlow(CHUNK_BYTES);
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
