// IPv4 text and the 32-bit number behind it.

import { isIPv4 } from "node:net";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { integerToIpv4, ipv4ToInteger, isIpv4 } from "../../src/address/ipv4.ts";
import { UsageError } from "../../src/errors.ts";

describe("IPv4", () => {
  it.each([
    ["0.0.0.0", 0],
    ["0.0.0.1", 1],
    ["1.2.3.4", 0x01_02_03_04],
    ["127.0.0.1", 2_130_706_433],
    ["128.0.0.0", 2_147_483_648],
    ["255.255.255.255", 4_294_967_295],
  ])("%s is %i, and back", (text, integer) => {
    expect(ipv4ToInteger(text)).toBe(integer);
    expect(integerToIpv4(integer)).toBe(text);
  });

  it.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.0.0.1",
    "01.2.3.4",
    "0x1.2.3.4",
    "1.2.3.4 ",
    "1..3.4",
    "-1.2.3.4",
    "1e1.2.3.4",
    "١.2.3.4",
  ])("%j is not an address, and the error quotes it", (text) => {
    expect(isIpv4(text)).toBe(false);
    expect(() => ipv4ToInteger(text)).toThrow(UsageError);
    expect(() => ipv4ToInteger(text)).toThrow(JSON.stringify(text));
  });

  it.each([-1, 4_294_967_296, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    "%d is not an address",
    (integer) => {
      expect(() => integerToIpv4(integer)).toThrow(UsageError);
    },
  );

  it("number to text to number is identity", () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), (integer) => {
        expect(ipv4ToInteger(integerToIpv4(integer))).toBe(integer);
      }),
    );
  });

  it("agrees with Node.js about what an address is", () => {
    const close = fc.array(fc.constantFrom("0", "1", "9", "25", "255", "256", ".", "..", "00"), {
      maxLength: 9,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          close.map((some) => some.join("")),
          fc.ipV4(),
          fc.string(),
        ),
        (text) => {
          expect(isIpv4(text)).toBe(isIPv4(text));
        },
      ),
    );
  });
});
