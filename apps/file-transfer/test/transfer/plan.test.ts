import { ProtocolError, seededRandom } from "@socketlab/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CHUNK_BYTES } from "../../src/protocol.ts";
import { chunkAt } from "../../src/transfer/chunks.ts";
import { Plan } from "../../src/transfer/plan.ts";

const LAST_BYTES = 1000;
const sizeOf = (chunks: number): number => (chunks === 0 ? 0 : (chunks - 1) * CHUNK_BYTES + LAST_BYTES);

/** Asks for all that there is to ask for. */
function askAll(plan: Plan<string>, lane: string): number[] {
  const indexes: number[] = [];
  while (plan.canAsk) indexes.push(plan.ask(lane));
  return indexes;
}

test("asks for every chunk once, in order, and is complete when all are written", () => {
  const plan = new Plan<string>(sizeOf(3), 0);
  expect(askAll(plan, "a")).toEqual([0, 1, 2]);
  for (const index of [2, 0, 1]) {
    expect(plan.isComplete).toBe(false);
    plan.arrived("a", index, chunkAt(sizeOf(3), index).length);
    plan.written(index);
  }
  expect(plan.isComplete).toBe(true);
  expect(plan.canAsk).toBe(false);
});

test("an empty file is complete from the beginning", () => {
  const plan = new Plan<string>(0, 0);
  expect(plan.isComplete).toBe(true);
  expect(plan.canAsk).toBe(false);
});

test.each<[string, (plan: Plan<string>) => void, string]>([
  ["behind the end of the file", (plan) => plan.arrived("a", 4, CHUNK_BYTES), "chunk-out-of-range"],
  ["that nobody has asked for", (plan) => plan.arrived("a", 2, CHUNK_BYTES), "chunk-unasked"],
  ["that somebody else was asked for", (plan) => plan.arrived("b", 0, CHUNK_BYTES), "chunk-unasked"],
  ["that is there already", (plan) => plan.arrived("a", 1, CHUNK_BYTES), "chunk-twice"],
  ["that is too long", (plan) => plan.arrived("a", 0, CHUNK_BYTES + 1), "chunk-length"],
  ["that is too short", (plan) => plan.arrived("a", 0, CHUNK_BYTES - 1), "chunk-length"],
])("a chunk %s is refused, and the right one still taken", (_what, arrive, code) => {
  const plan = new Plan<string>(sizeOf(4), 0);
  plan.ask("a");
  plan.ask("a");
  plan.arrived("a", 1, CHUNK_BYTES);
  const error = caught(() => arrive(plan));
  expect(error).toBeInstanceOf(ProtocolError);
  expect(error).toMatchObject({ code });
  plan.arrived("a", 0, CHUNK_BYTES);
});

test("the last chunk must be as long as the file's end", () => {
  const plan = new Plan<string>(sizeOf(2), 0);
  askAll(plan, "a");
  expect(() => plan.arrived("a", 1, CHUNK_BYTES)).toThrow(`instead of ${LAST_BYTES}`);
  plan.arrived("a", 1, LAST_BYTES);
});

test("a wrong chunk is asked for again, before the others, and its failures in a row are counted", () => {
  const plan = new Plan<string>(sizeOf(5), 0);
  plan.ask("a");
  plan.ask("a");
  plan.arrived("a", 0, CHUNK_BYTES);
  expect(plan.failed(0)).toBe(1);
  expect(plan.ask("b")).toBe(0);
  plan.arrived("b", 0, CHUNK_BYTES);
  expect(plan.failed(0)).toBe(2);
  expect(askAll(plan, "a")).toEqual([0, 2, 3, 4]);
});

test("what was there from before is asked for only if it is not good, and nothing before that is known", () => {
  const plan = new Plan<string>(sizeOf(4), 3);
  expect(plan.canAsk).toBe(false);
  plan.judge(0, true);
  expect(plan.canAsk).toBe(false);
  plan.judge(1, false);
  expect(askAll(plan, "a")).toEqual([1]);
  plan.judge(2, true);
  expect(askAll(plan, "a")).toEqual([3]);
});

