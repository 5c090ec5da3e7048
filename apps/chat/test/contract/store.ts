// What every store promises, as tests. Knows no store: each brings itself, and says in what it differs.
import { setImmediate as turn } from "node:timers/promises";
import { seededRandom, UsageError } from "@socketlab/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { StoreError, type Entry, type Store } from "../../src/server/store.ts";
import { message } from "./message.ts";

/** One place that keeps messages, empty at first. */
export interface Storage {
  /** Opens it: again after it was closed, or (`isShared`) beside another that is open. */
  open(): Promise<Store> | Store;
  /** Deletes it, when all that were opened are closed. */
  discard(): Promise<void> | void;
}

export interface StoreTraits {
  /** What was kept is there when it is opened again. */
  readonly survivesClose: boolean;
  /** Several may be open at once, and each follows what the others keep. */
  readonly isShared: boolean;
  /** Its messages have the time of a clock of its own, not that of who appends them. Default: no. */
  readonly hasOwnClock?: boolean;
}

export function storeContract(
  name: string,
  traits: StoreTraits,
  create: () => Promise<Storage> | Storage,
): void {
  describe(`${name} keeps the contract of a store`, () => {
    let storage: Storage;
    let store: Store;
    const opened: Store[] = [];

    async function open(): Promise<{ store: Store; told: Entry[] }> {
      const one = await storage.open();
      opened.push(one);
      const told: Entry[] = [];
      one.follow((entry) => told.push(entry));
      return { store: one, told };
    }

    let told: Entry[];
    beforeEach(async () => {
      storage = await create();
      ({ store, told } = await open());
    });
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close();
      await storage.discard();
    });

    describe("append", () => {
      test("yields the message with its position, and what is read is the same", async () => {
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

      test("a repeat keeps nothing, yields the first's entry, and nobody is told again", async () => {
        const first = await store.append(message({ at: 1000 }));
        expect(await store.append(message({ at: 2000 }))).toEqual(first);
        expect(await store.append(message({ at: 3000 }))).toEqual(first);
        const next = await store.append(message({ id: "2" }));
        expect(await all("lobby")).toEqual([first, next]);
        await isTold([first, next]);
      });

      test("of many repeats at once one is kept, and all yield it", async () => {
        const entries = await Promise.all(Array.from({ length: 50 }, () => store.append(message())));
        expect(entries).toEqual(entries.map(() => entries[0]));
        expect(await all("lobby")).toEqual([entries[0]]);
        await isTold([entries[0]!]);
      });

      test("an id reused with another text is refused, and the first stays", async () => {
        const first = await store.append(message({ text: "one" }));
        const again = store.append(message({ text: "two" }));
        await expect(again).rejects.toSatisfy(isIdReused);
        expect(await all("lobby")).toEqual([first]);
        await isTold([first]);
      });

      test("of one id with several texts at once one is kept, and the others are refused", async () => {
        const texts = ["one", "two", "three", "one", "two", "three"];
        const outcomes = await Promise.allSettled(texts.map((text) => store.append(message({ text }))));
        const kept = await all("lobby");
        expect(kept).toHaveLength(1);
        for (const [index, outcome] of outcomes.entries())
          if (texts[index] === kept[0]!.text)
            expect(outcome).toEqual({ status: "fulfilled", value: kept[0] });
          else expect(outcome).toEqual({ status: "rejected", reason: expect.toSatisfy(isIdReused) });
        await isTold(kept);
      });

      test("a refused one does no harm to those asked for at the same time", async () => {
        await store.append(message({ text: "one" }));
        const outcomes = await Promise.allSettled([
          store.append(message({ id: "2" })),
          store.append(message({ text: "two" })),
          store.append(message({ id: "3" })),
        ]);
        expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
        expect((await all("lobby")).map(({ id }) => id)).toEqual(["1", "2", "3"]);
      });

      test("the same id in another room, or from another sender, is another message", async () => {
        const entries = await Promise.all([
          store.append(message()),
          store.append(message({ room: "kitchen", text: "two" })),
          store.append(message({ from: "Bob", text: "three" })),
        ]);
        expect(await all("lobby")).toEqual([entries[0], entries[2]]);
        expect(await all("kitchen")).toEqual([entries[1]]);
      });

      test("whoever comes back in other letters is the same sender", async () => {
        const first = await store.append(message({ from: "Ann" }));
        expect(await store.append(message({ from: "ANN" }))).toEqual(first);
      });

      test("what is asked for in order gets positions in that order", async () => {
        const ids = Array.from({ length: 300 }, (_, index) => `m${index}`);
        const entries = await Promise.all(ids.map((id) => store.append(message({ id }))));
        for (const [index, entry] of entries.slice(1).entries())
          expect(entry.seq).toBeGreaterThan(entries[index]!.seq);
        expect(await all("lobby")).toEqual(entries);
      });

      test("time never decreases in a room, however the clock is set", async () => {
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

    describe("read", () => {
      test("finds nothing in a room in which nothing was said", async () => {
        expect(await all("nowhere")).toEqual([]);
        expect(await store.last("nowhere")).toBe(0);
        expect(await store.read("nowhere", { after: 10, before: 5, limit: 3 })).toEqual([]);
      });

      test("yields the earliest or the latest of a range, always in ascending order", async () => {
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

      test("pages forwards and backwards meet every message once", async () => {
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

      test("last is the position of what was kept most lately, in that room", async () => {
        const entries = await fill(3);
        expect(await store.last("lobby")).toBe(entries[2]!.seq);
        await store.append(message({ room: "kitchen" }));
        expect(await store.last("lobby")).toBe(entries[2]!.seq);
      });
    });

    describe("follow", () => {
      test("tells each message once, in the room's order, whatever is asked at the same time", async () => {
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
        for (const room of rooms)
          expect(told.filter((entry) => entry.room === room)).toEqual(await all(room));
      });

      test("tells nothing that was not kept", async () => {
        await store.append(message());
        await store.append(message({ text: "other" })).catch(() => {});
        const last = await store.append(message({ id: "2" }));
        await vi.waitFor(() => expect(told.at(-1)).toEqual(last), { timeout: 10_000 });
        expect(told).toHaveLength(2);
      });
    });

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

      test("every room is a room of its own", async () => {
        const entries = await Promise.all(words.map((room) => store.append(message({ room, text: room }))));
        for (const [index, room] of words.entries()) {
          expect(entries[index]).toMatchObject({ room, text: room });
          expect(await all(room), JSON.stringify(room)).toEqual([entries[index]]);
          expect(await store.last(room), JSON.stringify(room)).toBe(entries[index]!.seq);
        }
        await vi.waitFor(() => expect(told).toHaveLength(words.length), { timeout: 10_000 });
        expect(new Set(told.map(({ room }) => room))).toEqual(new Set(words));
      });

      test("every id is an id of its own, and every text comes back as it was", async () => {
        const ids = words.map((word) => word.slice(0, 64));
        const ask = (): Promise<Entry[]> =>
          Promise.all(ids.map((id, index) => store.append(message({ id, text: words[index]! }))));
        const entries = await ask();
        expect(entries.map(({ id, text }) => [id, text])).toEqual(ids.map((id, i) => [id, words[i]]));
        expect(await ask()).toEqual(entries);
        expect(await all("lobby")).toEqual(entries);
      });

      test("senders with unusual names are told apart", async () => {
        const names = ["O'Neil", "a.b", "a b", "Зоя", "日本", "x".repeat(32)];
        const entries = await Promise.all(names.map((from) => store.append(message({ from, text: from }))));
        expect(await all("lobby")).toEqual(entries);
        expect(entries.map(({ from }) => from)).toEqual(names);
      });

      test("half a surrogate pair is yielded, told and read alike, and may be repeated", async () => {
        const odd = message({ text: "half \ud83d of it" });
        const entry = await store.append(odd);
        expect(await store.append(odd)).toEqual(entry);
        expect(await all("lobby")).toEqual([entry]);
        await isTold([entry]);
      });

      test("an empty text, and the longest, are kept", async () => {
        const texts = ["", "x".repeat(4096), "\u0800".repeat(1365), '"'.repeat(4096)];
        const entries = await Promise.all(
          texts.map((text, index) => store.append(message({ id: `m${index}`, text }))),
        );
        expect((await all("lobby")).map(({ text }) => text)).toEqual(texts);
        expect(entries.map(({ text }) => text)).toEqual(texts);
      });
    });

    describe("close", () => {
      test("finishes what was asked before", async () => {
        const asked = Array.from({ length: 50 }, (_, index) => store.append(message({ id: `m${index}` })));
        await store.close();
        const entries = await Promise.all(asked);
        if (!traits.survivesClose) return;
        const again = await open();
        expect(await all("lobby", again.store)).toEqual(entries);
      });

      test("may be asked for again; nothing else may", async () => {
        await store.close();
        await store.close();
        await expect(store.append(message())).rejects.toBeInstanceOf(StoreError);
        await expect(store.read("lobby", { limit: 1 })).rejects.toBeInstanceOf(StoreError);
        await expect(store.last("lobby")).rejects.toBeInstanceOf(StoreError);
      });

      if (traits.survivesClose)
        test("what was kept, its ids and its times outlast it", async () => {
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

    if (traits.isShared)
      describe("shared by two servers", () => {
        test("each follows what both keep, in one order", async () => {
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

        test("a repeat at the other server keeps nothing; another text is refused there", async () => {
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

        test("time does not decrease where one server's clock is behind", async () => {
          const other = await open();
          const first = await store.append(message({ at: Date.now() + 60_000 }));
          const second = await other.store.append(message({ id: "2" }));
          expect(second.at).toBeGreaterThanOrEqual(first.at);
          expect(await all("lobby")).toEqual([first, second]);
        });
      });

    function all(room: string, from: Store = store): Promise<Entry[]> {
      return from.read(room, { limit: 1000 });
    }

    /** A store may tell a little later than it answers. */
    function isTold(entries: readonly Entry[], by: readonly Entry[] = told): Promise<void> {
      return vi.waitFor(() => expect(by).toEqual(entries), { timeout: 10_000 });
    }

    /** Says so much in the lobby, with another room's messages in between. */
    async function fill(count: number): Promise<Entry[]> {
      const entries: Entry[] = [];
      for (let index = 0; index < count; index++) {
        entries.push(await store.append(message({ id: `m${index}`, text: `text ${index}` })));
        if (index % 3 === 0) await store.append(message({ room: "kitchen", id: `k${index}` }));
      }
      return entries;
    }
  });
}

function isIdReused(error: unknown): boolean {
  return error instanceof UsageError && error.code === "id-reused";
}
