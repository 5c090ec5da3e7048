// How a file is cut into chunks, and what their hashes are. Touches no disk and no socket.
import { hash as digest } from "node:crypto";
import { blake3 } from "@napi-rs/blake-hash";
import { CHUNK_BYTES, HASH_BYTES, type Verification } from "../protocol.ts";

/** How many chunks a file of `size` bytes has; an empty one has none. */
export function chunkCount(size: number): number {
  return Math.ceil(size / CHUNK_BYTES);
}

/** Where chunk `index` begins, and how many bytes it has. */
export function chunkAt(size: number, index: number): { offset: number; length: number } {
  const offset = index * CHUNK_BYTES;
  return { offset, length: Math.min(CHUNK_BYTES, size - offset) };
}

const NOTHING = new Uint8Array(HASH_BYTES);

/** The hash of these bytes, 32 bytes: BLAKE3, or SHA-256 (FIPS 180-4); zeros where nothing is verified. */
export function hashOf(algorithm: Verification, data: Uint8Array): Uint8Array {
  if (algorithm === "none") return NOTHING;
  return algorithm === "blake3" ? blake3(data) : digest("sha256", data, "buffer");
}

/**
 * The hash of a whole file: that of its chunks' hashes in their order (of nothing for an empty file). So a file may be
 * verified in any order, over any number of connections, and where it was interrupted.
 *
 * @param hashes 32 bytes for each chunk.
 * @returns 64 hexadecimal digits.
 */
export function wholeHash(algorithm: Verification, hashes: Uint8Array): string {
  return Buffer.from(hashOf(algorithm, hashes)).toString("hex");
}
