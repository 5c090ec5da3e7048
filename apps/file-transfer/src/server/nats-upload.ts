// A file on its way into a NATS store: its chunks are written as they come, in any order. Knows no names but its own.
import { Turns } from "@socketlab/nats-kit";
import { CHUNK_BYTES } from "../protocol.ts";
import { chunkAt, chunkCount } from "../transfer/chunks.ts";
import type { NatsContents } from "./nats-contents.ts";
import { StoreError, type FileDescription, type Upload } from "./store.ts";

/** Chunks of which only parts have come, in memory; of more of them the oldest is written as it is. */
const MAX_PARTS = 2;
/** Holes that are filled at a time. */
const FILLED_AT_ONCE = 16;

export interface UploadPlace {
  readonly path: string;
  readonly file: FileDescription;
  /** Where its chunks are. */
  readonly content: string;
  /** Of this attempt. */
  readonly token: string;
  readonly had: number;
}

/** What becomes of an upload; each of the last three is called at most once, and ends it. */
export interface UploadEnds {
  /** @throws StoreError if somebody else goes on with it. */
  confirm(): Promise<void>;
  finish(isMended: boolean): Promise<void>;
  /** @param had up to where there is something. */
  keep(had: number): Promise<void>;
  discard(): Promise<void>;
}

/** A chunk that has not come as a whole. */
interface Part {
  readonly bytes: Buffer;
  /** How many bytes have come; some may have come twice. */
  come: number;
  /** Up to where there is something. */
  end: number;
}

export class NatsUpload implements Upload {
  readonly had: number;
  readonly #place: UploadPlace;
  readonly #contents: NatsContents;
  readonly #ends: UploadEnds;
  readonly #turns = new Turns();
  /** The oldest first. */
  readonly #parts = new Map<number, Part>();
  /** Chunks that were written now. */
  readonly #written = new Set<number>();
  readonly #writing = new Set<Promise<unknown>>();
  #end: number;
  #count = 0;
  #isMended: boolean;
  #over: Promise<unknown> | undefined;

  constructor(place: UploadPlace, contents: NatsContents, ends: UploadEnds) {
    this.#place = place;
    this.#contents = contents;
    this.#ends = ends;
    this.had = place.had;
    this.#end = place.had;
    // What an earlier attempt has written twice, nobody knows.
    this.#isMended = place.had > 0;
  }

  get size(): number {
    return this.#place.file.size;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    const length = Math.max(0, Math.min(into.length, this.#end - offset));
    for (let at = 0; at < length;) {
      const { index, start, count } = this.#cut(offset + at, length - at);
      const bytes = this.#parts.get(index)?.bytes ?? (await this.#look(index)) ?? new Uint8Array();
      const found = bytes.subarray(start, start + count);
      into.set(found, at);
      into.fill(0, at + found.length, at + count);
      at += count;
    }
    return length;
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    const { path } = this.#place;
    if (this.#over !== undefined) throw new StoreError("failed", `${path} is no longer being written`);
    if (offset < 0 || offset + bytes.length > this.size)
      throw new StoreError("failed", `${path} was announced with ${this.size} bytes`);
    const writing = this.#write(bytes, offset);
    this.#writing.add(writing);
    try {
      await writing;
    } finally {
      this.#writing.delete(writing);
    }
  }

  finish(): Promise<void> {
    if (this.#over !== undefined)
      return Promise.reject(new StoreError("failed", `${this.#place.path} is no longer being written`));
    const finished = this.#finish();
    this.#over = finished.catch(() => {});
    return finished;
  }

  async suspend(): Promise<void> {
    await (this.#over ??= this.#keep());
  }

  async discard(): Promise<void> {
    this.#over ??= this.#settled().then(() => this.#ends.discard());
    await this.#over;
  }

  async #write(bytes: Uint8Array, offset: number): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const { index, start, count } = this.#cut(offset + at, bytes.length - at);
      const data = bytes.subarray(at, at + count);
      await this.#turns.take(String(index), () => this.#take(index, start, data));
      this.#end = Math.max(this.#end, offset + at + count);
      at += count;
    }
    while (this.#parts.size > MAX_PARTS) await this.#flush(this.#parts.keys().next().value!);
  }

  async #take(index: number, start: number, data: Uint8Array): Promise<void> {
    const { length } = chunkAt(this.size, index);
    if (data.length === length) {
      await this.#put(index, data);
      this.#parts.delete(index);
      return;
    }
    const part = this.#parts.get(index) ?? (await this.#begin(index, length));
    part.bytes.set(data, start);
    part.come += data.length;
    part.end = Math.max(part.end, start + data.length);
    if (part.come < length) return;
    await this.#put(index, part.bytes.subarray(0, part.end));
    this.#parts.delete(index);
  }

  async #begin(index: number, length: number): Promise<Part> {
    const part: Part = { bytes: Buffer.alloc(length), come: 0, end: 0 };
    const before = await this.#look(index);
    if (before !== undefined) {
      part.bytes.set(before);
      part.end = before.length;
    }
    this.#parts.set(index, part);
    return part;
  }

