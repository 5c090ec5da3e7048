// The order of pieces by how many have them, against a model that counts and sorts anew each time.
import { seededRandom } from "@socketlab/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Rarity } from "../../src/engine/rarity.ts";

const PIECES = 12;
const step = fc.record({
  what: fc.constantFrom("add", "remove", "increment", "increment", "decrement"),
  piece: fc.nat(PIECES - 1),
});

/** The plain way: what is counted, and what is a candidate. */
class Model {
  readonly copies: number[] = Array<number>(PIECES).fill(0);
  readonly candidates: Set<number> = new Set();

  /** All candidates that fit and of which no other that fits has fewer copies. */
  rarest(fits: (piece: number) => boolean): number[] {
    const fitting = [...this.candidates].filter(fits);
    const fewest = Math.min(...fitting.map((piece) => this.copies[piece]!));
    return fitting.filter((piece) => this.copies[piece] === fewest);
  }
}

function both(steps: readonly { what: string; piece: number }[]): { rarity: Rarity; model: Model } {
  const rarity = new Rarity(PIECES);
  const model = new Model();
  for (const { what, piece } of steps) {
    if (what === "add") {
      rarity.add(piece);
      model.candidates.add(piece);
    } else if (what === "remove") {
      rarity.remove(piece);
      model.candidates.delete(piece);
    } else if (what === "increment") {
      rarity.increment(piece);
      model.copies[piece]!++;
    } else if (model.copies[piece]! > 0) {
      rarity.decrement(piece);
      model.copies[piece]!--;
    }
  }
  return { rarity, model };
}

test("counts and candidates are what was said, and the rarest that fits is one of the rarest that fit", () => {
  const property = fc.property(
    fc.array(step, { maxLength: 120 }),
    fc.nat(2 ** PIECES - 1),
    fc.integer(),
    (steps, mask, seed) => {
      const { rarity, model } = both(steps);
      const fits = (piece: number): boolean => (mask & (1 << piece)) !== 0;
      const random = seededRandom(seed);
      expect(rarity.size).toBe(model.candidates.size);
      for (let piece = 0; piece < PIECES; piece++) {
        expect(rarity.copiesOf(piece)).toBe(model.copies[piece]);
        expect(rarity.isCandidate(piece)).toBe(model.candidates.has(piece));
      }
      const fitting = [...model.candidates].filter(fits);
      const rarest = rarity.rarest(fits, random);
      if (fitting.length === 0) expect([rarest, rarity.any(fits, random)]).toEqual([undefined, undefined]);
      else {
        expect(model.rarest(fits)).toContain(rarest);
        expect(fitting).toContain(rarity.any(fits, random));
      }
      expect(rarity.first(fits)).toBe(fitting.toSorted((a, b) => a - b)[0]);
    },
  );
  fc.assert(property, { numRuns: 500 });
});

test("taking the rarest again and again brings every candidate once, the rarer before the less rare", () => {
  const property = fc.property(fc.array(step, { maxLength: 120 }), fc.integer(), (steps, seed) => {
    const { rarity, model } = both(steps);
    const taken: number[] = [];
    for (let left = model.candidates.size; left > 0; left--) {
      const piece = rarity.rarest(() => true, seededRandom(seed + left))!;
      rarity.remove(piece);
      taken.push(piece);
    }
    expect(rarity.size).toBe(0);
    expect(new Set(taken)).toEqual(model.candidates);
    const copies = taken.map((piece) => model.copies[piece]!);
    expect(copies).toEqual(copies.toSorted((a, b) => a - b));
  });
  fc.assert(property);
});

test("among those that are as rare each is taken as often", () => {
  const rarity = new Rarity(PIECES);
  const random = seededRandom(5);
  for (let piece = 0; piece < PIECES; piece++) {
    rarity.add(piece);
    // The last four are the less rare ones.
    if (piece >= PIECES - 4) rarity.increment(piece);
  }
  const times = Array<number>(PIECES).fill(0);
  for (let round = 0; round < 8000; round++) times[rarity.rarest(() => true, random)!]!++;
  for (const count of times.slice(0, PIECES - 4)) expect(Math.abs(count - 1000)).toBeLessThan(150);
  expect(times.slice(PIECES - 4)).toEqual([0, 0, 0, 0]);
});
