import { describe, expect, test } from "vitest";
import { Bitfield } from "../../src/engine/bitfield.ts";
import { decodeParts, encodeParts, partsOf } from "../../src/observe/parts.ts";
import { MAX_PARTS } from "../../src/observe/protocol.ts";

function bitfield(length: number, ...set: readonly number[]): Bitfield {
  const field = new Bitfield(length);
  for (const piece of set) field.set(piece);
  return field;
}

describe("the parts of a torrent", () => {
  test("are its pieces, if they are not too many", () => {
    const parts = decodeParts(encodeParts(bitfield(11, 0, 7, 10)), 11);
    expect([...parts]).toEqual([0, 7, 10]);
  });

  test("are several pieces each where there are many, and are there when all of these are", () => {
    const pieces = 2 * MAX_PARTS + 1;
    expect(partsOf(pieces)).toBeLessThanOrEqual(MAX_PARTS);
    const has = bitfield(pieces, 0, 1, 2, 3, 5, pieces - 1);
    const parts = decodeParts(encodeParts(has), pieces);
    // Three pieces each; the last part is shorter.
    expect([...parts]).toEqual(pieces % 3 === 1 ? [0, parts.length - 1] : [0]);
  });

  test("stay few bytes for the largest torrent that there is", () => {
    const all = new Bitfield(2 ** 21);
    all.setAll();
    const text = encodeParts(all);
    expect(text.length).toBeLessThan(1000);
    expect(decodeParts(text, 2 ** 21).isFull).toBe(true);
  });

  test.each(["", "AAAA", "not base64 at all", "//8="])("that cannot be, %j, are none", (text) => {
    expect(decodeParts(text, 11).count).toBe(0);
  });
});
