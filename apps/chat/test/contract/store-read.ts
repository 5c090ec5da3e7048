// What every store promises of reading what it keeps, and of telling it to those who follow. Knows no store.
import { setImmediate as turn } from "node:timers/promises";
import { seededRandom } from "@socketlab/core";
import { describe, expect, vi } from "vitest";
import type { Entry, Store } from "../../src/server/store.ts";
import { message } from "./message.ts";
import type { StoreTest } from "./store-test.ts";

export function read(test: StoreTest): void {
  describe("read", () => {
    test("finds nothing in a room in which nothing was said", async ({ store, all }) => {
      expect(await all("nowhere")).toEqual([]);
      expect(await store.last("nowhere")).toBe(0);
      expect(await store.read("nowhere", { after: 10, before: 5, limit: 3 })).toEqual([]);
    });

    test("yields the earliest or the latest of a range, always in ascending order", async ({
      store,
      fill,
    }) => {
      const entries = await fill(20);
      const { seq: after } = entries[3]!;
      const { seq: before } = entries[15]!;
      const inside = entries.slice(4, 15);
      const cases: [Parameters<Store["read"]>[1], Entry[]][] = [
        [{ limit: 100 }, entries],
        [{ limit: 5 }, entries.slice(0, 5)],
        [{ limit: 5, latest: true }, entries.slice(-5)],
        [{ after, limit: 100 }, entries.slice(4)],
        [{ after, limit: 3 }, entries.slice(4, 7)],
        [{ after, limit: 3, latest: true }, entries.slice(-3)],
        [{ before, limit: 100 }, entries.slice(0, 15)],
        [{ before, limit: 3 }, entries.slice(0, 3)],
        [{ before, limit: 3, latest: true }, entries.slice(12, 15)],
        [{ after, before, limit: 100 }, inside],
        [{ after, before, limit: 2 }, inside.slice(0, 2)],
        [{ after, before, limit: 2, latest: true }, inside.slice(-2)],
        [{ after: 0, limit: 1 }, entries.slice(0, 1)],
        [{ after: entries.at(-1)!.seq, limit: 5 }, []],
        [{ after: Number.MAX_SAFE_INTEGER, limit: 5 }, []],
        [{ before: 0, limit: 5, latest: true }, []],
        [{ before: entries[0]!.seq, limit: 5, latest: true }, []],
        [{ before: Number.MAX_SAFE_INTEGER, limit: 1, latest: true }, entries.slice(-1)],
      ];
      for (const [range, expected] of cases)
        expect(await store.read("lobby", range), JSON.stringify(range)).toEqual(expected);
    });

    test("pages forwards and backwards meet every message once", async ({ store, fill }) => {
      const entries = await fill(23);
      const forwards: Entry[] = [];
      for (let page; page === undefined || page.length > 0; forwards.push(...page))
        page = await store.read("lobby", { after: forwards.at(-1)?.seq ?? 0, limit: 5 });
      expect(forwards).toEqual(entries);

      const backwards: Entry[] = [];
      for (let page; page === undefined || page.length > 0; backwards.unshift(...page)) {
        const before = backwards[0]?.seq;
        page = await store.read("lobby", { ...(before && { before }), limit: 5, latest: true });
      }
      expect(backwards).toEqual(entries);
    });

    test("last is the position of what was kept most lately, in that room", async ({ store, fill }) => {
      const entries = await fill(3);
      expect(await store.last("lobby")).toBe(entries[2]!.seq);
      await store.append(message({ room: "kitchen" }));
      expect(await store.last("lobby")).toBe(entries[2]!.seq);
    });
  });
}

export function follow(test: StoreTest): void {
  describe("follow", () => {
    test("tells each message once, in the room's order, whatever is asked at the same time", async ({
      store,
      told,
      all,
    }) => {
      const random = seededRandom(3);
      const rooms = ["lobby", "kitchen", "attic"];
      const asked: Promise<Entry>[] = [];
      for (let round = 0; round < 400; round++) {
        const room = rooms[Math.floor(random() * rooms.length)]!;
        // Few ids, so that many are repeats.
        const id = `m${Math.floor(random() * 60)}`;
        const from = `P${Math.floor(random() * 4)}`;
        asked.push(store.append(message({ room, from, id })));
        if (random() < 0.05) await turn();
      }
      const yielded = await Promise.all(asked);
      const distinct = new Set(yielded.map(({ seq, room }) => `${room} ${seq}`));
      await vi.waitFor(() => expect(told).toHaveLength(distinct.size), { timeout: 10_000 });
      for (const room of rooms) expect(told.filter((entry) => entry.room === room)).toEqual(await all(room));
    });

    test("tells nothing that was not kept", async ({ store, told }) => {
      await store.append(message());
      await store.append(message({ text: "other" })).catch(() => {});
      const last = await store.append(message({ id: "2" }));
      await vi.waitFor(() => expect(told.at(-1)).toEqual(last), { timeout: 10_000 });
      expect(told).toHaveLength(2);
    });
  });
}
