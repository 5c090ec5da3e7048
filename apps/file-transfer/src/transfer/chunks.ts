// How a file is cut into chunks, and what their hashes are. Touches no disk and no socket.
import { hashOf } from "#hash";
import { CHUNK_BYTES, type Verification } from "../protocol.ts";

export { hashOf };

const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** How many chunks a file of `size` bytes has; an empty one has none. */
export function chunkCount(size: number): number {
  return Math.ceil(size / CHUNK_BYTES);
}

/** Where chunk `index` begins, and how many bytes it has. */
export function chunkAt(size: number, index: number): { offset: number; length: number } {
  const offset = index * CHUNK_BYTES;
  return { offset, length: Math.min(CHUNK_BYTES, size - offset) };
}

/**
 * The hash of a whole file: that of its chunks' hashes in their order (of nothing for an empty file). So a file may be
 * verified in any order, over any number of connections, and where it was interrupted.
 *
 * @param hashes 32 bytes for each chunk.
 * @returns 64 hexadecimal digits.
 */
export function wholeHash(algorithm: Verification, hashes: Uint8Array): string {
  let text = "";
  for (const byte of hashOf(algorithm, hashes)) text += hexOf[byte];
  return text;
}
