// What a limit promises: it is kept, it is used in full, and several are taken from together or not at all.
import { seededRandom } from "@socketlab/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RateLimit, takeFromAll } from "../../src/engine/rate-limit.ts";
import { BLOCK_BYTES } from "../../src/protocol.ts";

/** What goes in a minute, when all that is wanted is wanted always, and timers fire up to 4 ms late. */
function sentInAMinute(limits: readonly RateLimit[], bytes = BLOCK_BYTES): number {
  const random = seededRandom(1);
  let sent = 0;
  for (let nowMs = 0; nowMs < 60_000;) {
    const waitMs = takeFromAll(limits, bytes, nowMs);
    if (waitMs === 0) sent += bytes;
    else nowMs += waitMs + 4 * random();
  }
  return sent;
}

test.each([16, 100, 1024, 10 * 1024, 300 * 1024])("a limit of %i KiB/s is kept, and used in full", (kib) => {
  const bytesPerSecond = kib * 1024;
  const sent = sentInAMinute([new RateLimit(bytesPerSecond)]);
  expect(sent).toBeGreaterThanOrEqual(0.995 * 60 * bytesPerSecond - BLOCK_BYTES);
  const atOnce = Math.max(0.1 * bytesPerSecond, BLOCK_BYTES + 0.02 * bytesPerSecond);
  expect(sent).toBeLessThanOrEqual(60 * bytesPerSecond + atOnce);
});

test("of several limits the lowest holds, and the others lose nothing by it", () => {
  const [all, one] = [new RateLimit(1024 * 1024), new RateLimit(256 * 1024)];
  expect(sentInAMinute([all, one]) / 60 / 1024).toBeCloseTo(256, -1);
  const other = new RateLimit();
  const nowMs = 100_000;
  while (one.take(BLOCK_BYTES, nowMs) === 0);
  for (let times = 0; times < 100; times++)
    expect(takeFromAll([all, one], BLOCK_BYTES, nowMs)).toBeGreaterThan(0);
  expect(takeFromAll([all, other], 100 * 1024, nowMs)).toBe(0);
});

test("whoever waits as long as it was told gets it from all", () => {
  const rate = fc.integer({ min: 1000, max: 10_000_000 });
  const size = fc.integer({ min: 1, max: BLOCK_BYTES });
  fc.assert(
    fc.property(fc.array(rate, { minLength: 1, maxLength: 3 }), fc.array(size), (rates, sizes) => {
      const limits = rates.map((bytesPerSecond) => new RateLimit(bytesPerSecond));
      let nowMs = 0;
      for (const bytes of sizes) {
        const waitMs = takeFromAll(limits, bytes, nowMs);
        nowMs += waitMs;
        if (waitMs > 0) expect(takeFromAll(limits, bytes, nowMs)).toBe(0);
      }
    }),
  );
});

test("another limit holds from now on, and without one nobody waits", () => {
  const limit = new RateLimit(1000);
  while (limit.take(BLOCK_BYTES, 0) === 0);
  limit.change(Infinity);
  for (let times = 0; times < 1000; times++) expect(limit.take(BLOCK_BYTES, 0)).toBe(0);
});
