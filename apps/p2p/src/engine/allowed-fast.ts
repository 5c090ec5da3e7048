// Which pieces a peer may ask for although it is choked: BEP 6's canonical set. Knows no peer but its address.
import { createHash } from "node:crypto";
import { addressToBytes } from "@socketlab/core/browser";

/** As in BEP 6: enough to have something to give, too few to live on. */
export const ALLOWED_FAST_PIECES = 10;

/**
 * The same pieces whoever computes it, and for every address of a /24: so a peer that connects to many gets no more from all
 * than from one. Defined for IPv4 alone; empty for others.
 */
export function allowedFastSet(
  host: string,
  infoHash: Uint8Array,
  pieceCount: number,
  size: number = ALLOWED_FAST_PIECES,
): Set<number> {
  const pieces = new Set<number>();
  const address = addressToBytes(host);
  if (address?.length !== 4) return pieces;
  address[3] = 0;
  let hash = createHash("sha1").update(address).update(infoHash).digest();
  const wanted = Math.min(size, pieceCount);
  while (pieces.size < wanted) {
    for (let at = 0; at < hash.length && pieces.size < wanted; at += 4)
      pieces.add(hash.readUInt32BE(at) % pieceCount);
    hash = createHash("sha1").update(hash).digest();
  }
  return pieces;
}
