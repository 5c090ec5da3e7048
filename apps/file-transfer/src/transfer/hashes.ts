// The hashes of a file's chunks, as far as they are known. Reads nothing.
import { SocketlabError } from "@socketlab/core";
import { HASH_BYTES, type Verification } from "../protocol.ts";
import { chunkCount, wholeHash } from "./chunks.ts";

/** Senders of one version of a file may share them, so that none has to read what another has sent. */
export class ChunkHashes {
  readonly algorithm: Verification;
  readonly count: number;
  #unknown: number;
  // 64 bytes for each MiB of the file. Memory that nobody has written to costs nothing, however large a file was announced.
  readonly #bytes: Uint8Array;
  readonly #isKnown: Uint8Array;

  /** @param size of the file, in bytes. */
  constructor(algorithm: Verification, size: number) {
    this.algorithm = algorithm;
    this.count = chunkCount(size);
    // Where nothing is verified every hash is known: it is zeros.
    const isNone = algorithm === "none";
    this.#unknown = isNone ? 0 : this.count;
    this.#bytes = new Uint8Array(this.count * HASH_BYTES);
    this.#isKnown = new Uint8Array(this.count).fill(isNone ? 1 : 0);
  }

  get isComplete(): boolean {
    return this.#unknown === 0;
  }

  has(index: number): boolean {
    return this.#isKnown[index] === 1;
  }

  /** @throws SocketlabError `changed` when the chunk had another hash before: no two versions are ever mixed. */
  set(index: number, hash: Uint8Array): void {
    if (!this.has(index)) {
      this.#bytes.set(hash, index * HASH_BYTES);
      this.#isKnown[index] = 1;
      this.#unknown--;
    } else if (!areEqual(hash, this.get(index)))
      throw new SocketlabError("changed", "the file changed while it was being read");
  }

  /** The hashes of `count` chunks, which must be known: a view. */
  get(first: number, count = 1): Uint8Array {
    return this.#bytes.subarray(first * HASH_BYTES, (first + count) * HASH_BYTES);
  }

  /** The hash of the whole; all must be known. */
  whole(): string {
    return wholeHash(this.algorithm, this.#bytes);
  }
}

export function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
