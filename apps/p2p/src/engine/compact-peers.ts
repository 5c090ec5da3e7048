// Addresses of peers in six bytes (BEP 23), or eighteen (BEP 7). Does not know what to make of them.
import { addressFromBytes, addressToBytes, ProtocolError } from "@socketlab/core/browser";
import type { PeerAddress } from "./address-book.ts";

const PORT_BYTES = 2;
const addressBytes = { 4: 4, 6: 16 } as const;

export function familyOf(host: string): 4 | 6 {
  return host.includes(":") ? 6 : 4;
}

/** Whoever has an address of that family; the others are left out. */
export function encodeCompactPeers(peers: readonly PeerAddress[], family: 4 | 6): Uint8Array {
  const stride = addressBytes[family] + PORT_BYTES;
  const bytes = new Uint8Array(stride * peers.length);
  let at = 0;
  for (const { host, port } of peers) {
    const address = addressToBytes(host);
    if (address?.length !== addressBytes[family]) continue;
    bytes.set(address, at);
    bytes.set([port >> 8, port & 0xff], at + address.length);
    at += stride;
  }
  return bytes.subarray(0, at);
}

/**
 * IPv4 in IPv6's clothes is left out: it belongs to the other list.
 * @param maxPeers more are not looked at.
 * @throws ProtocolError `bad-peers` where the last one is cut off.
 */
export function decodeCompactPeers(bytes: Uint8Array, family: 4 | 6, maxPeers = Infinity): PeerAddress[] {
  const stride = addressBytes[family] + PORT_BYTES;
  if (bytes.length % stride !== 0)
    throw new ProtocolError(
      "bad-peers",
      `the list of peers has ${bytes.length} bytes, which is no multiple of ${stride}`,
    );
  const peers: PeerAddress[] = [];
  for (let at = 0; at < bytes.length && peers.length < maxPeers; at += stride) {
    const portAt = at + stride - PORT_BYTES;
    const host = addressFromBytes(bytes.subarray(at, portAt))!;
    const port = (bytes[portAt]! << 8) | bytes[portAt + 1]!;
    if (familyOf(host) === family) peers.push({ host, port });
  }
  return peers;
}
