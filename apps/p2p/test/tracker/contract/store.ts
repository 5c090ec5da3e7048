// What every store of a tracker promises, whatever keeps the swarms. Knows no store.
import { realClock, type Clock, type Timer } from "@socketlab/core";
import { describe, expect, test as base } from "vitest";
import type { AnnounceRequest, ScrapeCounts } from "../../../src/tracker/messages.ts";
import { StoreError, type TrackerStore } from "../../../src/tracker/server/store.ts";
import type { SwarmLimits } from "../../../src/tracker/server/swarms.ts";
import { hash, request } from "../wire.ts";

export const EXPIRY_MS = 1000;

export interface StoreTestOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly expiryMs: number;
  readonly limits?: Partial<SwarmLimits>;
}

/** One place that keeps swarms, empty at first. */
export interface Storage {
  /** Opens it: again after it was closed. */
  open(options: StoreTestOptions): Promise<TrackerStore>;
  /** Deletes it, when all that were opened are closed. */
  discard(): void;
}

/** A time that the test sets. */
export class SetClock implements Clock {
  nowMs = 1_000_000;

  now(): number {
    return this.nowMs;
  }

  after(...timer: Parameters<Clock["after"]>): Timer {
    return realClock.after(...timer);
  }
}

interface Fixtures {
  readonly clock: SetClock;
  readonly open: (limits?: Partial<SwarmLimits>) => Promise<TrackerStore>;
  readonly store: TrackerStore;
}

/** @returns the ports of whom it was told. */
export async function visit(
  store: TrackerStore,
  port: number,
  changes: Partial<AnnounceRequest> = {},
  host = "192.0.2.1",
): Promise<number[]> {
  const asked = request({ port, peerId: hash(port), ...changes });
  const { peers } = await store.announce({ host, request: asked, families: [4, 6], maxPeers: 50 });
  return peers.map((peer) => peer.port).toSorted((a, b) => a - b);
}

const counts = (seeds: number, leechers: number, completed: number): ScrapeCounts => ({
  seeds,
  leechers,
  completed,
  downloaders: leechers,
});

export function storeContract(name: string, create: () => Storage): void {
  const test = base.extend<Fixtures>({
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads from the pattern what a fixture needs: nothing
    clock: async ({}, use) => use(new SetClock()),
    open: async ({ clock }, use) => {
      const storage = create();
      const opened: TrackerStore[] = [];
      await use(async (limits = {}) => {
        const store = await storage.open({ clock, random: () => 0.5, expiryMs: EXPIRY_MS, limits });
        opened.push(store);
        return store;
      });
      for (const store of opened) await store.close();
      storage.discard();
    },
    store: async ({ open }, use) => use(await open()),
  });

  describe(name, () => {
    test("tells whoever comes of whoever is there", async ({ store }) => {
      expect(await visit(store, 1)).toEqual([]);
      expect(await visit(store, 2, {}, "2001:db8::1")).toEqual([1]);
      expect(await visit(store, 1)).toEqual([2]);
      expect(await store.scrape(hash(1))).toEqual(counts(0, 2, 0));
      expect(store.size).toEqual({ swarms: 1, peers: 2, seeds: 0 });
    });

    test("knows nothing of a torrent that nobody has announced", async ({ store }) => {
      expect(await store.scrape(hash(1))).toBeUndefined();
    });

    test("forgets who stops, and who is silent too long", async ({ store, clock }) => {
      await visit(store, 1);
      await visit(store, 2);
      await visit(store, 1, { event: "stopped" });
      expect(await visit(store, 3)).toEqual([2]);
      clock.nowMs += EXPIRY_MS;
      expect(await visit(store, 4)).toEqual([]);
    });

    test("counts who has come to have all of it", async ({ store }) => {
      await visit(store, 1);
      await visit(store, 1, { left: 0, event: "completed" });
      expect(await store.scrape(hash(1))).toEqual(counts(1, 0, 1));
    });

    test("refuses what is more than it may keep, in a sentence, and goes on", async ({ open }) => {
      const store = await open({ maxPeers: 1 });
      await visit(store, 1);
      await expect(visit(store, 2)).rejects.toThrow(StoreError);
      await expect(visit(store, 2)).rejects.toThrow(/no room/);
      expect(await visit(store, 1)).toEqual([]);
    });

    test("opened again it knows who was there, what they had, their keys, and how often it was completed", async ({
      open,
    }) => {
      const before = await open();
      await visit(before, 1, { key: 5 });
      await visit(before, 2, { left: 7 }, "2001:db8::1");
      await visit(before, 2, { left: 0, event: "completed" }, "2001:db8::1");
      await visit(before, 3, { event: "paused" });
      await before.close();
      const store = await open();
      expect(await store.scrape(hash(1))).toEqual({ seeds: 1, leechers: 2, completed: 1, downloaders: 1 });
      await visit(store, 1, { key: 6, peerId: hash(9), event: "stopped" });
      expect(await visit(store, 4)).toEqual([1, 2, 3]);
    });

    test("opened again it forgets who is silent too long since their announce, not since then", async ({
      open,
      clock,
    }) => {
      const before = await open();
      await visit(before, 1);
      clock.nowMs += EXPIRY_MS / 2;
      await visit(before, 2);
      await before.close();
      clock.nowMs += EXPIRY_MS / 4;
      const store = await open();
      expect(await store.scrape(hash(1))).toEqual(counts(0, 2, 0));
      clock.nowMs += EXPIRY_MS / 4;
      expect(await store.scrape(hash(1))).toEqual(counts(0, 1, 0));
      clock.nowMs += EXPIRY_MS;
      expect(await store.scrape(hash(1))).toBeUndefined();
    });
  });
}
