// Compact IPv4 addresses of peers and nodes in KRPC (BEP 5, 23), and which of them are worth a datagram. Knows no message.
import { isLimitedBroadcast, isLoopback, isMulticast, isUnspecified } from "@socketlab/core/browser";

export const ADDRESS_BYTES = 4;

/** IPv4 alone: the library knows nothing else. */
export function ipv4Bytes(host: string): Uint8Array {
  return Uint8Array.from(host.split("."), Number);
}

export function ipv4At(bytes: Uint8Array, at: number): string {
  return bytes.subarray(at, at + ADDRESS_BYTES).join(".");
}

export function compactAddress(host: string, port: number): Uint8Array {
  return Uint8Array.of(...ipv4Bytes(host), port >>> 8, port & 0xff);
}

/**
 * Whether an address in an answer can be somebody's. Only who is on this machine itself may name loopback addresses:
 * from elsewhere they would make us knock at our own services.
 */
export function isPlausible(compact: Uint8Array, at: number, isFromHere: boolean): boolean {
  const host = ipv4At(compact, at);
  const port = (compact[at + ADDRESS_BYTES]! << 8) | compact[at + ADDRESS_BYTES + 1]!;
  if (port === 0 || compact[at] === 0 || isUnspecified(host)) return false;
  if (isMulticast(host) || isLimitedBroadcast(host)) return false;
  return isFromHere || !isLoopback(host);
}
