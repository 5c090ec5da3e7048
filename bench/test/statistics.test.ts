// Are medians and paired ratios what they say?
import { expect, test } from "vitest";
import { median, pairedRatios, summarize } from "../statistics.ts";

test("the median of an odd number of values is the middle one, whatever their order", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([100, 20, 3])).toBe(20);
});

test("the median of an even number of values is the mean of the two in the middle", () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test("no values have no median", () => {
  expect(() => median([])).toThrow(RangeError);
});

test("a summary keeps the extremes, and leaves the values as they were", () => {
  const values = [3, 1, 2];
  expect(summarize(values)).toEqual({ median: 2, min: 1, max: 3 });
  expect(values).toEqual([3, 1, 2]);
});

test("a slow moment of the machine that meets both of a pair falls out of their ratio", () => {
  const ours = [10, 10, 1000, 10];
  const theirs = [5, 5, 500, 5];
  expect(summarize(pairedRatios(ours, theirs))).toEqual({ median: 2, min: 2, max: 2 });
});

test("ratios are paired run by run, not median by median", () => {
  expect(pairedRatios([2, 6, 3], [1, 2, 6])).toEqual([2, 3, 0.5]);
});

test("runs of different number cannot be paired", () => {
  expect(() => pairedRatios([1, 2], [1])).toThrow(RangeError);
});
