// A file that is read: all of one version, or not at all. Knows no store.
import type { BigIntStats } from "node:fs";
import type { Descriptor } from "@socketlab/disk-kit";
import type { Entry } from "../protocol.ts";
import { versionOf } from "./folder-entry.ts";
import { storeError } from "./folder-errors.ts";
import { StoreError, type OpenFile } from "./store.ts";

/**
 * What somebody else puts in its place under its name does not touch it: it reads the old one to its end. What is written
 * into it shows in its size or its time, which the system changes before the bytes; a write through a memory map shows
 * later.
 */
export class FolderFile implements OpenFile {
  readonly entry: Entry;
  readonly version: string;
  readonly #file: Descriptor;
  readonly #opened: BigIntStats;

  constructor(file: Descriptor, entry: Entry, stats: BigIntStats) {
    this.#file = file;
    this.#opened = stats;
    this.entry = entry;
    this.version = versionOf(stats);
  }

  get size(): number {
    return this.entry.size;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    const length = Math.max(0, Math.min(into.length, this.size - offset));
    try {
      const count = await this.#file.read(into.subarray(0, length), offset);
      const now = this.#file.stat();
      if (count < length || now.size !== this.#opened.size || now.mtimeNs !== this.#opened.mtimeNs)
        throw new StoreError("changed", `${this.entry.path} has changed while it was read: ask for it again`);
      return count;
    } catch (error) {
      throw storeError(error, `${this.entry.path} cannot be read`);
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
