// A folder that is held: what is in it is found in it, and no link leads out. Both ways in which a system can hold one.
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openFolder } from "../src/index.ts";

let top = "";
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "disk-kit-"));
  mkdirSync(join(top, "held", "inner"), { recursive: true });
  mkdirSync(join(top, "outside"));
  writeFileSync(join(top, "outside", "file"), "secret");
  writeFileSync(join(top, "held", "inner", "file"), "abc");
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

describe.each([
  ["by a descriptor", process.platform === "linux"],
  ["by its path", false],
])("a folder that is held %s", (_how, canHold) => {
  test("opens what is in it, and says of every hold on one folder that it is the same", () => {
    using folder = openFolder(join(top, "held"), canHold);
    using inner = folder.enter("inner");
    using again = folder.enter("inner");
    expect(inner.id).toBe(again.id);
    expect(inner.id).not.toBe(folder.id);
    closeSync(inner.open("file", constants.O_RDONLY));
    expect(inner.look("file")?.size).toBe(3n);
    expect(inner.look("nothing")).toBeUndefined();
  });

  test("follows no link, neither to a folder nor to a file", () => {
    symlinkSync(join(top, "outside"), join(top, "held", "way"));
    symlinkSync(join(top, "outside", "file"), join(top, "held", "link"));
    using folder = openFolder(join(top, "held"), canHold);
    expect(() => folder.enter("way")).toThrow(/ENOTDIR|ELOOP/);
    expect(() => folder.open("link", constants.O_RDONLY)).toThrow(/ELOOP/);
  });

  test("does not lead to what is put in the place of one that was entered", () => {
    using folder = openFolder(join(top, "held"), canHold);
    using inner = folder.enter("inner");
    renameSync(join(top, "held", "inner"), join(top, "held", "moved"));
    symlinkSync(join(top, "outside"), join(top, "held", "inner"));
    if (canHold) closeSync(inner.open("file", constants.O_RDONLY));
    else expect(() => inner.open("file", constants.O_RDONLY)).toThrow(/ENOTDIR/);
  });
});
