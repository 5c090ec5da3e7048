// The hashes of the pieces of files that lie on the disk, read once, one behind the other. Writes nothing.
import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { SocketlabError } from "@socketlab/core";
import { INFO_HASH_BYTES } from "../protocol.ts";
import { orBadFile, type SourceFile } from "./find-files.ts";

/** Two are in memory: while one is hashed, the next is read. */
const CHUNK_BYTES: number = 1024 * 1024;

export interface HashFilesOptions {
  readonly signal?: AbortSignal;
  readonly onChecked?: (doneBytes: number, totalBytes: number) => void;
}

/** @throws UsageError `bad-file`; SocketlabError `changed` when a file is no longer what it was when it was found. */
export async function hashFiles(
  files: readonly SourceFile[],
  pieceLength: number,
  { signal, onChecked }: HashFilesOptions = {},
): Promise<Uint8Array> {
  const length = files.reduce((sum, file) => sum + file.length, 0);
  const pieces = new Pieces(length, pieceLength);
  let done = 0;
  const buffers = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)] as const;
  for (const file of files) {
    const handle = await orBadFile(file.local, open(file.local));
    try {
      for await (const chunk of chunksOf(file, handle, buffers)) {
        signal?.throwIfAborted();
        pieces.push(chunk);
        done += chunk.length;
        onChecked?.(done, length);
      }
    } finally {
      await handle.close();
    }
  }
  return pieces.hashes;
}

/** What was yielded is valid until the one behind it was. */
async function* chunksOf(
  file: SourceFile,
  handle: FileHandle,
  [first, second]: readonly [Buffer, Buffer],
): AsyncGenerator<Buffer> {
  const read = (at: number, buffer: Buffer): Promise<Buffer> =>
    orBadFile(file.local, readAll(handle, at, buffer.subarray(0, Math.max(0, file.length - at))));
  let [buffer, other] = [first, second];
  let reading = read(0, buffer);
  for (let at = 0; at < file.length;) {
    const chunk = await reading;
    at += chunk.length;
    if (chunk.length === 0) break;
    [buffer, other] = [other, buffer];
    reading = read(at, buffer);
    // Whoever has had enough does not wait for it.
    reading.catch(() => {});
    yield chunk;
  }
  await reading;
  const { size, mtimeMs } = await orBadFile(file.local, handle.stat());
  if (size !== file.length || mtimeMs !== file.mtimeMs)
    throw new SocketlabError("changed", `${JSON.stringify(file.local)} changed while it was being read`);
}

/** As much of `buffer` as there is to read. */
async function readAll(handle: FileHandle, at: number, buffer: Buffer): Promise<Buffer> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Bytes in any portions to the hash of each piece. */
class Pieces {
  readonly hashes: Uint8Array;
  readonly #pieceLength: number;
  #hash = createHash("sha1");
  #left: number;
  #rest: number;
  #done = 0;

  constructor(length: number, pieceLength: number) {
    this.hashes = new Uint8Array(Math.ceil(length / pieceLength) * INFO_HASH_BYTES);
    this.#pieceLength = pieceLength;
    this.#rest = length;
    this.#left = Math.min(pieceLength, length);
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + this.#left);
      this.#hash.update(part);
      at += part.length;
      this.#left -= part.length;
      this.#rest -= part.length;
      if (this.#left > 0) continue;
      this.hashes.set(this.#hash.digest(), this.#done++ * INFO_HASH_BYTES);
      this.#hash = createHash("sha1");
      this.#left = Math.min(this.#pieceLength, this.#rest);
    }
  }
}
