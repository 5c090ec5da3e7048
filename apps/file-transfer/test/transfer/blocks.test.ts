import { expect, test } from "vitest";
import { Blocks } from "../../src/transfer/blocks.ts";

test("there are never more blocks than the pool may have, and whoever comes first gets the next", async () => {
  const blocks = new Blocks({ count: 2, bytes: 100 });
  const first = await blocks.take();
  const second = await blocks.take();
  expect(first.length).toBe(100);
  expect(second).not.toBe(first);
  const got: string[] = [];
  const third = blocks.take().then((block) => (got.push("third"), block));
  const fourth = blocks.take().then((block) => (got.push("fourth"), block));
  await Promise.resolve();
  expect(got).toEqual([]);
  blocks.give(second);
  expect(await third).toBe(second);
  expect(blocks.inUse).toBe(2);
  blocks.give(first);
  expect(await fourth).toBe(first);
  expect(got).toEqual(["third", "fourth"]);
});

test("a block given back is used again", async () => {
  const blocks = new Blocks({ count: 2, bytes: 100 });
  const block = await blocks.take();
  blocks.give(block);
  expect(blocks.inUse).toBe(0);
  expect(await blocks.take()).toBe(block);
});

test("a block cannot be given back twice, nor one that was never taken", async () => {
  const blocks = new Blocks({ count: 2, bytes: 100 });
  const block = await blocks.take();
  blocks.give(block);
  expect(() => blocks.give(block)).toThrow(/not taken/);
  expect(() => blocks.give(new Uint8Array(100))).toThrow(/not taken/);
});

test("who waits can stop waiting, and its block goes to the next", async () => {
  const blocks = new Blocks({ count: 1, bytes: 100 });
  const block = await blocks.take();
  const abort = new AbortController();
  const impatient = blocks.take(abort.signal);
  const patient = blocks.take();
  abort.abort();
  await expect(impatient).rejects.toMatchObject({ code: "aborted" });
  await expect(blocks.take(abort.signal)).rejects.toMatchObject({ code: "aborted" });
  blocks.give(block);
  expect(await patient).toBe(block);
});
