// BEP 40 with its own vectors, and what a priority is for: both sides compute the same.
import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32c } from "../../src/engine/crc32c.ts";
import { canonicalPriority } from "../../src/engine/priority.ts";

const at = (host: string, port = 6881): { host: string; port: number } => ({ host, port });

test("crc32c of the digits is the check value of the catalogues", () => {
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe306_9283);
});

test.each([
  ["in other nets", "123.213.32.10", "98.76.54.32", 0xec2d_7224],
  ["in the same /24", "123.213.32.10", "123.213.32.234", 0x9956_8189],
  ["in the same /16", "123.213.32.10", "123.213.33.234", 0xf618_50a9],
])("the priority of two peers %s is BEP 40's", (_, one, other, priority) => {
  expect(canonicalPriority(at(one), at(other))).toBe(priority);
});

test("within one address the ports tell peers apart", () => {
  expect(canonicalPriority(at("10.0.0.1", 0x0102), at("10.0.0.1", 0x0304))).toBe(
    crc32c(Uint8Array.of(1, 2, 3, 4)),
  );
});

test("in other IPv6 nets, half of the bits behind the first 32 do not count, and the last 64 do", () => {
  const priority = (host: string): number | undefined => canonicalPriority(at(host), at("2001:db9::1"));
  expect(priority("2001:db8:aaaa:aaaa::1")).toBe(priority("2001:db8::1"));
  expect(priority("2001:db8:5555::1")).not.toBe(priority("2001:db8::1"));
  expect(priority("2001:db8::2")).not.toBe(priority("2001:db8::1"));
});

test("there is none between families, nor for a name", () => {
  expect(canonicalPriority(at("10.0.0.1"), at("2001:db8::1"))).toBeUndefined();
  expect(canonicalPriority(at("10.0.0.1"), at("example.org"))).toBeUndefined();
});

test("both sides compute the same 32 bits", () => {
  const port = fc.integer({ min: 1, max: 65_535 });
  const pairOf = (host: fc.Arbitrary<string>): fc.Arbitrary<{ host: string; port: number }[]> =>
    fc.array(fc.record({ host, port }), { minLength: 2, maxLength: 2 });
  fc.assert(
    fc.property(fc.oneof(pairOf(fc.ipV4()), pairOf(fc.ipV6())), ([a, b]) => {
      const priority = canonicalPriority(a!, b!)!;
      expect(priority).toBe(canonicalPriority(b!, a!));
      expect(priority).toBe(priority >>> 0);
    }),
  );
});
