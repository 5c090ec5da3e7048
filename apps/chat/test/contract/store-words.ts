// What every store promises of rooms, ids, senders and texts that a program may trip over. Knows no store.
import { describe, expect, vi } from "vitest";
import type { Entry } from "../../src/server/store.ts";
import { message } from "./message.ts";
import type { StoreTest } from "./store-test.ts";

export function hostileWords(test: StoreTest): void {
  describe("hostile words", () => {
    const words = [
      "a.b",
      "a.b.c",
      "a.",
      "a b",
      "a  b",
      "*",
      ">",
      "a.*",
      "a.>",
      "$JS.API",
      "'; DROP TABLE messages; --",
      'say "hi"',
      "%",
      "_",
      "a/b",
      "../a",
      "a\\b",
      "__proto__",
      "constructor",
      "A",
      "a",
      "é",
      "e\u0301",
      "日本語",
      "👩‍👩‍👧",
      "\u0000",
      "a\u0000b",
      "\r\n",
      "\u001b[31m",
      "\u202e",
      "x".repeat(256),
    ];

    test("every room is a room of its own", async ({ store, told, all }) => {
      const entries = await Promise.all(words.map((room) => store.append(message({ room, text: room }))));
      for (const [index, room] of words.entries()) {
        expect(entries[index]).toMatchObject({ room, text: room });
        expect(await all(room), JSON.stringify(room)).toEqual([entries[index]]);
        expect(await store.last(room), JSON.stringify(room)).toBe(entries[index]!.seq);
      }
      await vi.waitFor(() => expect(told).toHaveLength(words.length), { timeout: 10_000 });
      expect(new Set(told.map(({ room }) => room))).toEqual(new Set(words));
    });

    test("every id is an id of its own, and every text comes back as it was", async ({ store, all }) => {
      const ids = words.map((word) => word.slice(0, 64));
      const ask = (): Promise<Entry[]> =>
        Promise.all(ids.map((id, index) => store.append(message({ id, text: words[index]! }))));
      const entries = await ask();
      expect(entries.map(({ id, text }) => [id, text])).toEqual(ids.map((id, i) => [id, words[i]]));
      expect(await ask()).toEqual(entries);
      expect(await all("lobby")).toEqual(entries);
    });

    test("senders with unusual names are told apart", async ({ store, all }) => {
      const names = ["O'Neil", "a.b", "a b", "Зоя", "日本", "x".repeat(32)];
      const entries = await Promise.all(names.map((from) => store.append(message({ from, text: from }))));
      expect(await all("lobby")).toEqual(entries);
      expect(entries.map(({ from }) => from)).toEqual(names);
    });

    test("half a surrogate pair is yielded, told and read alike, and may be repeated", async ({
      store,
      all,
      isTold,
    }) => {
      const odd = message({ text: "half \ud83d of it" });
      const entry = await store.append(odd);
      expect(await store.append(odd)).toEqual(entry);
      expect(await all("lobby")).toEqual([entry]);
      await isTold([entry]);
    });

    test("an empty text, and the longest, are kept", async ({ store, all }) => {
      const texts = ["", "x".repeat(4096), "\u0800".repeat(1365), '"'.repeat(4096)];
      const entries = await Promise.all(
        texts.map((text, index) => store.append(message({ id: `m${index}`, text }))),
      );
      expect((await all("lobby")).map(({ text }) => text)).toEqual(texts);
      expect(entries.map(({ text }) => text)).toEqual(texts);
    });
  });
}
