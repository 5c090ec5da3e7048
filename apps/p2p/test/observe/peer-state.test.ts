import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changed, differenceOf, unknownState } from "../../src/observe/peer-state.ts";
import { RecentRate } from "../../src/observe/client/recent-rate.ts";
import { conversation, state } from "./states.ts";

const anyState = fc
  .record({
    has: fc.nat(9),
    upload: fc.nat(9),
    download: fc.nat(9),
    parts: fc.constantFrom("", "AA==", "/w=="),
    others: fc.uniqueArray(fc.integer({ min: 1, max: 6 })),
    asked: fc.nat(3),
  })
  .map(({ others, asked, ...rest }) =>
    state(
      others.map((other) => conversation(7, other, { asked: other % 2 === 0 ? asked : 0 })),
      rest,
    ),
  );

describe("what has changed of a peer", () => {
  test("is enough to know what it is like now, from whatever was known before", () => {
    fc.assert(
      fc.property(anyState, anyState, (before, after) => {
        const change = differenceOf(before, after);
        expect(change === undefined ? before : changed(before, change)).toEqual(after);
      }),
    );
  });

  test("is nothing, if nothing has", () => {
    const looks = [state([conversation(2, 1)]), state([conversation(2, 1)])];
    expect(differenceOf(looks[0]!, looks[1]!)).toBeUndefined();
    expect(differenceOf(unknownState, state())).toBeUndefined();
  });

  test("names only those conversations that are not as before", () => {
    const before = state([conversation(3, 1), conversation(3, 2)]);
    const after = state([conversation(3, 1), conversation(3, 2, { upload: 1024 })]);
    expect(differenceOf(before, after)).toEqual({ conversations: [conversation(3, 2, { upload: 1024 })] });
  });
});

describe("how fast something moves", () => {
  test("is what has moved in the last two seconds, in whole KiB", () => {
    const rate = new RecentRate();
    expect(rate.look(0, 0)).toBe(0);
    for (let ms = 250; ms <= 5000; ms += 250) rate.look((ms / 1000) * 100_000, ms);
    expect(rate.look(525_000, 5250)).toBe(Math.round(100_000 / 1024) * 1024);
  });

  test("is nothing two seconds after the last byte", () => {
    const rate = new RecentRate();
    rate.look(0, 0);
    rate.look(50_000, 250);
    expect(rate.look(50_000, 1000)).toBeGreaterThan(0);
    expect(rate.look(50_000, 2250)).toBe(0);
  });
});
