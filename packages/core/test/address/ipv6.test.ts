// IPv6 text, its one canonical form, and the form in which equal hosts are equal strings.

import { isIPv6 } from "node:net";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalHost } from "../../src/address/host.ts";
import { formatIpv6, parseIpv6 } from "../../src/address/ipv6.ts";
import { groups, zone } from "./arbitraries.ts";

describe("IPv6", () => {
  // RFC 4291, 2.2 and RFC 5952, 4 and 5.
  it.each([
    ["0:0:0:0:0:0:0:0", "::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"],
    ["2001:0db8::0001", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["1:0:0:0:0:0:0:0", "1::"],
    ["FE80::1%Eth0", "fe80::1%Eth0"],
    ["::FFFF:1.2.3.4", "::ffff:1.2.3.4"],
    ["::ffff:0102:0304", "::ffff:1.2.3.4"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ])("%s is written %s", (text, canonical) => {
    const address = parseIpv6(text);
    expect(address && formatIpv6(address)).toBe(canonical);
  });

  it.each([
    "",
    ":",
    ":::",
    "1",
    "1::2::3",
    ":1::2",
    "1::2:",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4::5:6:7:8",
    "12345::",
    "g::",
    "::1%",
    "::1%a b",
    "1.2.3.4",
    "1.2.3.4::",
    "::256.0.0.1",
    "[::1]",
    "::1 ",
  ])("%j is not an address", (text) => {
    expect(parseIpv6(text)).toBeUndefined();
  });

  it("parsing what was formatted gives the same groups and zone", () => {
    fc.assert(
      fc.property(groups, zone, (some, itsZone) => {
        const text = formatIpv6({ groups: some, zone: itsZone });
        expect(parseIpv6(text)).toEqual({ groups: some, zone: itsZone });
      }),
    );
  });

  it("agrees with Node.js about what an address is", () => {
    const close = fc.array(fc.constantFrom("0", "1", "ffff", "12345", ":", ":", "::", "1.2.3.4", "g"), {
      maxLength: 17,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          close.map((some) => some.join("")),
          fc.ipV6(),
          fc.string(),
        ),
        (text) => {
          fc.pre(!text.includes("%"));
          expect(parseIpv6(text) !== undefined).toBe(isIPv6(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("agrees with URL about the canonical form, but for mapped addresses", () => {
    fc.assert(
      fc.property(groups, (some) => {
        const text = formatIpv6({ groups: some, zone: "" });
        fc.pre(!text.includes("."));
        expect(new URL(`ws://[${text}]`).hostname).toBe(`[${text}]`);
      }),
    );
  });
});

describe("the canonical host", () => {
  it.each([
    ["Example.COM", "example.com"],
    ["127.0.0.1", "127.0.0.1"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["::ffff:127.0.0.1", "127.0.0.1"],
    ["::FFFF:7F00:1", "127.0.0.1"],
    ["FE80:0::1%eth0", "fe80::1%eth0"],
    ["::127.0.0.1", "::7f00:1"],
  ])("of %s is %s, which is its own", (host, canonical) => {
    expect(canonicalHost(host)).toBe(canonical);
    expect(canonicalHost(canonical)).toBe(canonical);
  });
});
