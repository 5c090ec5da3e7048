// What the virtual clock promises: events in order, at their time, and nothing until it is told.
import fc from "fast-check";
import { expect, test } from "vitest";
import { VirtualClock } from "../../src/index.ts";

test("callbacks run in the order of their times, and those of one time in the order in which they were set", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 60 }), async (delays) => {
      const clock = new VirtualClock();
      const seen: [number, number][] = [];
      for (const [index, delayMs] of delays.entries()) {
        clock.after(delayMs, () => {
          expect(clock.now()).toBe(delayMs);
          seen.push([delayMs, index]);
        });
      }
      await clock.advance(50);
      const expected = delays
        .map((delayMs, index): [number, number] => [delayMs, index])
        .toSorted((a, b) => a[0] - b[0]);
      expect(seen).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

test("nothing happens until time passes; a cleared timer never fires; what is set meanwhile counts", async () => {
  const clock = new VirtualClock(1000);
  const seen: string[] = [];
  clock.after(10, () => {
    seen.push(`a at ${clock.now()}`);
    clock.after(5, () => seen.push(`b at ${clock.now()}`));
  });
  clock.after(12, () => seen.push("cleared")).clear();
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual([]);
  await clock.advance(9);
  expect(seen).toEqual([]);
  await clock.advance(100);
  expect(seen).toEqual(["a at 1010", "b at 1015"]);
  expect(clock.now()).toBe(1109);
});

test("whoever waits goes on at the time that it has waited for, and what is ready comes before any time passes", async () => {
  const clock = new VirtualClock(1000);
  const seen: number[] = [];
  const wait = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));
  const walk = async (): Promise<void> => {
    await Promise.resolve();
    for (const ms of [5, 10, -10]) {
      await wait(ms);
      seen.push(clock.now());
    }
  };
  void walk();
  await clock.advance(100);
  expect(seen.splice(0)).toEqual([1005, 1015, 1015]);
  await clock.run(walk());
  expect(seen).toEqual([1105, 1115, 1115]);
});

test("a cleared timer makes no time pass either", async () => {
  const clock = new VirtualClock();
  clock.after(500, () => {}).clear();
  await expect(clock.run(new Promise(() => {}))).rejects.toThrow("at 0 ms nothing is due");
  expect(clock.now()).toBe(0);
});

test("run waits for a promise, not longer, and says when nothing can settle it any more", async () => {
  const clock = new VirtualClock();
  const soon = new Promise<string>((resolve) => clock.after(500, () => resolve("done")));
  clock.after(100_000, () => {});
  expect(await clock.run(soon)).toBe("done");
  expect(clock.now()).toBe(500);
  await expect(clock.run(new Promise(() => {}), 1000)).rejects.toThrow("not settled after 1000 ms");
  await clock.advance(200_000);
  await expect(clock.run(new Promise(() => {}))).rejects.toThrow("nothing is due");
  await expect(clock.run(Promise.reject(new Error("no")))).rejects.toThrow("no");
});
