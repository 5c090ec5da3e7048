import { expect, test } from "vitest";
import { bytesText, countText, millisecondsText, visibleText } from "../src/format.ts";

test("bytes are said in the largest unit that keeps them readable", () => {
  const said = [0, 1, 1023, 1024, 1536, 65_536, 131_072, 3_984_588, 5 * 1024 ** 4].map(bytesText);
  expect(said).toEqual(["0 B", "1 B", "1023 B", "1 KiB", "1.5 KiB", "64 KiB", "128 KiB", "3.8 MiB", "5 TiB"]);
});

test("counts are grouped, and times have three digits or what the clock gives", () => {
  expect(countText(2130706433)).toBe("2,130,706,433");
  expect([0.0333, 0.5, 1.2345, 45.12, 1204.4].map(millisecondsText)).toEqual([
    "0.033 ms",
    "0.500 ms",
    "1.23 ms",
    "45.1 ms",
    "1,204 ms",
  ]);
});

test("what could hide or reorder text is made visible, and all else is left alone", () => {
  expect(visibleText("a\u0000b\u001b[2J")).toBe("a␀b␛[2J");
  expect(visibleText("safe\u202etxt.exe")).toBe("safe\ufffdtxt.exe");
  expect(visibleText("two\nlines\tand €🙂 <b>")).toBe("two\nlines\tand €🙂 <b>");
});
