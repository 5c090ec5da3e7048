// What a store promises when it is closed, when it is opened again, and when several are open at once. Knows no store.
import { describe, expect } from "vitest";
import { StoreError } from "../../src/server/store.ts";
import { message } from "./message.ts";
import { isIdReused, type StoreTest, type StoreTraits } from "./store-test.ts";

export function close(test: StoreTest, traits: StoreTraits): void {
  describe("close", () => {
    test("finishes what was asked before", async ({ store, open, all }) => {
      const asked = Array.from({ length: 50 }, (_, index) => store.append(message({ id: `m${index}` })));
      await store.close();
      const entries = await Promise.all(asked);
      if (!traits.survivesClose) return;
      const again = await open();
      expect(await all("lobby", again.store)).toEqual(entries);
    });

    test("may be asked for again; nothing else may", async ({ store }) => {
      await store.close();
      await store.close();
      await expect(store.append(message())).rejects.toBeInstanceOf(StoreError);
      await expect(store.read("lobby", { limit: 1 })).rejects.toBeInstanceOf(StoreError);
      await expect(store.last("lobby")).rejects.toBeInstanceOf(StoreError);
    });

    if (traits.survivesClose)
      test("what was kept, its ids and its times outlast it", async ({ store, open, all, isTold }) => {
        const late = Date.now() + 60_000;
        const first = await store.append(message({ at: late }));
        await store.close();
        const again = await open();
        expect(await all("lobby", again.store)).toEqual([first]);
        expect(await again.store.append(message())).toEqual(first);
        await expect(again.store.append(message({ text: "two" }))).rejects.toSatisfy(isIdReused);
        const next = await again.store.append(message({ id: "2" }));
        expect(next.seq).toBeGreaterThan(first.seq);
        expect(next.at).toBeGreaterThanOrEqual(traits.hasOwnClock ? first.at : late);
        await isTold([next], again.told);
      });
  });
}

export function shared(test: StoreTest): void {
  describe("shared by two servers", () => {
    test("each follows what both keep, in one order", async ({ store, open, all, isTold }) => {
      const other = await open();
      const entries = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          (index % 2 === 0 ? store : other.store).append(message({ id: `m${index}` })),
        ),
      );
      const inOrder = entries.toSorted((a, b) => a.seq - b.seq);
      await isTold(inOrder);
      await isTold(inOrder, other.told);
      expect(await all("lobby")).toEqual(inOrder);
      expect(await all("lobby", other.store)).toEqual(inOrder);
    });

    test("a repeat at the other server keeps nothing; another text is refused there", async ({
      store,
      open,
      all,
    }) => {
      const other = await open();
      const first = await store.append(message());
      expect(await other.store.append(message())).toEqual(first);
      await expect(other.store.append(message({ text: "two" }))).rejects.toSatisfy(isIdReused);
      const both = await Promise.all([
        store.append(message({ id: "2" })),
        other.store.append(message({ id: "2" })),
      ]);
      expect(both[0]).toEqual(both[1]);
      expect(await all("lobby")).toEqual([first, both[0]]);
    });

    test("time does not decrease where one server's clock is behind", async ({ store, open, all }) => {
      const other = await open();
      const first = await store.append(message({ at: Date.now() + 60_000 }));
      const second = await other.store.append(message({ id: "2" }));
      expect(second.at).toBeGreaterThanOrEqual(first.at);
      expect(await all("lobby")).toEqual([first, second]);
    });
  });
}
