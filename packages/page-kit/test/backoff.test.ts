import { expect, test } from "vitest";
import { backoffMs } from "../src/backoff.ts";

test("each try waits longer, up to fifteen seconds, and never in step with all the others", () => {
  for (const [attempt, most] of [
    [0, 500],
    [1, 1000],
    [4, 8000],
    [5, 15_000],
    [50, 15_000],
  ] as const) {
    expect(backoffMs(attempt, 0)).toBe(most / 2);
    expect(backoffMs(attempt, 0.999999)).toBeCloseTo(most, -1);
  }
});
