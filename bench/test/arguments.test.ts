// Does the command line mean what its help says?
import { expect, test } from "vitest";
import { readArguments } from "../arguments.ts";

const numbersOf = (...words: string[]): readonly number[] => {
  const wish = readArguments(["distribution", ...words]);
  if (wish.kind !== "distribution") throw new Error(wish.kind);
  return wish.options.clients;
};

test("numbers of clients are a range or a list", () => {
  expect(numbersOf("--clients", "2..5")).toEqual([2, 3, 4, 5]);
  expect(numbersOf("--clients", "1,4,16")).toEqual([1, 4, 16]);
  expect(numbersOf()).toHaveLength(16);
});

test("a distribution is stored only if all is as usual", () => {
  const isStored = (...words: string[]): boolean => {
    const wish = readArguments(["distribution", ...words]);
    return wish.kind === "distribution" && wish.options.isComplete;
  };
  expect(isStored()).toBe(true);
  expect(isStored("--clients", "1..16")).toBe(true);
  expect(isStored("--clients", "1..4")).toBe(false);
  expect(isStored("--size", "1M")).toBe(false);
  expect(isStored("--quick")).toBe(false);
});

test("the sizes of a file transfer are its load", () => {
  const wish = readArguments(["file-transfer", "--size", "256M", "--files", "7"]);
  if (wish.kind !== "side by side") throw new Error(wish.kind);
  expect(wish.benchmark.cases.map(({ load }) => load)).toEqual([
    { mode: "one-file", bytes: 256 * 2 ** 20 },
    { mode: "many-files", files: 7, bytes: 4096 },
  ]);
  expect(wish.options.isComplete).toBe(false);
});

test.for([
  ["chat", "--size", "1M"],
  ["file-transfer", "--clients", "3"],
  ["distribution", "--clients", "0"],
  ["distribution", "--clients", "5..2"],
  ["file-transfer", "--runs", "x"],
  ["nothing"],
])("%j is refused", (words) => {
  expect(() => readArguments(words)).toThrow(Error);
});
