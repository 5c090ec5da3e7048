// When a disk is quick enough to be waited for: in virtual time.
import { expect, test } from "vitest";
import { Pace } from "../src/pace.ts";

test("what the system has in its memory is always waited for", () => {
  let now = 0;
  const pace = new Pace(() => now);
  for (let i = 0; i < 1000; i++) {
    expect(pace.isQuick).toBe(true);
    pace.time(() => (now += 0.1));
  }
});

test("one that is slow among many is no reason to doubt", () => {
  let now = 0;
  const pace = new Pace(() => now);
  for (let i = 0; i < 1000; i++) {
    expect(pace.isQuick).toBe(true);
    pace.time(() => (now += i % 20 === 0 ? 3 : 0.1));
  }
});

test.for([[5], [50], [2000]])("of a disk that takes %i ms each time little is waited for", ([costMs]) => {
  let now = 0;
  let waitedMs = 0;
  const pace = new Pace(() => now);
  while (now < 3_600_000) {
    if (!pace.isQuick) now += costMs!;
    else {
      pace.time(() => (now += costMs!));
      waitedMs += costMs!;
    }
  }
  expect(waitedMs / now).toBeLessThan(0.02);
});

test("a disk that is quick again is waited for again; what fails is timed as well", () => {
  let now = 0;
  const pace = new Pace(() => now);
  const fail = (): never => {
    now += 500;
    throw new Error("EIO");
  };
  expect(() => pace.time(fail)).toThrow("EIO");
  expect(pace.isQuick).toBe(false);
  now += 500 * 100;
  expect(pace.isQuick).toBe(true);
  for (let i = 0; i < 100; i++) {
    now += 20;
    if (pace.isQuick) pace.time(() => (now += 0.1));
  }
  expect(pace.isQuick).toBe(true);
});
