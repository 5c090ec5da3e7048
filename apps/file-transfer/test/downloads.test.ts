// What one client asks for again before the first is open, or does not want any more: nothing stays open. No socket.
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { FromClient } from "../src/protocol.ts";
import type { OpenFile } from "../src/server/store.ts";
import { MemoryStore } from "./memory-store.ts";
import { talk } from "./talking.ts";

/** Opens files when it is told to. */
class SlowStore extends MemoryStore {
  readonly waiting: (() => void)[] = [];

  override async open(path: string): Promise<OpenFile> {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    return super.open(path);
  }

  async openAll(): Promise<void> {
    for (const go of this.waiting.splice(0)) go();
    await turns();
  }
}

async function turns(): Promise<void> {
  for (let n = 0; n < 20; n++) await turn();
}

const get = (id: number): FromClient => ({ type: "get", id, path: "file", algorithm: "blake3" });

function begin(options?: Parameters<typeof talk>[1]): { store: SlowStore; ann: ReturnType<typeof talk> } {
  const store = new SlowStore();
  store.put("file", Buffer.alloc(100_000));
  return { store, ann: talk(store, options) };
}

test("a number that is used for a file that is being opened is no other file's", async () => {
  const { store, ann } = begin();
  ann.say(get(1));
  ann.say(get(1));
  await turns();
  await store.openAll();
  expect(ann.answers).toContainEqual(expect.objectContaining({ type: "refused", code: "bad-message" }));
  ann.end();
  await ann.over;
  expect(store.openFiles).toBe(0);
});

test("files that are being opened count among those under way", async () => {
  const { store, ann } = begin({ maxTransfers: 2 });
  for (let id = 0; id < 3; id++) ann.say(get(id));
  await turns();
  await store.openAll();
  expect(ann.answers.filter(({ type }) => type === "offer")).toHaveLength(2);
  expect(ann.answers).toContainEqual(expect.objectContaining({ id: 2, code: "too-many" }));
  ann.end();
  await ann.over;
  expect(store.openFiles).toBe(0);
});

test("a file that is cancelled before it is open is not offered, and closed", async () => {
  const { store, ann } = begin();
  ann.say(get(1));
  ann.say({ type: "cancel", transfer: 1, detail: "I have changed my mind" });
  await turns();
  await store.openAll();
  expect([ann.answers, store.openFiles]).toEqual([[], 0]);
  ann.end();
});
