// IPv4 addresses as text and as the 32-bit number that they are. Knows nothing of names, ports or interfaces.

import { UsageError } from "../errors.ts";

/** 0..255 in decimal without leading zeros. */
const octet = /(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)/.source;
const dotted = new RegExp(`^${octet}(?:\\.${octet}){3}$`);

/** As `ipv4ToInteger`; undefined for what is no IPv4 address. */
export function parseIpv4(text: string): number | undefined {
  if (!dotted.test(text)) return undefined;
  return text.split(".").reduce((integer, part) => integer * 256 + Number(part), 0);
}

/**
 * Whether the text is an IPv4 address: four decimal numbers 0..255 with dots between them.
 *
 * The shorter and non-decimal forms that some systems take (`127.1`, `0x7f.0.0.1`, `010.0.0.1`) are none: parsers disagree
 * about what they mean, so one program would check another address than the next one connects to. (RFC 6943, 3.1.1)
 */
export function isIpv4(text: string): boolean {
  return dotted.test(text);
}

/**
 * The address as the unsigned 32-bit number that travels in every IP header (RFC 791, 3.1), the first part highest:
 * `"127.0.0.1"` is 2130706433.
 *
 * @throws UsageError "bad-ipv4" if the text is not an IPv4 address as {@link isIpv4} defines it.
 */
export function ipv4ToInteger(text: string): number {
  const integer = parseIpv4(text);
  if (integer === undefined) {
    throw new UsageError(
      "bad-ipv4",
      `${JSON.stringify(text)} is not an IPv4 address: four numbers from 0 to 255 without leading zeros, as in 127.0.0.1`,
    );
  }
  return integer;
}

/**
 * The text of an address that is given as an unsigned 32-bit number: 2130706433 is `"127.0.0.1"`.
 *
 * @throws UsageError "bad-ipv4" if the number is not whole or not in 0..4294967295.
 */
export function integerToIpv4(integer: number): string {
  if (!Number.isInteger(integer) || integer < 0 || integer > 0xffff_ffff) {
    throw new UsageError(
      "bad-ipv4",
      `${integer} is not an IPv4 address: a whole number from 0 to 4294967295; for a signed one, pass it as n >>> 0`,
    );
  }
  return [integer >>> 24, (integer >>> 16) & 255, (integer >>> 8) & 255, integer & 255].join(".");
}
