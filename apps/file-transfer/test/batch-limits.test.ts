// The limits of a store, where small files come several in one message: what is too much is refused by its place.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { treeOf } from "./contract/store-test.ts";
import { folderTest } from "./folder-fixture.ts";
import { batchOf, talk } from "./talking.ts";

const test = folderTest();
const sized = (path: string, size: number) => ({ path, content: Buffer.alloc(size, path) });

test("a file that is too large alone is refused, and the others are done", async ({ open, leftovers }) => {
  const store = await open({ limits: { maxFileBytes: 2000 } });
  const ann = talk(store);
  const files = [sized("a", 2000), sized("b", 2001), sized("c", 0), sized("d", 60_000)];
  expect(await ann.ask(await batchOf(1, files))).toEqual(["1 too-large", "3 too-large"]);
  expect(await treeOf(store)).toEqual(["a", "c"]);
  expect(leftovers()).toEqual([]);
  ann.end();
  await ann.over;
});

test("what is more than all together may be is refused; what is there stays as it is, and the rest has room", async ({
  open,
  served,
  leftovers,
}) => {
  writeFileSync(join(served, "old"), "o".repeat(1000));
  const store = await open({ limits: { maxTotalBytes: 2500 } });
  const ann = talk(store);
  const files = [sized("a", 1000), sized("b", 501), sized("old", 900), sized("c", 500)];
  // What replaces a file needs its room beside it, until it has its place.
  expect(await ann.ask(await batchOf(1, files))).toEqual(["1 too-large", "2 too-large"]);
  expect(await treeOf(store)).toEqual(["a", "c", "old"]);
  expect(readFileSync(join(served, "old"), "utf8")).toBe("o".repeat(1000));
  // Nothing is counted of what was refused, or twice of what is there.
  expect(await ann.ask(await batchOf(2, [sized("d", 1)]))).toEqual(["0 too-large"]);
  await store.remove("a", { recursive: false });
  expect(await ann.ask(await batchOf(3, [sized("d", 1000)]))).toEqual([]);
  expect(leftovers()).toEqual([]);
  ann.end();
  await ann.over;
});

test("what is one file too many is refused, and counts for nothing", async ({ open, leftovers }) => {
  const store = await open({ limits: { maxFiles: 3 } });
  const ann = talk(store);
  const files = (...paths: string[]) => paths.map((path) => sized(path, 1));
  expect(await ann.ask(await batchOf(1, files("a", "b", "c", "d", "e")))).toEqual([
    "3 too-many",
    "4 too-many",
  ]);
  expect(await treeOf(store)).toEqual(["a", "b", "c"]);
  expect(await ann.ask(await batchOf(2, [sized("a", 2), sized("f", 1)]))).toEqual(["1 too-many"]);
  expect(await store.stat("a")).toMatchObject({ size: 2 });
  await store.remove("b", { recursive: false });
  expect(await ann.ask(await batchOf(3, files("f", "g")))).toEqual(["1 too-many"]);
  expect(leftovers()).toEqual([]);
  ann.end();
  await ann.over;
});

test("files whose folders are made for them are no more than there may be, with the folders", async ({
  open,
  leftovers,
}) => {
  const store = await open({ limits: { maxFiles: 6 } });
  const ann = talk(store);
  const paths = ["a", "x/y/b", "c/d/e", "f", "x/y/g", "x/h"];
  const refused = await ann.ask(
    await batchOf(
      1,
      paths.map((path) => sized(path, 1)),
    ),
  );
  const tree = await treeOf(store);
  expect(tree.length + leftovers().length).toBeLessThanOrEqual(6);
  for (const [index, path] of paths.entries())
    expect(refused.includes(`${index} too-many`), path).toBe(!tree.includes(path));
  expect(refused.length).toBeGreaterThan(0);
  ann.end();
  await ann.over;
});

test("a file that is spoiled takes no room", async ({ open, leftovers }) => {
  const store = await open({ limits: { maxFiles: 1, maxTotalBytes: 10 } });
  const ann = talk(store);
  const spoiled = await batchOf(1, [sized("a", 10)]);
  spoiled.files[spoiled.files.length - 1]! ^= 1;
  expect(await ann.ask(spoiled)).toEqual(["0 bad-hash"]);
  expect(await ann.ask(await batchOf(2, [sized("b", 10)]))).toEqual([]);
  expect([await treeOf(store), leftovers()]).toEqual([["b"], []]);
  ann.end();
  await ann.over;
});
