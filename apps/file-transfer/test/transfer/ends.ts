// Sources and sinks in memory, which are slow, fail and change as they are told.
import type { Random } from "@socketlab/core";
import type { Sink, Source } from "../../src/transfer/ends.ts";

/** `size` bytes; no two chunks are the same. */
export function contentOf(size: number, random: Random): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = Math.floor(random() * 2 ** 32);
  for (let at = 0; at < words.length; at++) words[at] = state = Math.imul(state, 1664525) + 1013904223;
  return new Uint8Array(words.buffer, 0, size);
}

/** Lets some other things happen first. */
export async function later(random: Random, most = 3): Promise<void> {
  for (let turns = Math.floor(random() * most); turns > 0; turns--)
    await new Promise((resolve) => setImmediate(resolve));
}

export class MemorySource implements Source {
  content: Uint8Array;
  readonly size: number;
  /** Chunks read, and by how many at most at a time. */
  reads = 0;
  readersAtMost = 0;
  failure: Error | undefined;
  #readers = 0;
  readonly #random: Random;

  constructor(content: Uint8Array, random: Random) {
    this.content = content;
    this.size = content.length;
    this.#random = random;
  }

  get isBeingRead(): boolean {
    return this.#readers > 0;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    this.reads++;
    this.readersAtMost = Math.max(this.readersAtMost, ++this.#readers);
    await later(this.#random);
    this.#readers--;
    if (this.failure !== undefined) throw this.failure;
    const part = this.content.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  }
}

export class MemorySink implements Sink {
  readonly size: number;
  readonly content: Uint8Array;
  /** Up to where something has been written. */
  had = 0;
  written = 0;
  writersAtMost = 0;
  /** Writing fails when so many bytes have been written. */
  roomBytes = Infinity;
  readonly failure = new Error("ENOSPC");
  #users = 0;
  readonly #random: Random;

  /** @param before what an earlier attempt left. */
  constructor(size: number, random: Random, before?: MemorySink) {
    this.size = size;
    this.content = before?.content ?? new Uint8Array(size);
    this.had = before?.had ?? 0;
    this.#random = random;
  }

  get isInUse(): boolean {
    return this.#users > 0;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    this.#users++;
    await later(this.#random);
    this.#users--;
    const part = this.content.subarray(offset, Math.min(this.had, offset + into.length));
    into.set(part);
    return part.length;
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    this.writersAtMost = Math.max(this.writersAtMost, ++this.#users);
    await later(this.#random);
    this.#users--;
    if (this.written + bytes.length > this.roomBytes) throw this.failure;
    this.content.set(bytes, offset);
    this.written += bytes.length;
    this.had = Math.max(this.had, offset + bytes.length);
  }
}
