// What every store promises of keeping a message, once. Knows no store.
import { describe, expect } from "vitest";
import type { Entry } from "../../src/server/store.ts";
import { message } from "./message.ts";
import { isIdReused, type StoreTest, type StoreTraits } from "./store-test.ts";

export function append(test: StoreTest, traits: StoreTraits): void {
  describe("append", () => {
    test("yields the message with its position, and what is read is the same", async ({ store, all }) => {
      const at = Date.now();
      const entry = await store.append(message({ at, text: "hello, wörld 👋" }));
      expect(entry).toEqual({
        ...message({ text: "hello, wörld 👋" }),
        seq: expect.any(Number),
        at: expect.any(Number),
      });
      expect(entry.seq).toBeGreaterThanOrEqual(1);
      expect(Number.isSafeInteger(entry.seq)).toBe(true);
      expect(entry.at).toBeGreaterThanOrEqual(at);
      expect(await all("lobby")).toEqual([entry]);
    });

    test("a repeat keeps nothing, yields the first's entry, and nobody is told again", async ({
      store,
      all,
      isTold,
    }) => {
      const first = await store.append(message({ at: 1000 }));
      expect(await store.append(message({ at: 2000 }))).toEqual(first);
      expect(await store.append(message({ at: 3000 }))).toEqual(first);
      const next = await store.append(message({ id: "2" }));
      expect(await all("lobby")).toEqual([first, next]);
      await isTold([first, next]);
    });

    test("of many repeats at once one is kept, and all yield it", async ({ store, all, isTold }) => {
      const entries = await Promise.all(Array.from({ length: 50 }, () => store.append(message())));
      expect(entries).toEqual(entries.map(() => entries[0]));
      expect(await all("lobby")).toEqual([entries[0]]);
      await isTold([entries[0]!]);
    });

    test("an id reused with another text is refused, and the first stays", async ({ store, all, isTold }) => {
      const first = await store.append(message({ text: "one" }));
      const again = store.append(message({ text: "two" }));
      await expect(again).rejects.toSatisfy(isIdReused);
      expect(await all("lobby")).toEqual([first]);
      await isTold([first]);
    });

    test("of one id with several texts at once one is kept, and the others are refused", async ({
      store,
      all,
      isTold,
    }) => {
      const texts = ["one", "two", "three", "one", "two", "three"];
      const outcomes = await Promise.allSettled(texts.map((text) => store.append(message({ text }))));
      const kept = await all("lobby");
      expect(kept).toHaveLength(1);
      for (const [index, outcome] of outcomes.entries())
        if (texts[index] === kept[0]!.text) expect(outcome).toEqual({ status: "fulfilled", value: kept[0] });
        else expect(outcome).toEqual({ status: "rejected", reason: expect.toSatisfy(isIdReused) });
      await isTold(kept);
    });

    test("a refused one does no harm to those asked for at the same time", async ({ store, all }) => {
      await store.append(message({ text: "one" }));
      const outcomes = await Promise.allSettled([
        store.append(message({ id: "2" })),
        store.append(message({ text: "two" })),
        store.append(message({ id: "3" })),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect((await all("lobby")).map(({ id }) => id)).toEqual(["1", "2", "3"]);
    });

    test("the same id in another room, or from another sender, is another message", async ({
      store,
      all,
    }) => {
      const entries = await Promise.all([
        store.append(message()),
        store.append(message({ room: "kitchen", text: "two" })),
        store.append(message({ from: "Bob", text: "three" })),
      ]);
      expect(await all("lobby")).toEqual([entries[0], entries[2]]);
      expect(await all("kitchen")).toEqual([entries[1]]);
    });

    test("whoever comes back in other letters is the same sender", async ({ store }) => {
      const first = await store.append(message({ from: "Ann" }));
      expect(await store.append(message({ from: "ANN" }))).toEqual(first);
    });

    test("what is asked for in order gets positions in that order", async ({ store, all }) => {
      const ids = Array.from({ length: 300 }, (_, index) => `m${index}`);
      const entries = await Promise.all(ids.map((id) => store.append(message({ id }))));
      for (const [index, entry] of entries.slice(1).entries())
        expect(entry.seq).toBeGreaterThan(entries[index]!.seq);
      expect(await all("lobby")).toEqual(entries);
    });

    test("time never decreases in a room, however the clock is set", async ({ store, all, isTold }) => {
      const now = Date.now();
      const entries: Entry[] = [];
      for (const [index, at] of [now, now + 60_000, now - 60_000, now + 1, now + 90_000].entries()) {
        const entry = await store.append(message({ id: `m${index}`, at }));
        expect(entry.at).toBeGreaterThanOrEqual(
          Math.max(traits.hasOwnClock ? 0 : at, entries.at(-1)?.at ?? 0),
        );
        entries.push(entry);
      }
      expect(await all("lobby")).toEqual(entries);
      await isTold(entries);
    });
  });
}
