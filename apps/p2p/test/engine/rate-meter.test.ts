// What a rate meter promises: the rate of the last twenty seconds, soon, and nothing of what was before.
import fc from "fast-check";
import { expect, test } from "vitest";
import { RateMeter } from "../../src/engine/rate-meter.ts";

test("a steady stream is measured right from its first second on", () => {
  const meter = new RateMeter();
  for (let nowMs = 10_000; nowMs <= 100_000; nowMs += 100) {
    meter.add(100, nowMs);
    const rate = meter.bytesPerSecond(nowMs);
    if (nowMs >= 11_000) expect(rate).toBeGreaterThan(990);
    expect(rate).toBeLessThan(1101);
  }
});

test("whoever begins after a long silence is not measured over the silence", () => {
  const meter = new RateMeter();
  meter.add(1, 0);
  for (let nowMs = 60_000; nowMs < 62_000; nowMs += 100) meter.add(100, nowMs);
  expect(meter.bytesPerSecond(62_000)).toBe(1000);
});

test("after twenty seconds of silence the rate is 0", () => {
  const meter = new RateMeter();
  meter.add(5000, 999);
  expect(meter.bytesPerSecond(19_999)).toBeGreaterThan(0);
  expect(meter.bytesPerSecond(21_000)).toBe(0);
  expect(meter.total).toBe(5000);
});

test("the rate is that of a list of everything that has moved in the window", () => {
  const step = fc.record({ pauseMs: fc.nat({ max: 9000 }), bytes: fc.integer({ min: 1, max: 2 ** 20 }) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const meter = new RateMeter();
      const moved: { atMs: number; bytes: number }[] = [];
      let nowMs = 0;
      for (const { pauseMs, bytes } of steps) {
        nowMs += pauseMs;
        meter.add(bytes, nowMs);
        moved.push({ atMs: nowMs, bytes });
        const sinceMs = (Math.floor(nowMs / 1000) - 19) * 1000;
        const inWindow = moved.filter(({ atMs }) => atMs >= sinceMs);
        const sum = inWindow.reduce((total, each) => total + each.bytes, 0);
        const rate = meter.bytesPerSecond(nowMs);
        // Over the window, or over less of it if nothing moved before.
        expect(rate).toBeGreaterThanOrEqual(Math.floor((sum * 1000) / 20_000));
        expect(rate).toBeLessThanOrEqual(Math.ceil((sum * 1000) / Math.max(1000, nowMs - inWindow[0]!.atMs)));
      }
    }),
  );
});
