// What counts as printed as shown, and what does not; how documents take excerpts.
import { describe, expect, test } from "vitest";
import { difference } from "../../scripts/docs/compare.ts";
import { excerpt } from "../../scripts/docs/fill.ts";
import { parseMarkdown, withBlocks } from "../../scripts/docs/markdown.ts";

describe("agrees", () => {
  test.each([
    ["times", "time=1.074 ms", "time=19.393 ms"],
    [
      "process ids and the width that they take",
      "┌─ client process, pid 1 ────┐",
      "┌─ client process, pid 25215 ───┐",
    ],
    ["ports of the system's choice", "relay at tcp://127.0.0.1:37207:", "relay at tcp://127.0.0.1:45913:"],
    ["lines that are left out", "…\nthe end", "one\ntwo\nthe end"],
    ["the log of a server", "hello", '{"level":30}\nhello'],
  ])("%s", (_what, shown, printed) => expect(difference(shown, printed)).toBeUndefined());

  test("numbers in lines that say so", () =>
    expect(difference("send buffer 3.76 MiB", "send buffer 208 KiB", ["buffer"])).toBeUndefined());
});

describe("does not agree", () => {
  test.each([
    ["another word", "one\ntwo", "one\nthree", "two"],
    ["a port that the document names", "port 7007", "port 7008", "port 7007"],
    ["a number that does not vary", "2130706433", "2130706434", "2130706433"],
    ["less than is shown", "one\ntwo", "one", "two"],
    ["more than is shown", "one", "one\ntwo", "(the end: more was printed)"],
  ])("%s", (_what, shown, printed, first) => expect(difference(shown, printed)).toBe(first));
});

test("an excerpt is a whole statement, without its indentation", () => {
  const source = "class A {\n  f(): void {\n    if (x) {\n    }\n  }\n  g = 1;\n}\n";
  expect(excerpt(source, "f(): void {")).toBe("f(): void {\n  if (x) {\n  }\n}");
  expect(excerpt(source, "g =")).toBe("g = 1;");
  expect(() => excerpt(source, "h(")).toThrow('no line begins with "h("');
});

test("blocks are written back where they were", () => {
  const markdown = "a\n```text\nold\n```\nb\n```sh in server\n```\n";
  const items = parseMarkdown(markdown);
  for (const item of items) if (item.kind === "block") item.text = "new\nlines";
  expect(withBlocks(markdown, items)).toBe(
    "a\n```text\nnew\nlines\n```\nb\n```sh in server\nnew\nlines\n```\n",
  );
});
