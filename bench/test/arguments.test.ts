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

const casesOf = (...words: string[]) => {
  const wish = readArguments(["swarm", ...words]);
  if (wish.kind !== "side by side") throw new Error(wish.kind);
  return { ...wish.options, cases: wish.benchmark.cases };
};

test("a swarm is measured with 4, 8, 16 and 32 leechers, with foreign clients in it, and without limits", () => {
  const { cases, runs, isComplete } = casesOf();
  expect(cases.map(({ name }) => name)).toEqual([
    "swarm-4",
    "swarm-8",
    "swarm-16",
    "swarm-32",
    "mixed",
    "unlimited",
  ]);
  expect([runs, isComplete]).toEqual([3, true]);
});

test("--n and --unlimited are what is measured, and then nothing is stored", () => {
  expect(casesOf("--n", "3,5").cases.map(({ name }) => name)).toEqual(["swarm-3", "swarm-5"]);
  expect(casesOf("--unlimited").cases.map(({ name }) => name)).toEqual(["unlimited"]);
  expect(casesOf("--unlimited", "--n", "3").cases.map(({ name }) => name)).toEqual(["swarm-3", "unlimited"]);
  expect(
    ["--n=3", "--unlimited", "--size=1M", "--clients=aria2"].map((flag) => casesOf(flag).isComplete),
  ).toEqual([false, false, false, false]);
});

test("with some clients alone there are no goals that ask for others", () => {
  const { cases } = casesOf("--clients", "aria2,libtorrent", "--n", "4");
  expect(cases[0]?.subjects).toEqual(["libtorrent", "aria2"]);
  expect(cases[0]?.goals).toEqual([{ subject: "aria2", against: "libtorrent", figure: "seconds" }]);
});

test("the sizes and rates of a swarm are its load", () => {
  const [one] = casesOf(
    "--n",
    "4",
    "--size",
    "8M",
    "--piece",
    "64K",
    "--seed-upload",
    "3M",
    "--upload",
    "1M",
  ).cases;
  expect(one?.load).toMatchObject({
    fileBytes: 8 * 2 ** 20,
    pieceBytes: 64 * 1024,
    seedBytesPerSecond: 3 * 2 ** 20,
    uploadBytesPerSecond: 2 ** 20,
  });
});

test.for([
  ["chat", "--size", "1M"],
  ["file-transfer", "--clients", "3"],
  ["distribution", "--clients", "0"],
  ["distribution", "--clients", "5..2"],
  ["file-transfer", "--runs", "x"],
  ["swarm", "--n", "0"],
  ["swarm", "--n", "1000"],
  ["swarm", "--clients", "nobody"],
  ["swarm", "--seconds", "3"],
  ["distribution", "--peer", "nobody"],
  ["chat", "--unlimited"],
  ["nothing"],
])("%j is refused", (words) => {
  expect(() => readArguments(words)).toThrow(Error);
});
