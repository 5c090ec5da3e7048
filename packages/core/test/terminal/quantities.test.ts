import { expect, test } from "vitest";
import {
  formatBytes,
  formatDuration,
  parseCount,
  parseDuration,
  parseShare,
  parseSize,
} from "../../src/terminal/index.ts";

test.each([
  ["1500", 1500],
  ["64k", 65_536],
  ["64KiB", 65_536],
  ["1.5M", 1_572_864],
  ["0", 0],
])("the size %s is %d bytes", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(["", "k", "-1", "1.5", "64kb/s", "0x10", "1e3", "constructor"])(
  "the size %j is refused, with what was given and an example",
  (text) => {
    expect(() => parseSize(text)).toThrow(
      `${JSON.stringify(text)} is not a size in whole bytes, such as 1500, 64k or 1M`,
    );
  },
);

test.each([
  ["2", 2000],
  ["2s", 2000],
  ["250ms", 250],
  [".5", 500],
  ["5m", 300_000],
  ["1h", 3_600_000],
])("the time %s is %d ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test("a share is a percentage or a fraction, and at most all", () => {
  expect(parseShare("5%")).toBeCloseTo(0.05);
  expect(parseShare("0.05")).toBe(0.05);
  expect(() => parseShare("5")).toThrow("a share from 0% to 100%");
});

test("a count has a least value", () => {
  expect(parseCount("3")).toBe(3);
  expect(() => parseCount("0", 1)).toThrow('"0" is not a whole number from 1');
  expect(() => parseCount("1.5")).toThrow("a whole number from 0");
});

test("sizes and times are written with three digits at most", () => {
  expect([1, 1023, 1536, 65_536, 3_940_352].map(formatBytes)).toEqual([
    "1 byte",
    "1023 bytes",
    "1.5 KiB",
    "64 KiB",
    "3.76 MiB",
  ]);
  expect([0, 0.0274, 1.5, 250, 1234].map(formatDuration)).toEqual([
    "0 ms",
    "0.027 ms",
    "1.5 ms",
    "250 ms",
    "1.23 s",
  ]);
});
