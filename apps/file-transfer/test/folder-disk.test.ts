// What a folder store does with its disk: one server at a time, what is left is removed, others' changes are seen.
import { execFile } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { UsageError, VirtualClock } from "@socketlab/core";
import { expect } from "vitest";
import { openFolderStore } from "../src/server/folder-store.ts";
import { describeFile, getFrom, putInto, refusal, treeOf } from "./contract/store-test.ts";
import { folderTest } from "./folder-fixture.ts";

const test = folderTest();
const program = fileURLToPath(new URL("store-process.ts", import.meta.url));
const DAY_MS = 86_400_000;

test("a second server is refused the folder, in this process or another, until the first has closed it", async ({
  served,
  open,
}) => {
  const store = await open();
  await expect(openFolderStore(served)).rejects.toMatchObject({ code: "store-in-use" });
  const { stderr } = await promisify(execFile)(process.execPath, [program, "keep", served]).catch(
    (error: { stderr: string }) => error,
  );
  expect(stderr).toContain("is served by another process");
  await putInto(store, "file", "abc");
  await store.close();
  await putInto(await open(), "file", "abc");
});

test("what is no folder is not served", async ({ top, served }) => {
  writeFileSync(join(top, "file"), "abc");
  for (const path of [join(top, "file"), join(top, "nothing")]) {
    await expect(openFolderStore(path)).rejects.toBeInstanceOf(UsageError);
    await expect(openFolderStore(path)).rejects.toThrow(path);
  }
  writeFileSync(join(served, ".socketlab"), "not ours");
  await expect(openFolderStore(served)).rejects.toThrow(/\.socketlab.*move it away/u);
});

test("an upload that nobody goes on with is removed, at the start and every hour, and others are not", async ({
  open,
  leftovers,
  served,
}) => {
  const clock = new VirtualClock(Date.now());
  const store = await open({ clock, keepMs: 2 * DAY_MS, limits: { maxTotalBytes: 10 } });
  const abandoned = await store.write("abandoned", describeFile(5));
  await abandoned.write(Buffer.from("1234"), 0);
  await abandoned.suspend();
  const active = await store.write("active", describeFile(5));
  await active.write(Buffer.from("12345"), 0);
  expect(leftovers()).toHaveLength(2);
  await clock.advance(DAY_MS);
  expect(leftovers()).toHaveLength(2);
  expect(await refusal(store.write("other", describeFile(2)))).toBe("too-large");
  await clock.advance(1.5 * DAY_MS);
  expect(leftovers()).toHaveLength(1);
  // What it took of the limit is free again.
  await putInto(store, "other", "12345");
  await active.finish();
  const late = await store.write("late", describeFile(0));
  await late.suspend();
  expect(leftovers()).toEqual([]);
  await store.close();

  const left = join(served, ".socketlab", "incoming", "f".repeat(32));
  writeFileSync(left, "left");
  await open({ clock: new VirtualClock(Date.now() + 6 * DAY_MS) }).then((reopened) => reopened.close());
  expect(leftovers()).toHaveLength(1);
  await open({ clock: new VirtualClock(Date.now() + 8 * DAY_MS) });
  expect(leftovers()).toEqual([]);
});

test("an upload that was killed just before it got its name is gone on with, however old its source is", async ({
  open,
  leftovers,
  served,
}) => {
  const store = await open();
  const description = describeFile(5, { mtimeMs: 1000, mode: 0o400 });
  const upload = await store.write("old", description);
  await upload.write(Buffer.from("12345"), 0);
  await upload.suspend();
  await store.close();
  // As `finish` had left it.
  const [left] = leftovers();
  utimesSync(join(served, ".socketlab", "incoming", left!), 1, 1);
  const reopened = await open();
  const again = await reopened.write("old", description);
  expect(again.had).toBe(5);
  await again.finish();
  expect(await reopened.stat("old")).toMatchObject({ mtimeMs: 1000, mode: 0o400 });
});

