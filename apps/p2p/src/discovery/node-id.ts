// Which node ids an IP address may have in the DHT (BEP 42), so that nobody picks one next to a torrent. Knows no network.
import { crc32c } from "../engine/crc32c.ts";

export const NODE_ID_BYTES = 20;
/** Of the address only so many bits count, the more of them the further left: many addresses are many networks. */
const IPV4_MASK: readonly number[] = [0x03, 0x0f, 0x3f, 0xff];
const IPV6_MASK: readonly number[] = [0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff];

/**
 * An id for a node at this address. BEP 42's text speaks of eight bytes to hash; its code, its vectors and all
 * programs take four for IPv4.
 * @param address 4 or 16 bytes.
 * @param random 20 bytes: what of the id is free.
 */
export function nodeIdFor(address: Uint8Array, random: Uint8Array): Uint8Array {
  const id = Uint8Array.from(random);
  const prefix = prefixOf(address, id[NODE_ID_BYTES - 1]!);
  id[0] = prefix >>> 24;
  id[1] = prefix >>> 16;
  id[2] = ((prefix >>> 8) & 0xf8) | (id[2]! & 0x07);
  return id;
}

/** Whether a node at this address may have this id. Where addresses are not unique in the world, any will do. */
export function mayHaveNodeId(address: Uint8Array, id: Uint8Array): boolean {
  if (isLocal(address)) return true;
  const prefix = prefixOf(address, id[NODE_ID_BYTES - 1]!);
  const bits = ((id[0]! << 24) | (id[1]! << 16) | (id[2]! << 8)) >>> 0;
  return (bits ^ prefix) >>> 11 === 0;
}

/** @returns 32 bits, of which the first 21 are those of the id. */
function prefixOf(address: Uint8Array, lastByteOfId: number): number {
  const mask = address.length === 4 ? IPV4_MASK : IPV6_MASK;
  const hashed = Uint8Array.from(mask, (bits, index) => address[index]! & bits);
  // Eight ids for an address, as several nodes may stand behind one.
  hashed[0]! |= (lastByteOfId & 0x07) << 5;
  return crc32c(hashed);
}

/** Loopback, link-local and private networks. */
function isLocal([first = 0, second = 0, ...rest]: Uint8Array): boolean {
  if (rest.length === 2)
    return (
      first === 10 ||
      first === 127 ||
      (first === 169 && second === 254) ||
      (first === 172 && second >= 16 && second < 32) ||
      (first === 192 && second === 168)
    );
  if (first === 0xfe) return (second & 0xc0) === 0x80;
  return (
    (first & 0xfe) === 0xfc || (first === 0 && second === 0 && rest.slice(0, 13).every((byte) => byte === 0))
  );
}
