// `p2p simulate` as a person types it: what it prints, and what it says when it cannot be done.
import { expect, test } from "vitest";
import { p2p } from "../processes.ts";

const few = ["simulate", "--peers", "3", "--size", "2M", "--piece-length", "32k"];

async function told(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const { code, stdout, stderr } = await p2p(args);
  return { code, out: stdout.toString(), err: stderr };
}

test("it prints the bound, the last peer's time beside it, what the seed has sent, and what came in vain", async () => {
  const { code, out, err } = await told(...few);
  expect([code, err]).toEqual([0, ""]);
  // 3 × 2 MiB through 2 + 3 × 1 MiB a second.
  expect(out).toMatch(
    /^bound +1\.2 s\nlast peer .* times the bound; half of 3 within .*\nseed .* of 3\nin vain .*%/,
  );
});

test("with --json it is an object; the same seed gives the same one, whatever the real time", async () => {
  const [first, again, other] = await Promise.all(
    ["5", "5", "6"].map((seed) => told(...few, "--delay", "10ms", "--json", "--seed", seed)),
  );
  const names = ["peers", "seconds", "medianSeconds", "boundSeconds", "ratio", "seedCopies", "wasted"];
  expect(Object.keys(JSON.parse(first!.out) as object)).toEqual(names);
  expect(again).toEqual(first);
  expect(other!.out).not.toBe(first!.out);
});

test("of free riders it tells how long they take, and how long the others", async () => {
  const { out } = await told(...few, "--free-riders", "1");
  expect(out).toMatch(
    /times the bound; half of those who give within .*, half of the free riders within .*\n/,
  );
  const { freeRiders } = JSON.parse((await told(...few, "--free-riders", "1", "--json")).out) as {
    freeRiders: object;
  };
  expect(Object.keys(freeRiders)).toEqual(["seconds", "medianSeconds"]);
});

test.for([
  [["--peers", "0"], "from 1"],
  [["--size", "0"], "too little"],
  [["--piece-length", "100k"], "power of two"],
  [["--piece-length", "8k"], "power of two"],
  [["--peers", "3", "--free-riders", "4"], "of 3 peers 4"],
  [["32"], "takes flags only"],
] as const)("%j is wrong usage", async ([args, sentence]) => {
  const { code, out, err } = await told("simulate", ...args);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(sentence);
});
