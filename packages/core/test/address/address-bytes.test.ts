// Holds addresses as bytes to RFC 791 and RFC 4291: network order, and back again.
import fc from "fast-check";
import { expect, test } from "vitest";
import { addressFromBytes, addressToBytes, canonicalHost } from "@socketlab/core";

test("bytes are in network order", () => {
  expect(addressToBytes("1.2.3.4")).toEqual(Uint8Array.of(1, 2, 3, 4));
  expect(addressToBytes("2001:db8::1:0")).toEqual(
    Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0),
  );
});

test("what becomes bytes becomes the same address again", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (host) => {
      expect(addressFromBytes(addressToBytes(host)!)).toBe(canonicalHost(host));
    }),
  );
});

test("IPv4 in IPv6's clothes is the IPv4 address that it is", () => {
  expect(addressFromBytes(addressToBytes("::ffff:1.2.3.4")!)).toBe("1.2.3.4");
});

test("a zone is left out; a name has no bytes, and bytes of another number are no address", () => {
  expect(addressFromBytes(addressToBytes("fe80::1%eth0")!)).toBe("fe80::1");
  expect(addressToBytes("localhost")).toBeUndefined();
  for (const length of [0, 3, 5, 15, 17]) expect(addressFromBytes(new Uint8Array(length))).toBeUndefined();
});
