// A folder that is served in a test, and where its ways out would lead. Knows no promise.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, type TestAPI } from "vitest";
import { openFolderStore, type FolderStoreOptions } from "../src/server/folder-store.ts";
import type { Store } from "../src/server/store.ts";

interface Fixtures {
  /** Holds what follows. */
  readonly top: string;
  /** The folder that is served. */
  readonly served: string;
  /** Where no way may lead. */
  readonly outside: string;
  readonly open: (options?: FolderStoreOptions) => Promise<Store>;
  /** The files in which uploads wait. */
  readonly leftovers: () => string[];
}

export function folderTest(): TestAPI<Fixtures> {
  return base.extend<Fixtures>({
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads from the pattern what a fixture needs: nothing
    top: async ({}, use) => {
      const top = mkdtempSync(join(tmpdir(), "file-transfer-"));
      await use(top);
      rmSync(top, { recursive: true, force: true });
    },
    served: ({ top }, use) => use(make(join(top, "served"))),
    outside: ({ top }, use) => use(make(join(top, "outside"))),
    open: async ({ served }, use) => {
      const opened: Store[] = [];
      await use(async (options) => {
        const store = await openFolderStore(served, options);
        opened.push(store);
        return store;
      });
      for (const store of opened) await store.close();
    },
    leftovers: ({ served }, use) => use(() => readdirSync(join(served, ".socketlab", "incoming"))),
  });
}

function make(path: string): string {
  mkdirSync(path);
  return path;
}
