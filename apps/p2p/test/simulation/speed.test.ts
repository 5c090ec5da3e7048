// How near whole swarms of our own peers come to the bound that no schedule beats: in virtual time, with several seeds.
import { expect, test } from "vitest";
import { distributionBound, simulate, type Simulation } from "../../src/simulation/simulate.ts";

const M = 1024 ** 2;
const swarm = { bytes: 32 * M, pieceLength: M / 4, seedUploadRate: 2 * M, uploadRate: M };
const small = { ...swarm, peers: 8, bytes: 8 * M, pieceLength: M / 16 };

test.for([
  [4, 1, 1.06],
  [4, 2, 1.06],
  [8, 1, 1.06],
  [8, 2, 1.06],
  [16, 1, 1.06],
  [16, 2, 1.06],
  [32, 1, 1.1],
  [32, 2, 1.1],
] as const)(
  "%i peers have a file, with seed %i, within %f times the bound, and get next to nothing twice",
  async ([peers, seed, most]) => {
    const { ratio, wasted } = await simulate({ ...swarm, peers, seed });
    expect(ratio).toBeGreaterThanOrEqual(1);
    expect(ratio).toBeLessThan(most);
    expect(wasted).toBeLessThan(0.002);
  },
);

test("sixty peers are not much slower than ten", async () => {
  const { ratio } = await simulate({ ...swarm, peers: 60, bytes: 8 * M, pieceLength: M / 16 });
  expect(ratio).toBeLessThan(1.1);
});

test("where the seed is the slowest of all, it is the bound, and sends little more than one copy", async () => {
  const { ratio, seedCopies } = await simulate({ ...small, seedUploadRate: M / 4, uploadRate: 4 * M });
  expect(ratio).toBeLessThan(1.06);
  expect(seedCopies).toBeLessThan(1.1);
});

test.for([1, 2])(
  "where slots are scarce, half who give nothing wait long, and the others hardly longer than if all gave (seed %i)",
  async (seed) => {
    const scarce = { ...swarm, peers: 16, pieceLength: M / 8, slots: 3, seed };
    const { seconds, medianSeconds, freeRiders } = await simulate({ ...scarce, freeRiders: 8 });
    expect(medianSeconds).toBeLessThan(0.75 * freeRiders!.medianSeconds);
    expect(seconds).toBeLessThan(0.8 * freeRiders!.seconds);
    const bound = distributionBound(
      swarm.bytes,
      swarm.seedUploadRate,
      Array.from({ length: 16 }, () => swarm.uploadRate),
    );
    expect(medianSeconds).toBeLessThan(1.2 * bound);
  },
);

test("where nobody gives but the seed, it sends a copy to each: client and server", async () => {
  const { seconds, boundSeconds, seedCopies, freeRiders } = await simulate({ ...small, freeRiders: 8 });
  expect([boundSeconds, freeRiders]).toEqual([32, undefined]);
  // It may begin with what a moment's rate allows.
  expect(seconds).toBeGreaterThan(30);
  expect(seconds).toBeLessThan(34);
  expect(seedCopies).toBeGreaterThan(7.9);
});

test("25 ms between any two cost a little, and no more", async () => {
  const { ratio } = await simulate({ ...swarm, peers: 16, faults: { delayMs: 25 } });
  expect(ratio).toBeLessThan(1.1);
});

test("the same seed gives the same run, another one another", async () => {
  const run = (change: Partial<Simulation>): Promise<unknown> => simulate({ ...small, ...change });
  const [first, again, other] = await Promise.all([run({ seed: 1 }), run({ seed: 1 }), run({ seed: 2 })]);
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});

test("what is interrupted ends", async () => {
  const interrupted = new AbortController();
  const running = simulate({ ...swarm, peers: 32, signal: interrupted.signal });
  setTimeout(() => interrupted.abort(new Error("enough")), 100);
  await expect(running).rejects.toThrow("enough");
});

test("the bound is that of the book", () => {
  // Kurose & Ross, problem P22: 15 Gbit, a server of 30 Mb/s, uploads of 300 kb/s.
  const uploads = (peers: number): number[] => Array.from({ length: peers }, () => 300e3);
  expect(distributionBound(15e9, 30e6, uploads(100))).toBeCloseTo(25_000, 0);
  expect(distributionBound(15e9, 30e6, uploads(1000))).toBeCloseTo(45_455, 0);
  expect(distributionBound(15e9, 30e6, uploads(10))).toBeCloseTo(4545, 0);
});
