// What making a folder promises: all of it, or the system's word, and always an end.
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeFolder } from "../src/index.ts";

const root = mkdtempSync(join(tmpdir(), "make-folder-"));
afterAll(() => rmSync(root, { recursive: true }));

test("a folder is made with all above it, and again is harmless", () => {
  const path = join(root, "a/b/c");
  for (let times = 0; times < 2; times++) {
    makeFolder(path);
    expect(statSync(path).isDirectory()).toBe(true);
  }
});

test("a link to a folder is good enough, as is a folder in it", () => {
  mkdirSync(join(root, "there"));
  symlinkSync("there", join(root, "link"));
  makeFolder(join(root, "link"));
  makeFolder(join(root, "link/new"));
  expect(statSync(join(root, "there/new")).isDirectory()).toBe(true);
});

test("where a file is on the way, or a link to nothing, the system's word is passed on", () => {
  writeFileSync(join(root, "file"), "");
  symlinkSync("nowhere", join(root, "dangling"));
  expect(() => makeFolder(join(root, "file/x"))).toThrow(expect.objectContaining({ code: "ENOTDIR" }));
  expect(() => makeFolder(join(root, "dangling"))).toThrow(expect.objectContaining({ code: "EEXIST" }));
});

test.runIf(process.platform === "linux")(
  "where the system makes none, as in /proc, it ends, and says so",
  () => {
    for (const path of ["/proc/x", "/proc/x/y", "/proc/self/x"])
      expect(() => makeFolder(path)).toThrow(expect.objectContaining({ code: "EPERM" }));
  },
);
