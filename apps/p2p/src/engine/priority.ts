// Whom to be connected to, when there are more than may be: BEP 40's canonical priority. Knows no connection.
import { addressToBytes } from "@socketlab/core/browser";
import type { PeerAddress } from "./address-book.ts";
import { crc32c } from "./crc32c.ts";

// Per family: two nets, in bytes from the front. Who is in another wide net is told apart by half of the bits behind it. For
// IPv6 the text is silent; /32 and /48, with the front half masked and the rest as it is, is what libtorrent does.
const nets = { 4: { wide: 2, narrow: 3, masked: 4 }, 16: { wide: 4, narrow: 6, masked: 8 } } as const;
const MASK = 0x55;

/**
 * The same on both sides and different for every pair: so a swarm whose peers keep those with the highest is a random graph,
 * and nobody can choose to whom many will connect. Both as the other side sees them.
 * @returns 32 bits, the higher the better; undefined unless both are IPv4, or both IPv6.
 */
export function canonicalPriority(a: PeerAddress, b: PeerAddress): number | undefined {
  const [first, second] = [addressToBytes(a.host), addressToBytes(b.host)];
  if (first === undefined || second === undefined || first.length !== second.length) return undefined;
  if (compare(first, second) === 0) {
    const [low, high] = [Math.min(a.port, b.port), Math.max(a.port, b.port)];
    return crc32c(Uint8Array.of(low >> 8, low & 0xff, high >> 8, high & 0xff));
  }
  const [low, high] = compare(first, second) < 0 ? [first, second] : [second, first];
  const { wide, narrow, masked } = first.length === 4 ? nets[4] : nets[16];
  const isIn = (net: number): boolean => compare(low.subarray(0, net), high.subarray(0, net)) === 0;
  const kept = isIn(narrow) ? masked : isIn(wide) ? narrow : wide;
  for (let at = kept; at < masked; at++) {
    low[at]! &= MASK;
    high[at]! &= MASK;
  }
  return crc32c(Uint8Array.of(...low, ...high));
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
