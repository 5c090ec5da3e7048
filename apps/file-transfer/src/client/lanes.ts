// Over how many conversations a file goes. Knows none.
import { CHUNK_BYTES } from "../protocol.ts";

// Below that, to ask several takes longer than to send it.
const CHUNKS_EACH = 4;

/** Those of `others` that are to help the first with a file of `size` bytes. */
export function lanesFor<Lane>(size: number, others: readonly Lane[]): Lane[] {
  return others.slice(0, Math.max(0, Math.floor(size / (CHUNKS_EACH * CHUNK_BYTES)) - 1));
}
