// The table of standards names tests that are there, and is not made with one that is not.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { makeTable } from "../../scripts/docs/tables.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const list = "tests/docs/p2p-standards.json";

/** What the app is held to. */
const promised = [3, 5, 6, 7, 9, 10, 11, 12, 14, 15, 20, 21, 23, 27, 40, 42, 48, 53, 54];

test("each standard that is promised has a test", () => {
  const rows = makeTable("p2p standards", root);
  for (const bep of promised) expect(rows.some((row) => row.startsWith(`| [${bep}](`))).toBe(true);
});

test("a test that has another name is missed, and which it is is said", () => {
  const copy = mkdtempSync(join(tmpdir(), "standards-"));
  try {
    const all = JSON.parse(readFileSync(join(root, list), "utf8")) as { tests: [string, string][] }[];
    for (const [file] of all.flatMap(({ tests }) => tests))
      cpSync(join(root, file), join(copy, file), { recursive: true });
    mkdirSync(dirname(join(copy, list)), { recursive: true });
    cpSync(join(root, list), join(copy, list));
    expect(() => makeTable("p2p standards", copy)).not.toThrow();
    for (const [file, name] of all.flatMap(({ tests }) => tests)) {
      const source = readFileSync(join(copy, file), "utf8");
      writeFileSync(join(copy, file), source.replaceAll(name, "another"));
      expect(() => makeTable("p2p standards", copy)).toThrow(`${file} has no test ${JSON.stringify(name)}`);
      writeFileSync(join(copy, file), source);
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
});
