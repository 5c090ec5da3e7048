// Small files in one message: of each a few bytes about it, its path and its content. Touches no disk and no socket.
import { ProtocolError, UsageError } from "@socketlab/core";
import {
  BATCH_BYTES,
  HASH_BYTES,
  MAX_BATCH_FILES,
  SMALL_BYTES,
  verifications,
  type Verification,
} from "../protocol.ts";
import { hashOf } from "./chunks.ts";
import { areEqual } from "./hashes.ts";

export interface SmallFile {
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly mtimeMs: number;
  /** The permission bits. */
  readonly mode: number;
  /** Of `data`, as its sender knows it; zeros where nothing is verified. */
  readonly hash: Uint8Array;
  /** A view of the message. */
  readonly data: Uint8Array;
}

// All of fixed width comes first: time (a double), mode, the path's length in bytes, the content's, its hash.
const MODE_AT = 8;
const PATH_BYTES_AT = 10;
const DATA_BYTES_AT = 12;
const HASH_AT = 16;
const HEAD_BYTES = HASH_AT + HASH_BYTES;
const MAX_PATH_BYTES = 2 ** 16 - 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What a file takes of a batch, in bytes. */
export function batchedBytes(path: string, size: number): number {
  return HEAD_BYTES + encoder.encode(path).length + size;
}

/** Puts files into a block of BATCH_BYTES, one behind the other. */
export class BatchWriter {
  readonly #block: Uint8Array;
  readonly #algorithm: Verification;
  #count = 0;
  #length = 0;

  constructor(block: Uint8Array, algorithm: Verification) {
    this.#block = block.subarray(0, BATCH_BYTES);
    this.#algorithm = algorithm;
  }

  get count(): number {
    return this.#count;
  }

  /** What is in it: a view of the block. */
  get files(): Uint8Array {
    return this.#block.subarray(0, this.#length);
  }

  /** Whether one more may be added. */
  fits(path: string, size: number): boolean {
    return this.#count < MAX_BATCH_FILES && this.#length + batchedBytes(path, size) <= this.#block.length;
  }

  /**
   * Adds a file.
   * @param read fills its place in the block; if it throws, nothing is added.
   * @throws UsageError when it does not fit.
   */
  async add(
    { path, size, mtimeMs, mode }: { path: string; size: number; mtimeMs: number; mode: number },
    read: (into: Uint8Array) => Promise<unknown>,
  ): Promise<void> {
    const name = encoder.encode(path);
    const start = this.#length;
    const dataAt = start + HEAD_BYTES + name.length;
    const isFit = this.#count < MAX_BATCH_FILES && dataAt + size <= this.#block.length;
    if (!isFit || size > SMALL_BYTES || name.length > MAX_PATH_BYTES)
      throw new UsageError("batch-full", `${path} has no room in this batch`);
    const data = this.#block.subarray(dataAt, dataAt + size);
    await read(data);
    const head = viewOf(this.#block.subarray(start, start + HEAD_BYTES));
    head.setFloat64(0, mtimeMs);
    head.setUint16(MODE_AT, mode);
    head.setUint16(PATH_BYTES_AT, name.length);
    head.setUint32(DATA_BYTES_AT, size);
    this.#block.set(hashOf(this.#algorithm, data), start + HASH_AT);
    this.#block.set(name, start + HEAD_BYTES);
    this.#count++;
    this.#length = dataAt + size;
  }

  /** Takes all out. */
  clear(): void {
    this.#count = 0;
    this.#length = 0;
  }
}

/** The files of a batch. @throws ProtocolError `bad-message` where it is none. */
export function readBatch(bytes: Uint8Array): SmallFile[] {
  const view = viewOf(bytes);
  const files: SmallFile[] = [];
  for (let at = 0; at < bytes.length;) {
    const pathAt = at + HEAD_BYTES;
    if (pathAt > bytes.length) throw badBatch("it ends within a file");
    if (files.length === MAX_BATCH_FILES) throw badBatch(`it has more than ${MAX_BATCH_FILES} files`);
    const mtimeMs = view.getFloat64(at);
    const mode = view.getUint16(at + MODE_AT);
    const dataAt = pathAt + view.getUint16(at + PATH_BYTES_AT);
    const size = view.getUint32(at + DATA_BYTES_AT);
    if (!Number.isFinite(mtimeMs)) throw badBatch("a file's time is no number");
    if (mode > 0o777) throw badBatch(`a file's mode is ${mode}, and 0 to 511 can be`);
    if (size > SMALL_BYTES) throw badBatch(`a file has ${size} bytes, and at most ${SMALL_BYTES} can be`);
    if (dataAt + size > bytes.length) throw badBatch("it ends within a file");
    const hash = bytes.subarray(at + HASH_AT, pathAt);
    const path = textOf(bytes.subarray(pathAt, dataAt));
    files.push({ path, mtimeMs, mode, hash, data: bytes.subarray(dataAt, dataAt + size) });
    at = dataAt + size;
  }
  return files;
}

/** Whether the content is what its hash says. */
export function isIntact(algorithm: Verification, { hash, data }: SmallFile): boolean {
  return algorithm === "none" || areEqual(hashOf(algorithm, data), hash);
}

/** How a batch says by what its files are verified. */
export function codeOf(algorithm: Verification): number {
  return verifications.indexOf(algorithm);
}

/** @throws ProtocolError `bad-message` where there is no such one. */
export function verificationOf(code: number): Verification {
  const algorithm = verifications[code];
  if (algorithm === undefined) throw badBatch(`there is no verification ${code}`);
  return algorithm;
}

function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw badBatch("a path is not UTF-8", error);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function badBatch(why: string, cause?: unknown): ProtocolError {
  return new ProtocolError("bad-message", `this is no batch of files: ${why}`, { cause });
}
