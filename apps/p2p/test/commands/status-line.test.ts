// Does the line stay one line, and does what is said stay readable above it?
import { PassThrough } from "node:stream";
import type { Terminal } from "@socketlab/core/terminal";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StatusLine } from "../../src/commands/status-line.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** @returns what is written to its screen, and the terminal. */
function screen(isTTY: boolean, columns: number): { written: () => string; terminal: Terminal } {
  const stderr = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY, columns });
  const { signal } = new AbortController();
  const [interrupt, onLook] = [() => {}, () => () => {}];
  const terminal = { stdin: new PassThrough(), stdout: new PassThrough(), stderr, signal, interrupt, onLook };
  return { written: () => (stderr.read() as string | null) ?? "", terminal };
}

test("it is painted over itself, narrower than the terminal, and taken away at the end", () => {
  const { written, terminal } = screen(true, 8);
  const status = new StatusLine(terminal, true);
  vi.advanceTimersByTime(1000);
  expect(written()).toBe("");
  let percent = 0;
  status.show(() => `${(percent += 10)}% of the file`);
  vi.advanceTimersByTime(400);
  expect(written()).toBe("\r\u001b[K\r10% of \u001b[K\r20% of \u001b[K".slice(4));
  status[Symbol.dispose]();
  vi.advanceTimersByTime(1000);
  expect(written()).toBe("\r\u001b[K");
  // Or it would keep the process.
  expect(vi.getTimerCount()).toBe(0);
});

test("where the terminal does not say how wide it is, it is as narrow as most", () => {
  const { written, terminal } = screen(true, 0);
  using status = new StatusLine(terminal, true);
  status.show(() => "x".repeat(200));
  vi.advanceTimersByTime(200);
  expect(written()).toBe(`\r${"x".repeat(79)}\u001b[K`);
});

test("what is said has a line of its own, and the status goes on below it", () => {
  const { written, terminal } = screen(true, 80);
  using status = new StatusLine(terminal, true);
  status.show(() => "10%");
  vi.advanceTimersByTime(200);
  status.say("somebody came");
  vi.advanceTimersByTime(200);
  expect(written()).toBe("\r10%\u001b[K\r\u001b[Ksomebody came\n\r10%\u001b[K");
});

test.for([
  ["in a pipe", false, true],
  ["when it is not wanted", true, false],
] as const)("%s there is nothing but what is said", ([, isTTY, isShown]) => {
  const { written, terminal } = screen(isTTY, 80);
  using status = new StatusLine(terminal, isShown);
  status.show(() => "10%");
  vi.advanceTimersByTime(1000);
  status.say("somebody came");
  expect(written()).toBe("somebody came\n");
});
