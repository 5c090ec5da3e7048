// A file of a NATS store that is read, chunk by chunk: all of one version, or not at all. Knows no store.
import { CHUNK_BYTES, type Entry } from "../protocol.ts";
import { chunkAt } from "../transfer/chunks.ts";
import type { NatsContents } from "./nats-contents.ts";
import { entryOf, type KeptEntry } from "./nats-tree.ts";
import { StoreError, type OpenFile } from "./store.ts";

/** Every content has chunks of its own, which are written once: to be of one version is to be there. */
export class NatsFile implements OpenFile {
  readonly entry: Entry;
  readonly #kept: KeptEntry;
  readonly #contents: NatsContents;
  /** The last chunk of which only a part was asked for: the rest comes next, as a rule. */
  #last: { readonly index: number; readonly bytes: Promise<Uint8Array> } | undefined;
  #isClosed = false;

  constructor(path: string, kept: KeptEntry, contents: NatsContents) {
    this.entry = entryOf(path, kept);
    this.#kept = kept;
    this.#contents = contents;
  }

  get size(): number {
    return this.entry.size;
  }

  get version(): string {
    return this.#kept.content ?? "";
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    if (this.#isClosed) throw new StoreError("failed", `${this.entry.path} is closed`);
    const length = Math.max(0, Math.min(into.length, this.size - offset));
    for (let at = 0; at < length;) {
      const index = Math.floor((offset + at) / CHUNK_BYTES);
      const start = offset + at - index * CHUNK_BYTES;
      const count = Math.min(length - at, CHUNK_BYTES - start);
      const bytes = await this.#chunk(index, count);
      const found = bytes.subarray(start, start + count);
      into.set(found, at);
      // A chunk may be shorter than it is long: the rest is zeros.
      into.fill(0, at + found.length, at + count);
      at += count;
    }
    return length;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#last = undefined;
    return Promise.resolve();
  }

  #chunk(index: number, wanted: number): Promise<Uint8Array> {
    if (this.#last?.index === index) return this.#last.bytes;
    const bytes = this.#fetch(index);
    if (wanted < chunkAt(this.size, index).length) {
      this.#last = { index, bytes };
      // Whoever asks next asks anew.
      bytes.catch(() => (this.#last = undefined));
    }
    return bytes;
  }

  async #fetch(index: number): Promise<Uint8Array> {
    const { content = "", isMended = false } = this.#kept;
    const { path } = this.entry;
    const bytes = await this.#contents.get(content, index, isMended).catch((error: unknown) => {
      if (!(error instanceof StoreError)) throw error;
      throw new StoreError(error.code, `${path} cannot be read: ${error.message}`, { cause: error });
    });
    if (bytes === undefined)
      throw new StoreError("changed", `${path} has changed while it was read: ask for it again`);
    return bytes;
  }
}
