// What is to be done so that one tree becomes like another.
import { expect, test } from "vitest";
import { planSync, type Item, type Rules, type Tree } from "../../src/client/sync-plan.ts";

const file = (size: number, mtimeMs = 1000): Item => ({ kind: "file", size, mtimeMs, mode: 0o644 });
const folder: Item = { kind: "folder", size: 0, mtimeMs: 0, mode: 0o755 };
const tree = (items: Record<string, Item>): Tree => new Map(Object.entries(items));
const sync: Rules = { same: "skip", other: "compare", modes: false };
const plan = (source: Record<string, Item>, target: Record<string, Item>, rules = sync) =>
  planSync(tree(source), tree(target), rules).map(({ act, path }) => `${act} ${path}`);

test("what is not there is transferred, folders first; what has another size, too", () => {
  const source = { new: folder, "new/a": file(1), old: folder, "old/b": file(2) };
  expect(plan(source, { old: folder, "old/b": file(3) })).toEqual([
    "makeFolder new",
    "transfer new/a",
    "transfer old/b",
  ]);
});

test("what has the same size and time is skipped; where the time differs the hash must tell", () => {
  const source = { same: file(1), rounded: file(1, 1000), touched: file(1, 5000) };
  const target = { same: file(1), rounded: file(1, 999), touched: file(1) };
  expect(plan(source, target)).toEqual(["skip same", "skip rounded", "compare touched"]);
  expect(plan(source, target, { ...sync, same: "compare" })).toEqual([
    "compare same",
    "compare rounded",
    "compare touched",
  ]);
});

test("put and get compare what is the same in all that is known of it, and transfer the rest", () => {
  const source = { same: file(1), touched: file(1, 5000), executable: { ...file(1), mode: 0o755 } };
  const target = { same: file(1), touched: file(1), executable: file(1) };
  const rules: Rules = { same: "compare", other: "transfer", modes: true };
  expect(plan(source, target, rules)).toEqual(["compare same", "transfer touched", "transfer executable"]);
});

test("what is not in the source is to be removed, a folder as a whole", () => {
  const target = { a: file(1), f: folder, "f/x": file(1), "f/g": folder, "f/g/y": file(1), "a.b": file(1) };
  expect(plan({ a: file(1) }, target)).toEqual(["skip a", "remove f", "remove a.b"]);
});

test("a file in the place of a folder, and the other way round, is in the way", () => {
  expect(plan({ x: folder, "x/a": file(1) }, { x: file(1) })).toEqual([
    "clear x",
    "makeFolder x",
    "transfer x/a",
  ]);
  expect(plan({ x: file(1) }, { x: folder, "x/a": file(1) })).toEqual([
    "clear x",
    "transfer x",
    "remove x/a",
  ]);
});