test("a file that is changed, cut or lengthened while it is read is refused; one that is replaced or removed is read to its end", async ({
  served,
  open,
}) => {
  const store = await open();
  const path = join(served, "file");
  const into = Buffer.alloc(3);
  const changes: [string, () => void, "changed" | "old"][] = [
    ["cut", () => truncateSync(path, 4), "changed"],
    ["lengthened", () => appendFileSync(path, "more"), "changed"],
    ["overwritten", () => overwrite(path), "changed"],
    ["removed", () => unlinkSync(path), "old"],
    ["replaced", () => (writeFileSync(`${path} 2`, "other!"), renameSync(`${path} 2`, path)), "old"],
  ];
  for (const [what, change, outcome] of changes) {
    writeFileSync(path, "abcdef");
    utimesSync(path, 1, 1);
    const file = await store.open("file");
    expect(await file.read(into, 0)).toBe(3);
    change();
    if (outcome === "changed") expect(await refusal(file.read(into, 3), "file"), what).toBe("changed");
    else {
      expect(await file.read(into, 3), what).toBe(3);
      expect(into.toString()).toBe("def");
    }
    await file.close();
    rmSync(path, { force: true });
  }
});

function overwrite(path: string): void {
  const fd = openSync(path, "r+");
  writeFileSync(fd, "ABCDEF");
  closeSync(fd);
}

test("what others put into the folder is there at once", async ({ served, open }) => {
  const store = await open();
  expect(await treeOf(store)).toEqual([]);
  mkdirSync(join(served, "a"));
  writeFileSync(join(served, "a", "b"), "abc");
  expect(await treeOf(store)).toEqual(["a/", "a/b"]);
  expect((await getFrom(store, "a/b")).toString()).toBe("abc");
  writeFileSync(join(served, "a", "c"), "abc");
  expect(await treeOf(store)).toEqual(["a/", "a/b", "a/c"]);
  rmSync(join(served, "a"), { recursive: true });
  expect(await treeOf(store)).toEqual([]);
});

test("names that differ only by case or by Unicode's form are refused where the disk would take them for one", async ({
  served,
  open,
}) => {
  const store = await open({ folding: "always" });
  await putInto(store, "Folder/File", "abc");
  for (const path of ["folder/other", "FOLDER", "Folder/file", "Folder/FILE/x"])
    expect(await refusal(store.write(path, describeFile(1))), path).toBe("exists");
  expect(await refusal(store.makeFolder("folder", {}))).toBe("exists");
  const upload = await store.write("new", describeFile(1));
  expect(await refusal(store.write("NEW", describeFile(1)))).toBe("busy");
  await upload.discard();
  await putInto(store, "Folder/File", "again");
  expect(await treeOf(store)).toEqual(["Folder/", "Folder/File"]);
  // As a disk may have it on which another program wrote the other form.
  writeFileSync(join(served, "e\u0301"), "abc");
  expect(await refusal(store.write("\u00c9", describeFile(1)))).toBe("exists");
});

test("a folder of 100,000 files is listed page by page, all of them, in order", async ({ served, open }) => {
  const count = 100_000;
  for (let index = 0; index < count; index++) closeSync(openSync(join(served, `file ${index}`), "w"));
  const expected = Array.from({ length: count }, (_, index) => `file ${index}`).toSorted();
  const store = await open();
  const found: string[] = [];
  for (let after = ""; ;) {
    const { entries, more } = await store.list("", { after, limit: 500 });
    for (const { path } of entries) found.push(path);
    if (!more) break;
    after = entries.at(-1)!.path;
  }
  expect(found).toEqual(expected);
  for (const name of readdirSync(served)) if (name !== ".socketlab") unlinkSync(join(served, name));
});

test("a large file of holes is a large file, and costs nothing", async ({ open, leftovers }) => {
  const store = await open();
  const size = 5 * 2 ** 30 + 7;
  const upload = await store.write("large", describeFile(size));
  const end = Buffer.from("the end");
  await upload.write(end, size - end.length);
  await upload.finish();
  const file = await store.open("large");
  expect(file.size).toBe(size);
  const into = Buffer.alloc(20);
  expect(await file.read(into, size - 14)).toBe(14);
  expect(into.toString("latin1", 0, 14)).toBe(`${"\0".repeat(7)}the end`);
  await file.close();
  expect(leftovers()).toEqual([]);
});
