// How often something may happen.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { TokenBucket } from "../src/token-bucket.ts";

test("so many at once, then one for each that drips in", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 });
  const at = (nowMs: number): number => bucket.take(nowMs);
  expect([at(0), at(0), at(0), at(0)]).toEqual([0, 0, 0, 100]);
  expect([at(60), at(100), at(100)]).toEqual([40, 0, 100]);
  expect([at(10_000), at(10_000), at(10_000), at(10_000)]).toEqual([0, 0, 0, 100]);
});

test("whoever waits as long as it was told has one", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 1000, noNaN: true }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { maxLength: 100 }),
      (perSecond, burst, pausesMs) => {
        const bucket = new TokenBucket({ perSecond, burst });
        let nowMs = 0;
        for (const pauseMs of pausesMs) {
          nowMs += pauseMs;
          const waitMs = bucket.take(nowMs);
          if (waitMs === 0) continue;
          nowMs += waitMs;
          expect(bucket.take(nowMs)).toBe(0);
        }
      },
    ),
  );
});

test("in no span of time there are more than the burst and what dripped in", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 200 }),
      (burst, pausesMs) => {
        const bucket = new TokenBucket({ perSecond: 10, burst });
        const takenAt: number[] = [];
        let nowMs = 0;
        for (const pauseMs of pausesMs) if (bucket.take((nowMs += pauseMs)) === 0) takenAt.push(nowMs);
        for (const [first, from] of takenAt.entries())
          for (const [last, to] of takenAt.entries())
            if (last >= first) expect(last - first + 1).toBeLessThanOrEqual(burst + (to - from) / 100);
      },
    ),
  );
});

test("several are taken at once, or none of them", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 4 });
  expect([bucket.take(0, 3), bucket.take(0, 2), bucket.take(0)]).toEqual([0, 100, 0]);
  expect([bucket.take(200, 3), bucket.take(300, 3)]).toEqual([100, 0]);
});

test("without a limit nobody waits", () => {
  const bucket = new TokenBucket({ perSecond: Infinity, burst: Infinity });
  for (let index = 0; index < 1000; index++) expect(bucket.take(5)).toBe(0);
});
