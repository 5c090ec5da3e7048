// Addresses as the bytes that binary protocols carry: four for IPv4, sixteen for IPv6. Knows no names and no ports.

import { integerToIpv4, parseIpv4 } from "./ipv4.ts";
import { formatIpv6, mappedIpv4, parseIpv6 } from "./ipv6.ts";

/** In network order: 4 bytes, or 16. Undefined for what is no address: a name, say. A zone is left out: it means nothing elsewhere. */
export function addressToBytes(host: string): Uint8Array | undefined {
  const ipv4 = parseIpv4(host);
  if (ipv4 !== undefined) return Uint8Array.of(ipv4 >>> 24, ipv4 >>> 16, ipv4 >>> 8, ipv4);
  const ipv6 = parseIpv6(host);
  if (ipv6 === undefined) return undefined;
  const bytes = new Uint8Array(16);
  for (const [at, group] of ipv6.groups.entries()) bytes.set([group >> 8, group & 0xff], 2 * at);
  return bytes;
}

/** The address in the form of `canonicalHost`; undefined unless there are 4 bytes, or 16. */
export function addressFromBytes(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 4) return integerToIpv4(view.getUint32(0));
  if (bytes.length !== 16) return undefined;
  const groups = Array.from({ length: 8 }, (_, at) => view.getUint16(2 * at));
  const ipv6 = { groups, zone: "" };
  return mappedIpv4(ipv6) ?? formatIpv6(ipv6);
}
