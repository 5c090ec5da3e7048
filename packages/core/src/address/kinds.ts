// What kind of address a host is: itself, none in particular, a group, everybody. Knows no names and resolves none.

import { ipv4ToInteger, parseIpv4 } from "./ipv4.ts";
import { mappedIpv4, parseIpv6 } from "./ipv6.ts";

type Kind = (text: string) => boolean;

function kind(ofIpv4: (integer: number) => boolean, ofIpv6: (groups: readonly number[]) => boolean): Kind {
  return (text) => {
    const integer = parseIpv4(text);
    if (integer !== undefined) return ofIpv4(integer);
    const ipv6 = parseIpv6(text);
    if (ipv6 === undefined) return false;
    const mapped = mappedIpv4(ipv6);
    return mapped === undefined ? ofIpv6(ipv6.groups) : ofIpv4(ipv4ToInteger(mapped));
  };
}

const isZeroUpToLast = (groups: readonly number[]): boolean =>
  groups.slice(0, 7).every((group) => group === 0);

/**
 * Whether the IPv4 or IPv6 address never leaves this machine: 127.0.0.0/8 (RFC 1122, 3.2.1.3) or ::1 (RFC 4291, 2.5.3).
 * Like all of this file: an IPv4-mapped address counts as the IPv4 address; a name, "localhost" too, is false: resolve it first.
 */
export const isLoopback: Kind = kind(
  (integer) => integer >>> 24 === 127,
  (groups) => isZeroUpToLast(groups) && groups[7] === 1,
);

/** Whether it is "no address": 0.0.0.0 (RFC 1122, 3.2.1.3) or :: (RFC 4291, 2.5.2). A listener bound to it takes all interfaces. */
export const isUnspecified: Kind = kind(
  (integer) => integer === 0,
  (groups) => isZeroUpToLast(groups) && groups[7] === 0,
);

/** Whether it names a group of receivers: 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291, 2.7). Never the source of a datagram. */
export const isMulticast: Kind = kind(
  (integer) => integer >>> 28 === 0xe,
  (groups) => (groups[0] ?? 0) >>> 8 === 0xff,
);

/**
 * Whether it names everybody on the local network: 255.255.255.255 (RFC 919, 7). IPv6 has no broadcast.
 * A network's own broadcast address (10.0.0.255 in 10.0.0.0/24) cannot be told without the interface's prefix length.
 */
export const isLimitedBroadcast: Kind = kind(
  (integer) => integer === 0xffff_ffff,
  () => false,
);
