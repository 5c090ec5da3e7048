import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentRange, MAX_RANGES, selectRanges } from "../../src/server/http/range.ts";

/** RFC 9110 §14.1.2: the examples there are of a representation of 10,000 bytes. */
const SIZE = 10_000;

describe("RFC 9110 §14.1.2, in a representation of 10,000 bytes", () => {
  test.each([
    ["the first 500 bytes", "bytes=0-499", [[0, 499]]],
    ["the second 500 bytes", "bytes=500-999", [[500, 999]]],
    ["the final 500 bytes", "bytes=-500", [[9500, 9999]]],
    ["the same with an open end", "bytes=9500-", [[9500, 9999]]],
    [
      "the first and the last byte",
      "bytes=0-0,-1",
      [
        [0, 0],
        [9999, 9999],
      ],
    ],
    ["the first byte, the first byte again, and a middle", "bytes= 0-0, 500-600, 0-0", [[0, 0], [500, 600]]], // prettier-ignore
    ["two that touch are one", "bytes=500-600,601-999", [[500, 999]]],
    ["two that overlap are one", "bytes=500-700,601-999", [[500, 999]]],
    ["beyond the end is up to the end", "bytes=9990-20000", [[9990, 9999]]],
    ["a suffix longer than all is all", "bytes=-20000", [[0, 9999]]],
    ["those that are not there are left out", "bytes=10000-,1-2", [[1, 2]]],
    ["in the order of the request", "bytes=500-509,-1,0-9", [[500, 509], [9999, 9999], [0, 9]]], // prettier-ignore
    ["the unit in capitals, empty elements of the list", "BYTES=,0-1,,3-4,", [[0, 1], [3, 4]]], // prettier-ignore
  ])("%s", (_name, header, ranges) => {
    expect(selectRanges(header, SIZE)).toEqual(ranges.map(([first, last]) => ({ first, last })));
  });

  test.each([
    undefined,
    "",
    "bytes",
    "bytes=",
    "bytes=,",
    "bytes=-",
    "bytes=5-2",
    "bytes=0-1,5-2",
    "bytes=a-b",
    "bytes=0-1;2-3",
    "bytes=0 - 1",
    "bytes=-1-2",
    "bytes=1.5-3",
    "bytes=0x1-2",
    "items=0-1",
    "0-1",
  ])("%j is ignored", (header) => {
    expect(selectRanges(header, SIZE)).toBe("all");
  });

  test.each(["bytes=10000-", "bytes=10000-10001,20000-", "bytes=-0", `bytes=${"9".repeat(400)}-`])(
    "nothing of %s is there",
    (header) => {
      expect(selectRanges(header, SIZE)).toBe("unsatisfiable");
    },
  );
});

test("an empty representation has no range, so none is looked for", () => {
  for (const header of ["bytes=0-", "bytes=-1", "bytes=0-0"]) expect(selectRanges(header, 0)).toBe("all");
});

test("many small ranges are refused, unless together they are few", () => {
  const specs = (count: number, step: number): string =>
    `bytes=${Array.from({ length: count }, (_, i) => `${i * step}-${i * step}`).join(",")}`;
  expect(selectRanges(specs(MAX_RANGES, 2), SIZE)).toHaveLength(MAX_RANGES);
  expect(selectRanges(specs(MAX_RANGES + 1, 2), SIZE)).toBe("unsatisfiable");
  expect(selectRanges(specs(MAX_RANGES + 1, 1), SIZE)).toEqual([{ first: 0, last: MAX_RANGES }]);
  expect(selectRanges(specs(2000, 1), SIZE)).toBe("unsatisfiable");
});

test("Content-Range names a part, or the size alone", () => {
  expect(contentRange({ first: 42, last: 1233 }, 1234)).toBe("bytes 42-1233/1234");
  expect(contentRange(undefined, 1234)).toBe("bytes */1234");
});

test("what is selected is what was asked for and is there, each byte once", () => {
  const size = 60;
  const position = fc.nat(90);
  const spec = fc.oneof(
    fc.tuple(position, position).map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const),
    position.map((from) => [from, undefined] as const),
    position.map((suffix) => [undefined, suffix] as const),
  );
  fc.assert(
    fc.property(fc.array(spec, { minLength: 1, maxLength: 8 }), (specs) => {
      const header = `bytes=${specs.map(([from, to]) => `${from ?? ""}-${to ?? ""}`).join(", ")}`;
      const wanted = new Set<number>();
      for (const [from, to] of specs) {
        const first = from ?? Math.max(0, size - to);
        const last = Math.min(from === undefined ? size - 1 : (to ?? size - 1), size - 1);
        if (from === undefined && to === 0) continue;
        for (let at = first; at <= last; at++) wanted.add(at);
      }
      const ranges = selectRanges(header, size);
      if (ranges === "unsatisfiable") {
        expect(wanted.size).toBe(0);
        return;
      }
      if (ranges === "all") throw new Error(`${header} was not understood`);
      const bytes = ranges.flatMap(({ first, last }) =>
        Array.from({ length: last - first + 1 }, (_, i) => first + i),
      );
      expect(bytes.toSorted((a, b) => a - b)).toEqual([...wanted].toSorted((a, b) => a - b));
    }),
  );
});

test("no header is more than a refusal", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(1000), (text, size) => {
      const ranges = selectRanges(`bytes=${text}`, size);
      if (typeof ranges === "string") return;
      for (const { first, last } of ranges) {
        expect(first).toBeGreaterThanOrEqual(0);
        expect(last).toBeGreaterThanOrEqual(first);
        expect(last).toBeLessThan(size);
      }
    }),
  );
});
