// IPv6 addresses as text and as eight groups of 16 bits. Knows nothing of brackets, names, ports or interfaces.

import { integerToIpv4, ipv4ToInteger, isIpv4 } from "./ipv4.ts";

/** An IPv6 address: eight groups of 16 bits, and the zone (the interface) that a link-local address needs, else "". */
export interface Ipv6 {
  readonly groups: readonly number[];
  readonly zone: string;
}

const group = /^[0-9a-f]{1,4}$/i;
/** A zone is an interface's name or number, written after "%" as it is, not percent-encoded. (RFC 4007, 11; RFC 9844) */
const zoneRule = /^[\w.~-]+$/;

/**
 * Reads the text forms of RFC 4291, 2.2, with a zone (`fe80::1%eth0`) if there is one.
 * Returns undefined if the text is not an IPv6 address: to find that out is what it is for.
 */
export function parseIpv6(text: string): Ipv6 | undefined {
  const percent = text.indexOf("%");
  const zone = percent < 0 ? "" : text.slice(percent + 1);
  if (percent >= 0 && !zoneRule.test(zone)) return undefined;

  const halves = (percent < 0 ? text : text.slice(0, percent)).split("::");
  if (halves.length > 2) return undefined;
  const [before, after] = halves;
  const head = readGroups(before ?? "", after === undefined);
  if (after === undefined) return head?.length === 8 ? { groups: head, zone } : undefined;

  const tail = readGroups(after, true);
  if (head === undefined || tail === undefined) return undefined;
  // "::" stands for one group of zeros at least.
  const missing = 8 - head.length - tail.length;
  if (missing < 1) return undefined;
  return { groups: [...head, ...Array<number>(missing).fill(0), ...tail], zone };
}

function readGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (group.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else if (mayEndInIpv4 && index === parts.length - 1 && isIpv4(part)) {
      const integer = ipv4ToInteger(part);
      groups.push(integer >>> 16, integer & 0xffff);
    } else {
      return undefined;
    }
  }
  return groups;
}

/**
 * The one text form that RFC 5952 recommends: lower case, no leading zeros, the longest run of two or more zero groups
 * as "::" (the first of equal ones), and an IPv4-mapped address with its last 32 bits as IPv4 (section 5).
 */
export function formatIpv6(address: Ipv6): string {
  const zone = address.zone === "" ? "" : `%${address.zone}`;
  const ipv4 = mappedIpv4(address);
  if (ipv4 !== undefined) return `::ffff:${ipv4}${zone}`;

  const { groups } = address;
  let start = 0;
  let length = 1;
  for (let from = 0; from < groups.length; from++) {
    let to = from;
    while (groups[to] === 0) to++;
    if (to - from > length) [start, length] = [from, to - from];
  }
  if (length < 2) return hex(groups) + zone;
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}${zone}`;
}

const hex = (groups: readonly number[]): string => groups.map((value) => value.toString(16)).join(":");

/** The IPv4 address inside an IPv4-mapped one (`::ffff:1.2.3.4`: how a dual-stack listener names its IPv4 clients; RFC 4291, 2.5.5.2). */
export function mappedIpv4({ groups }: Ipv6): string | undefined {
  const [a, b, c, d, e, marker, high = 0, low = 0] = groups;
  const isMapped = [a, b, c, d, e].every((value) => value === 0) && marker === 0xffff;
  return isMapped ? integerToIpv4(high * 0x1_0000 + low) : undefined;
}
