// Node ids of BEP 42, against the vectors of its text, and one of libtorrent's for IPv6.
import fc from "fast-check";
import { expect, test } from "vitest";
import { mayHaveNodeId, nodeIdFor } from "../../src/discovery/node-id.ts";

const bytesOf = (host: string): Uint8Array => Uint8Array.from(host.split("."), Number);
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const id = (): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: 20, maxLength: 20 });

test.each([
  ["124.31.75.21", 1, "5fbfbf"],
  ["21.75.31.124", 86, "5a3ce9"],
  ["65.23.51.170", 22, "a5d432"],
  ["84.124.73.14", 65, "1b0321"],
  ["43.213.53.83", 90, "e56f6c"],
])("%s and %i make the id that BEP 42 lists", (host, last, prefix) => {
  const made = nodeIdFor(bytesOf(host), new Uint8Array(20).fill(last));
  // 21 bits; the other three of the third byte are free.
  const bits = (hex: string): number => Number.parseInt(hex, 16) >>> 3;
  expect(bits(hexOf(made.subarray(0, 3)))).toBe(bits(prefix));
  expect(made[19]).toBe(last);
});

test("an IPv6 address is held against libtorrent's id for it", () => {
  const address = Buffer.from("2001b8292123be84e16cd6ae529049f1", "hex");
  const known = Buffer.from("0a8ad123be84e16cd6ae529049f1f1bbe9ebb304", "hex");
  expect(mayHaveNodeId(address, known)).toBe(true);
  known[1]! ^= 1;
  expect(mayHaveNodeId(address, known)).toBe(false);
});

test("what is made for an address is allowed for it, and what is drawn at random is not", () => {
  const address = bytesOf("124.31.75.21");
  fc.assert(fc.property(id(), (random) => mayHaveNodeId(address, nodeIdFor(address, random))));
  const allowed = fc.sample(id(), 1000).filter((random) => mayHaveNodeId(address, random));
  expect(allowed.length).toBeLessThan(5);
});

test.each(["127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.0.9"])(
  "any id will do at %s, which is no address of the world",
  (host) => {
    expect(mayHaveNodeId(bytesOf(host), new Uint8Array(20))).toBe(true);
  },
);

test.each(["172.32.0.1", "192.169.1.1", "11.0.0.1", "126.0.0.1"])("not any id will do at %s", (host) => {
  expect(mayHaveNodeId(bytesOf(host), nodeIdFor(bytesOf("8.8.8.8"), new Uint8Array(20)))).toBe(false);
});
