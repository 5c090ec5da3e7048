// What is painted while files are on their way, in terminals of any width; and nothing in a pipe.
import { PassThrough } from "node:stream";
import type { Terminal } from "@socketlab/core/terminal";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { describeFile, describeTotal, rowsOf } from "../../src/client/progress-lines.ts";
import { Progress, type ProgressKind } from "../../src/client/progress.ts";

const MIB = 1024 * 1024;
const figures = {
  doneBytes: 25 * MIB,
  totalBytes: 100 * MIB,
  doneFiles: 1,
  totalFiles: 3,
  perSecond: 5 * MIB,
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function begin(kind: ProgressKind, isTTY = true, columns = 80) {
  const [stdout, stderr] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY, columns })];
  const terminal = { stdout, stderr, stdin: new PassThrough() } as unknown as Terminal;
  const progress = new Progress(terminal, kind);
  const read = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? "";
  const err = (): string =>
    read(stderr)
      .replaceAll(/\p{Cc}\[(\d+)A/gu, "<up $1>")
      .replaceAll("\u001b[J", "<clear>");
  return { progress, stderr, err, out: () => read(stdout) };
}

test("the whole is told in one line: share, bytes, rate, time left, files", () => {
  const line = describeTotal({ ...figures, name: undefined }, 80);
  expect(line).toMatch(/^ 25% 25 MiB of 100 MiB 5 MiB\/s 15 s left 1\/3 \[█+░+\]$/);
});

test.each([1, 2, 5, 10, 20, 40, 80, 200])("no line is as wide as a terminal of %i columns", (columns) => {
  for (const name of ["short", "日本語".repeat(30), "x".repeat(300)]) {
    const lines = [
      describeTotal({ ...figures, name }, columns),
      describeFile({ name, size: 10, done: 3 }, columns),
    ];
    for (const line of lines) expect(line === "" || rowsOf(line, columns) === 1).toBe(true);
  }
});

test("what a terminal would take for a command is not painted", () => {
  expect(describeFile({ name: "a\u001b[2Jb\nc", size: 1, done: 0 }, 80)).toContain("a?[2Jb?c");
});

test("each file under way has its line, above that of the whole; in the end nothing is left", () => {
  const { progress, err } = begin("painted");
  progress.totalFiles = 2;
  progress.totalBytes = 2 * MIB;
  const [one, two] = ["one", "two"].map((name) => progress.begin(name, MIB, () => {}));
  one!.add(MIB / 2);
  vi.advanceTimersByTime(100);
  const first = err();
  expect(first).toMatch(/^\r 50% .*one.*\n  0% .*two.*\n 25% 512 KiB of 2 MiB/s);
  one!.end();
  two!.keep(MIB / 2);
  vi.advanceTimersByTime(100);
  expect(err()).toMatch(/^\r<up 2> 50% .*two.*\n 75% 1.5 MiB of 2 MiB/s);
  progress.stop();
  expect(err()).toBe("\r<up 1><clear>");
  vi.advanceTimersByTime(1000);
  expect(err()).toBe("");
});

test("in a terminal that has become narrower, the rows that its lines take now are painted over", () => {
  const { progress, stderr, err } = begin("painted", true, 80);
  progress.totalFiles = 1;
  progress.begin("a".repeat(50), MIB, () => {});
  vi.advanceTimersByTime(100);
  err();
  stderr.columns = 30;
  vi.advanceTimersByTime(100);
  expect(err()).toMatch(/^\r<up 2>/);
});

test("a new attempt does not count what has moved twice", () => {
  const { progress } = begin("none");
  const file = progress.begin("one", MIB, () => {});
  file.add(MIB / 2);
  file.again();
  file.keep(MIB / 2);
  expect([progress.doneBytes, progress.movedBytes]).toEqual([MIB / 2, MIB / 2]);
});

test("in a pipe there is nothing; as JSON an object every second", () => {
  const pipe = begin("painted", false);
  pipe.progress.begin("one", MIB, () => {});
  const json = begin("json", false);
  json.progress.totalFiles = 1;
  json.progress.totalBytes = MIB;
  json.progress.begin("one", MIB, () => {}).add(1000);
  vi.advanceTimersByTime(1000);
  expect([pipe.err(), pipe.out(), json.err()]).toEqual(["", "", ""]);
  expect(JSON.parse(json.out())).toEqual({
    event: "progress",
    doneBytes: 1000,
    totalBytes: MIB,
    doneFiles: 0,
    totalFiles: 1,
    bytesPerSecond: expect.any(Number),
  });
  pipe.progress.stop();
  json.progress.stop();
});
