// Addresses and names for property tests.

import * as fc from "fast-check";

export const ipv4: fc.Arbitrary<string> = fc.ipV4();

/** Eight groups, zero often enough for runs of zeros. */
export const groups: fc.Arbitrary<number[]> = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), {
  minLength: 8,
  maxLength: 8,
});

export const zone: fc.Arbitrary<string> = fc.constantFrom("", "eth0", "25", "br-1a.100", "EN_0");

/** Names as RFC 1123 has them, in lower case; a last part that begins with a letter is never taken for a number. */
export const hostName: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?$/), { maxLength: 3 }),
    fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/),
  )
  .map(([parts, last]) => [...parts, last].join("."));
