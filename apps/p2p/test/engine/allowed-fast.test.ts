// BEP 6's allowed-fast set, with its own vector.
import fc from "fast-check";
import { expect, test } from "vitest";
import { allowedFastSet } from "../../src/engine/allowed-fast.ts";

const infoHash = new Uint8Array(20).fill(0xaa);

test("the set is BEP 6's, in its order, and the same for the whole /24", () => {
  const vector = [1059, 431, 808, 1217, 287, 376, 1188, 353, 508];
  expect([...allowedFastSet("80.4.4.200", infoHash, 1313, 7)]).toEqual(vector.slice(0, 7));
  expect([...allowedFastSet("80.4.4.200", infoHash, 1313, 9)]).toEqual(vector);
  expect([...allowedFastSet("80.4.4.1", infoHash, 1313, 9)]).toEqual(vector);
  expect([...allowedFastSet("80.4.5.200", infoHash, 1313, 9)]).not.toEqual(vector);
});

test("as many pieces as asked for, or all there are, none beyond the last", () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.nat({ max: 40 }), fc.nat({ max: 20 }), (host, pieceCount, size) => {
      const pieces = [...allowedFastSet(host, infoHash, pieceCount, size)];
      expect(pieces).toHaveLength(Math.min(size, pieceCount));
      for (const piece of pieces) expect(piece).toBeLessThan(pieceCount);
    }),
  );
});

test("for IPv6 there is none", () => {
  expect(allowedFastSet("2001:db8::1", infoHash, 100).size).toBe(0);
});
