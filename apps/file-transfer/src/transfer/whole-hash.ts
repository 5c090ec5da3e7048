// The hash of a whole file, as it is read. Knows no conversation.
import { CHUNK_BYTES, type HashAlgorithm } from "../protocol.ts";
import { chunkAt, hashOf } from "./chunks.ts";
import type { Source } from "./ends.ts";
import { ChunkHashes } from "./hashes.ts";

export async function readWholeHash(algorithm: HashAlgorithm, source: Source): Promise<string> {
  const hashes = new ChunkHashes(algorithm, source.size);
  const block = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, source.size));
  for (let index = 0; index < hashes.count; index++) {
    const { offset, length } = chunkAt(source.size, index);
    const data = block.subarray(0, length);
    await source.read(data, offset);
    hashes.set(index, hashOf(algorithm, data));
  }
  return hashes.whole();
}