  /** Writes what there is of a chunk. */
  #flush(index: number): Promise<void> {
    return this.#turns.take(String(index), async () => {
      const part = this.#parts.get(index);
      if (part === undefined) return;
      await this.#put(index, part.bytes.subarray(0, part.end));
      this.#parts.delete(index);
    });
  }

  /** What was written of a chunk, if it can be there. */
  async #look(index: number): Promise<Uint8Array | undefined> {
    if (!this.#written.has(index) && chunkAt(this.size, index).offset >= this.had) return undefined;
    return this.#do("read", () => this.#contents.get(this.#place.content, index, true));
  }

  async #put(index: number, bytes: Uint8Array): Promise<void> {
    const { content, token } = this.#place;
    const id = `${token}.${this.#count++}`;
    await this.#do("written", async () => {
      const { isReplaced } = await this.#contents.put(content, index, bytes, id, () => this.#ends.confirm());
      this.#isMended ||= isReplaced;
    });
    this.#written.add(index);
  }

  async #finish(): Promise<void> {
    const { path } = this.#place;
    try {
      await this.#settled();
      await this.#flushAll();
      if (this.#end !== this.size)
        throw new StoreError("failed", `${path} has ${this.#end} of its ${this.size} bytes`);
      await this.#fillHoles();
      await this.#ends.finish(this.#isMended);
    } catch (error) {
      await this.#keep().catch(() => {});
      throw error;
    }
  }

  async #keep(): Promise<void> {
    await this.#settled();
    try {
      await this.#flushAll();
    } finally {
      if (this.#end === 0) await this.#ends.discard();
      else await this.#ends.keep(this.#end);
    }
  }

  async #flushAll(): Promise<void> {
    for (const index of this.#parts.keys()) await this.#flush(index);
  }

  /** What was never written is zeros, and has to be told from what is lost. */
  async #fillHoles(): Promise<void> {
    const count = chunkCount(this.size);
    if (this.#written.size === count) return;
    const there = await this.#do("finished", () => this.#contents.indexes(this.#place.content));
    const holes = Array.from({ length: count }, (_, index) => index).filter((index) => !there.has(index));
    while (holes.length > 0)
      await Promise.all(holes.splice(0, FILLED_AT_ONCE).map((index) => this.#put(index, new Uint8Array())));
  }

  async #settled(): Promise<void> {
    await Promise.allSettled(this.#writing);
  }

  /** The part of a stretch that is in one chunk. */
  #cut(offset: number, length: number): { index: number; start: number; count: number } {
    const index = Math.floor(offset / CHUNK_BYTES);
    const start = offset - index * CHUNK_BYTES;
    return { index, start, count: Math.min(length, CHUNK_BYTES - start) };
  }

  async #do<T>(what: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      throw new StoreError(error.code, `${this.#place.path} cannot be ${what}: ${error.message}`, {
        cause: error,
      });
    }
  }
}
