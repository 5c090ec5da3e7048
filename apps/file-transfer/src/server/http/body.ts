// The bytes of an answer, read block by block as the client takes them. Knows no headers.
import type { Writable } from "node:stream";
import { StoreError } from "../store.ts";
import type { Source } from "../../transfer/ends.ts";
import type { ByteRange } from "./range.ts";

/** Large enough that few system calls are made; each download that is under way has one such block, sometimes two. */
const BLOCK_BYTES = 512 * 1024;

/**
 * The bytes of one range. To be written to `into` as they come, and nothing else meanwhile: the block is filled again when
 * all of it has gone out.
 */
export async function* readRange(
  source: Source,
  { first, last }: ByteRange,
  into: Writable,
): AsyncGenerator<Uint8Array, void, undefined> {
  const blockBytes = Math.min(BLOCK_BYTES, last - first + 1);
  let block = Buffer.allocUnsafeSlow(blockBytes);
  for (let offset = first; offset <= last;) {
    if (into.writableLength > 0) block = Buffer.allocUnsafeSlow(blockBytes);
    const wanted = block.subarray(0, Math.min(blockBytes, last - offset + 1));
    const length = await source.read(wanted, offset);
    if (length === 0) throw new StoreError("changed", "the file became shorter while it was being read");
    yield wanted.subarray(0, length);
    offset += length;
  }
}