test("when all has been asked for, an idle lane asks again for what the slowest owes, the last first, one at a time", () => {
  const plan = new Plan<string>(sizeOf(6), 0);
  for (const lane of ["slow", "slow", "quick", "slow"]) plan.ask(lane);
  expect(plan.owedByOthers("idle")).toBeUndefined();
  for (const lane of ["quick", "quick"]) plan.ask(lane);
  expect(plan.owedByOthers("quick")).toBeUndefined();
  for (const index of [2, 4]) expect(plan.arrived("quick", index, CHUNK_BYTES)).toBe(true);
  expect(plan.arrived("quick", 5, LAST_BYTES)).toBe(true);
  for (const index of [3, 1, 0]) {
    expect(plan.owedByOthers("quick")).toBe(index);
    plan.expect("quick", index);
    expect(plan.owedByOthers("quick")).toBeUndefined();
    expect(plan.arrived("quick", index, CHUNK_BYTES)).toBe(true);
    plan.written(index);
  }
  for (const index of [2, 4, 5]) plan.written(index);
  expect(plan.isComplete).toBe(true);
  for (const index of [0, 1, 3]) expect(plan.arrived("slow", index, CHUNK_BYTES)).toBe(false);
});

test("a chunk that two were asked for is missing only when neither brings a good one", () => {
  const plan = new Plan<string>(sizeOf(3), 0);
  expect(askAll(plan, "a")).toEqual([0, 1, 2]);
  expect(plan.owedByOthers("b")).toBe(2);
  plan.expect("b", 2);
  plan.arrived("b", 2, LAST_BYTES);
  plan.failed(2);
  expect(plan.canAsk).toBe(false);
  expect(plan.owedByOthers("b")).toBe(2);
  plan.expect("b", 2);
  expect(plan.lost("a")).toBe(3);
  expect(askAll(plan, "b")).toEqual([0, 1]);
  expect(plan.lost("b")).toBe(3);
  expect(new Set(askAll(plan, "c"))).toEqual(new Set([0, 1, 2]));
});

test("whatever happens on the way, every chunk is written once; nothing is asked of two but what is owed at the end", () => {
  fc.assert(
    fc.property(fc.nat(40), fc.nat(40), fc.integer(), (chunks, had, seed) => {
      const random = seededRandom(seed);
      const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
      const size = sizeOf(chunks);
      const plan = new Plan<string>(size, Math.min(had, chunks));
      const underway: [number, string][] = [];
      const written = new Set<number>();
      let doubted = Array.from({ length: Math.min(had, chunks) }, (_, index) => index);
      for (let step = 0; !plan.isComplete; step++) {
        expect(step).toBeLessThan(10_000);
        const dice = random();
        const lane = pick(["a", "b", "c"]);
        if (dice < 0.05) {
          const theirs = underway.filter(([, asked]) => asked === lane);
          expect(plan.lost(lane)).toBe(theirs.length);
          for (const one of theirs) underway.splice(underway.indexOf(one), 1);
        } else if (dice < 0.3 && doubted.length > 0) {
          const index = pick(doubted);
          doubted = doubted.filter((other) => other !== index);
          const isGood = random() < 0.5;
          plan.judge(index, isGood);
          if (isGood) written.add(index);
        } else if (dice < 0.6 && plan.canAsk) {
          const index = plan.ask(lane);
          const isUnderway = underway.some(([other]) => other === index);
          expect(isUnderway || written.has(index) || doubted.includes(index)).toBe(false);
          underway.push([index, lane]);
        } else if (dice < 0.7 && plan.owedByOthers(lane) !== undefined) {
          const index = plan.owedByOthers(lane)!;
          expect(written.has(index) || doubted.length > 0).toBe(false);
          expect(underway.every(([, asked]) => asked !== lane)).toBe(true);
          expect(underway.some(([other]) => other === index)).toBe(true);
          plan.expect(lane, index);
          underway.push([index, lane]);
        } else if (underway.length > 0) {
          const one = pick(underway);
          const [index, asked] = one;
          underway.splice(underway.indexOf(one), 1);
          const isNeeded = plan.arrived(asked, index, chunkAt(size, index).length);
          expect(isNeeded).toBe(!written.has(index));
          if (!isNeeded) continue;
          if (random() < 0.2) plan.failed(index);
          else {
            plan.written(index);
            written.add(index);
          }
        }
      }
      expect(written.size).toBe(chunks);
      expect(plan.canAsk).toBe(false);
      for (const [index, asked] of underway)
        expect(plan.arrived(asked, index, chunkAt(size, index).length)).toBe(false);
    }),
    { numRuns: 300 },
  );
});

function caught(task: () => void): unknown {
  try {
    task();
  } catch (error) {
    return error;
  }
  return undefined;
}
