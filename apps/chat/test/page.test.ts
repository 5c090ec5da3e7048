import { describe, expect, test } from "vitest";
import type { Outgoing } from "../src/client/view.ts";
import { firstUnread, linesOf, type Said } from "../web/lines.ts";
import { RowHeights, rowAt } from "../web/row-heights.ts";

const noonMs = new Date(2026, 10, 22, 12).getTime();
const minuteMs = 60_000;

function said(id: string, from: string, minutes: number): Said {
  return { id, from, text: id, at: noonMs + minutes * minuteMs, seq: minutes };
}

describe("the lines of a room", () => {
  test("who goes on within five minutes has one headline, and each day has its own", () => {
    const lines = linesOf(
      [
        said("a", "ann", 0),
        said("b", "ann", 4),
        said("c", "ben", 5),
        said("d", "ben", 11),
        said("e", "ben", 14 * 60),
      ],
      [],
      "ann",
    );
    expect(lines.map(({ goesOn }) => goesOn)).toEqual([false, true, false, false, false]);
    expect(lines.map(({ beginsDay }) => beginsDay)).toEqual([true, false, false, false, true]);
  });

  test("what is on its way comes last, and is the same line when it has arrived", () => {
    const outgoing: Outgoing = { id: "x", text: "x", saidMs: noonMs, state: "sending" };
    const [before] = linesOf([], [outgoing], "ann");
    const [after] = linesOf([said("x", "ann", 0)], [], "ann");
    expect(before).toMatchObject({ isOwn: true, state: "sending" });
    expect(after).toMatchObject({ isOwn: true, state: "stored", key: before!.key });
  });

  test("what is unread is counted in messages of others", () => {
    const lines = linesOf(
      [said("a", "ben", 0), said("b", "ben", 1), said("c", "ann", 2), said("d", "ben", 3)],
      [],
      "ann",
    );
    expect(firstUnread(lines, 2)).toBe("ben\nb");
    expect(firstUnread(lines, 0)).toBeUndefined();
  });
});

describe("the rows of a long list", () => {
  test("each stands below the one before, whether it was measured or not", () => {
    const heights = new RowHeights();
    const rows = ["a", "b", "c"].map((key) => ({ key }));
    const [, guessed] = heights.tops(rows);
    expect(heights.measured("a", 100)).toBe(true);
    expect(heights.measured("a", 100.2)).toBe(false);
    expect(heights.tops(rows)).toEqual([0, 100, 100 + guessed!, 100 + 2 * guessed!]);
  });

  test("a row is found by any point that it covers, and the ends by whatever is beyond", () => {
    const tops = [0, 10, 30, 60];
    expect([-5, 0, 9, 10, 29, 30, 59, 60, 1000].map((y) => rowAt(tops, y))).toEqual([
      0, 0, 0, 1, 1, 2, 2, 2, 2,
    ]);
    expect(rowAt([0], 5)).toBe(0);
  });
});
