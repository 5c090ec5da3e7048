// What one transfer has still to send, and what of it comes next. Decides; the sender does it.
import { ProtocolError } from "@socketlab/core";
import type { Source } from "./ends.ts";
import type { ChunkHashes } from "./hashes.ts";

/** Chunks that are wanted and not yet sent. A receiver of ours never wants more than 8. */
export const MAX_WANTED = 256;
// 64 chunks are 32 MiB: the receiver can begin with them while we read the next.
const HASHES_AT_ONCE = 64;

/** The next thing to do: send a chunk; read one for its hash; tell hashes; tell the hash of the whole. */
export type Job =
  | { readonly kind: "chunk" | "hash"; readonly index: number }
  | { readonly kind: "hashes"; readonly first: number; readonly count: number }
  | { readonly kind: "whole" };

export class Outgoing {
  readonly transfer: number;
  readonly source: Source;
  readonly hashes: ChunkHashes;
  /** Nothing is to be done for it any more. */
  isOver = false;
  readonly #wanted: { first: number; count: number }[] = [];
  #wantedCount = 0;
  /** The hashes of the chunks before `#have` are to be told; those before `#told` have been. */
  readonly #have: number;
  #told = 0;
  #mustSum = false;
  /** All chunks before it have been read, or their hashes are known anyway. */
  #cursor = 0;
  #readers = 0;
  #quiet: PromiseWithResolvers<void> | undefined;

  /** @param have how many chunks the receiver had from before, or more. */
  constructor(transfer: number, source: Source, hashes: ChunkHashes, have: number) {
    this.transfer = transfer;
    this.source = source;
    this.hashes = hashes;
    this.#have = Math.min(have, hashes.count);
  }

  /** @throws ProtocolError when the file has no such chunks, or too many are waiting. */
  want(first: number, count: number): void {
    if (count === 0 || first + count > this.hashes.count)
      throw new ProtocolError(
        "chunk-out-of-range",
        `${count} chunks from ${first} on cannot be wanted: the file has ${this.hashes.count}`,
      );
    if (this.#wantedCount + count > MAX_WANTED)
      throw new ProtocolError("too-many-wanted", `more than ${MAX_WANTED} chunks are wanted at a time`);
    this.#wanted.push({ first, count });
    this.#wantedCount += count;
  }

  sum(): void {
    this.#mustSum = true;
  }

  /** Undefined: nothing now. To be asked again after each job. */
  next(): Job | undefined {
    if (this.isOver) return undefined;
    const range = this.#wanted[0];
    if (range !== undefined) {
      const index = range.first++;
      this.#wantedCount--;
      if (--range.count === 0) this.#wanted.shift();
      return { kind: "chunk", index };
    }
    if (this.#told < this.#have) return this.#nextHashes();
    if (!this.#mustSum) return undefined;
    if (!this.hashes.isComplete) return this.#nextUnknown(this.hashes.count);
    this.#mustSum = false;
    return { kind: "whole" };
  }

  #nextHashes(): Job | undefined {
    const first = this.#told;
    const end = Math.min(first + HASHES_AT_ONCE, this.#have);
    for (let index = first; index < end; index++)
      if (!this.hashes.has(index)) return this.#nextUnknown(this.#have);
    this.#told = end;
    return { kind: "hashes", first, count: end - first };
  }

  #nextUnknown(end: number): Job | undefined {
    while (this.#cursor < end) {
      const index = this.#cursor++;
      if (!this.hashes.has(index)) return { kind: "hash", index };
    }
    // The last are being read.
    return undefined;
  }

  /** Reads a chunk; `quiet` waits for it. */
  async read(into: Uint8Array, offset: number): Promise<number> {
    this.#readers++;
    try {
      return await this.source.read(into, offset);
    } finally {
      this.#readers--;
      if (this.#readers === 0) this.#quiet?.resolve();
    }
  }

  /** Settles when nothing is being read. */
  async quiet(): Promise<void> {
    if (this.#readers === 0) return;
    this.#quiet ??= Promise.withResolvers();
    await this.#quiet.promise;
  }
}
