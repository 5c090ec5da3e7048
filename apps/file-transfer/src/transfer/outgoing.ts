// What one transfer has still to send, and what of it comes next. Decides; the sender does it.
import { ProtocolError } from "@socketlab/core";
import type { Source } from "./ends.ts";
import type { ChunkHashes } from "./hashes.ts";

/** Chunks that are wanted and not yet sent. A receiver of ours never wants more than 8. */
export const MAX_WANTED = 256;
/** Chunks whose hashes are asked for and not yet told. A receiver of ours asks for 64 at a time. */
export const MAX_CHECKED = 1024;

interface Range {
  first: number;
  count: number;
}

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
  /** Up to where its receiver has named the chunks that it wants: what it left out it has. */
  passed = 0;
  readonly #wanted: Range[] = [];
  readonly #checks: Range[] = [];
  #mustSum = false;
  /** Up to where chunks have been read for the first of the checks, or for the sum. */
  #cursor = 0;
  #readers = 0;
  #quiet: PromiseWithResolvers<void> | undefined;

  constructor(transfer: number, source: Source, hashes: ChunkHashes) {
    this.transfer = transfer;
    this.source = source;
    this.hashes = hashes;
  }

  /** @throws ProtocolError when the file has no such chunks, or too many are waiting. */
  want(first: number, count: number): void {
    this.#add(this.#wanted, { first, count }, MAX_WANTED);
  }

  /** @throws ProtocolError when the file has no such chunks, or too many are waiting. */
  check(first: number, count: number): void {
    this.#add(this.#checks, { first, count }, MAX_CHECKED);
  }

  sum(): void {
    this.#mustSum = true;
  }

  #add(ranges: Range[], { first, count }: Range, most: number): void {
    if (count === 0 || first + count > this.hashes.count)
      throw new ProtocolError(
        "chunk-out-of-range",
        `${count} chunks from ${first} on were asked for: the file has ${this.hashes.count}`,
      );
    if (ranges.reduce((sum, range) => sum + range.count, count) > most)
      throw new ProtocolError("too-many-wanted", `more than ${most} chunks were asked for at a time`);
    ranges.push({ first, count });
  }

  /** Undefined: nothing now. To be asked again after each job. */
  next(): Job | undefined {
    if (this.isOver) return undefined;
    const range = this.#wanted[0];
    if (range !== undefined) {
      if (--range.count === 0) this.#wanted.shift();
      return { kind: "chunk", index: range.first++ };
    }
    const check = this.#checks[0];
    if (check !== undefined) {
      if (!this.#areKnown(check)) return this.#nextUnknown(check);
      this.#checks.shift();
      this.#cursor = 0;
      return { kind: "hashes", ...check };
    }
    if (!this.#mustSum) return undefined;
    if (!this.hashes.isComplete) return this.#nextUnknown({ first: 0, count: this.hashes.count });
    this.#mustSum = false;
    this.#cursor = 0;
    return { kind: "whole" };
  }

  #areKnown({ first, count }: Range): boolean {
    for (let index = first; index < first + count; index++) if (!this.hashes.has(index)) return false;
    return true;
  }

  #nextUnknown({ first, count }: Range): Job | undefined {
    this.#cursor = Math.max(this.#cursor, first);
    while (this.#cursor < first + count) {
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
