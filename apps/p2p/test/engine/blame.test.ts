// Liars among honest peers: all who keep lying are found, in bounded time, and nobody else is ever blamed.
import { seededRandom } from "@socketlab/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Blame } from "../../src/engine/blame.ts";

const BLOCK = 4;
const BLOCKS = 8;
const right = new Uint8Array(BLOCK * BLOCKS).fill(7);

/** A piece whose blocks come from these senders; who is among the liars sends something else. */
function fetchFrom(blame: Blame<string>, piece: number, senders: string[], liars: string[]): string[] {
  const bytes = right.slice();
  for (const [block, sender] of senders.entries()) {
    if (liars.includes(sender)) bytes[block * BLOCK] = block;
  }
  return bytes.join() === right.join() ? blame.verified(piece, bytes) : blame.failed(piece, bytes, senders);
}

const each = (sender: string): string[] => Array<string>(BLOCKS).fill(sender);
const mixed = ["a", "b", "c", "a", "b", "c", "a", "b"];

test("who has sent all of a piece that fails has lied", () => {
  expect(fetchFrom(new Blame<string>(BLOCK), 3, each("liar"), ["liar"])).toEqual(["liar"]);
});

test("of several nobody is blamed, until the piece is there; then exactly those who sent something else", () => {
  const blame = new Blame<string>(BLOCK);
  expect(fetchFrom(blame, 3, mixed, ["b"])).toEqual([]);
  expect(fetchFrom(blame, 3, each("c"), [])).toEqual(["b"]);
  expect(fetchFrom(blame, 3, each("c"), [])).toEqual([]);
});

test("a piece that has failed is asked of one sender alone, until that one is gone", () => {
  const blame = new Blame<string>(BLOCK);
  expect(blame.mayAsk(3, "a")).toBe(true);
  fetchFrom(blame, 3, mixed, ["b"]);
  expect(blame.mayAsk(3, "a") && blame.mayAsk(3, "d")).toBe(true);
  blame.asked(3, "a");
  expect([blame.mayAsk(3, "a"), blame.mayAsk(3, "d"), blame.mayAsk(4, "d")]).toEqual([true, false, true]);
  blame.released("a");
  expect(blame.mayAsk(3, "d")).toBe(true);
});

test("nobody is blamed for what was there before", () => {
  const blame = new Blame<string>(BLOCK);
  const before = each("a").map((sender, block) => (block === 1 ? undefined : sender));
  expect(blame.failed(3, new Uint8Array(BLOCK * BLOCKS), before)).toEqual([]);
  const sparse: string[] = [];
  sparse[0] = sparse[BLOCKS - 1] = "a";
  expect(blame.failed(5, new Uint8Array(BLOCK * BLOCKS), sparse)).toEqual([]);
  expect(blame.failed(4, right, [])).toEqual([]);
  expect(blame.mayAsk(4, "a")).toBe(true);
});

test("what is remembered is bounded: the oldest suspicions are forgotten, and nobody is blamed for them", () => {
  const blame = new Blame<string>(BLOCK);
  const pieces = 16_384 / BLOCKS + 1;
  for (let piece = 0; piece < pieces; piece++) fetchFrom(blame, piece, mixed, ["b"]);
  expect(blame.verified(0, right)).toEqual([]);
  expect(blame.verified(1, right)).toEqual(["b"]);
});

test("all who keep lying are found, each at the cost of a few pieces, and nobody honest is blamed", () => {
  const counts = { honest: fc.integer({ min: 1, max: 8 }), liars: fc.nat({ max: 6 }) };
  const options = { ...counts, seed: fc.nat(), share: fc.double({ min: 0.05, max: 1, noNaN: true }) };
  fc.assert(
    fc.property(fc.record(options), ({ honest, liars, seed, share }) => {
      const random = seededRandom(seed);
      const blame = new Blame<string>(BLOCK);
      const present = new Set<string>();
      for (let index = 0; index < honest; index++) present.add(`honest ${index}`);
      for (let index = 0; index < liars; index++) present.add(`liar ${index}`);
      let lies = 0;
      let failures = 0;
      const pick = (from: string[]): string => from[Math.floor(random() * from.length)]!;
      for (let piece = 0; piece < 2000;) {
        const bytes = right.slice();
        const senders: string[] = [];
        for (let block = 0; block < BLOCKS; block++) {
          const sender = pick([...present].filter((one) => blame.mayAsk(piece, one)));
          blame.asked(piece, sender);
          senders.push(sender);
          if (sender.startsWith("liar") && random() < share) {
            bytes[block * BLOCK] = random() * 7;
            lies++;
          }
          // Somebody leaves in the middle, and comes back.
          if (random() < 0.01) blame.released(sender);
        }
        const isRight = bytes.join() === right.join();
        const found = isRight ? blame.verified(piece, bytes) : blame.failed(piece, bytes, senders);
        for (const one of found) {
          expect(one).toMatch(/^liar/);
          present.delete(one);
          blame.released(one);
        }
        if (isRight) piece++;
        else failures++;
      }
      expect([...present].filter((one) => one.startsWith("liar"))).toEqual([]);
      expect(failures).toBeLessThanOrEqual(3 * liars + 5);
      expect(lies).toBeLessThanOrEqual(failures * BLOCKS);
    }),
    { numRuns: 30 },
  );
});
