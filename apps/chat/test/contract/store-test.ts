// What a test of a store starts from: an empty one, and everything that it has told. Promises nothing.
import { UsageError } from "@socketlab/core";
import { expect, test as base, vi, type TestAPI } from "vitest";
import type { Entry, Store } from "../../src/server/store.ts";
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

interface Opened {
  readonly store: Store;
  readonly told: Entry[];
}

interface Fixtures extends Opened {
  /** Again, or one more: `store` and `told` are the first one's. */
  readonly open: () => Promise<Opened>;
  readonly first: Opened;
  readonly all: (room: string, from?: Store) => Promise<Entry[]>;
  /** A store may tell a little later than it answers. */
  readonly isTold: (entries: readonly Entry[], by?: readonly Entry[]) => Promise<void>;
  /** Says so much in the lobby, with another room's messages in between. */
  readonly fill: (count: number) => Promise<Entry[]>;
}

export type StoreTest = TestAPI<Fixtures>;

export function storeTest(create: () => Promise<Storage> | Storage): StoreTest {
  return base.extend<Fixtures>({
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads from the pattern what a fixture needs: nothing
    open: async ({}, use) => {
      const storage = await create();
      const opened: Store[] = [];
      await use(async () => {
        const store = await storage.open();
        opened.push(store);
        const told: Entry[] = [];
        store.follow((entry) => told.push(entry));
        return { store, told };
      });
      for (const store of opened) await store.close();
      await storage.discard();
    },
    first: async ({ open }, use) => use(await open()),
    store: ({ first }, use) => use(first.store),
    told: ({ first }, use) => use(first.told),

    all: ({ store }, use) => use((room, from = store) => from.read(room, { limit: 1000 })),

    isTold: ({ told }, use) =>
      use((entries, by = told) => vi.waitFor(() => expect(by).toEqual(entries), { timeout: 10_000 })),

    fill: ({ store }, use) =>
      use(async (count) => {
        const entries: Entry[] = [];
        for (let index = 0; index < count; index++) {
          entries.push(await store.append(message({ id: `m${index}`, text: `text ${index}` })));
          if (index % 3 === 0) await store.append(message({ room: "kitchen", id: `k${index}` }));
        }
        return entries;
      }),
  });
}

export function isIdReused(error: unknown): boolean {
  return error instanceof UsageError && error.code === "id-reused";
}
