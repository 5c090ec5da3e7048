// What a test of a store starts from: an empty one, and short words for what is done with it. Promises nothing.
import { expect, test as base, type TestAPI } from "vitest";
import { seededRandom } from "@socketlab/core";
import type { Entry, RefusalCode } from "../../src/protocol.ts";
import { StoreError, type FileDescription, type Store, type Upload } from "../../src/server/store.ts";

export interface StoreTestOptions {
  readonly limits?: { maxFileBytes?: number; maxTotalBytes?: number; maxFiles?: number };
}

/** One place that keeps files, empty at first. */
export interface Storage {
  /** Opens it: again after it was closed. */
  open(options?: StoreTestOptions): Promise<Store>;
  /** Deletes it, when all that were opened are closed. */
  discard(): Promise<void> | void;
}

interface Fixtures {
  readonly open: (options?: StoreTestOptions) => Promise<Store>;
  readonly store: Store;
  /** Writes a whole file. */
  readonly put: (path: string, content: Uint8Array | string, from?: Store) => Promise<Entry>;
  /** All of a file. */
  readonly get: (path: string, from?: Store) => Promise<Buffer>;
  /** The paths in a folder and below, in order. */
  readonly tree: (from?: Store) => Promise<string[]>;
}

export type StoreTest = TestAPI<Fixtures>;

export function storeTest(create: () => Promise<Storage> | Storage): StoreTest {
  return base.extend<Fixtures>({
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads from the pattern what a fixture needs: nothing
    open: async ({}, use) => {
      const storage = await create();
      const opened: Store[] = [];
      await use(async (options) => {
        const store = await storage.open(options);
        opened.push(store);
        return store;
      });
      for (const store of opened) await store.close();
      await storage.discard();
    },
    store: async ({ open }, use) => use(await open()),
    put: ({ store }, use) => use((path, content, from = store) => putInto(from, path, content)),
    get: ({ store }, use) => use((path, from = store) => getFrom(from, path)),
    tree: ({ store }, use) => use((from = store) => treeOf(from)),
  });
}

export async function putInto(
  store: Store,
  path: string,
  content: Uint8Array | string,
  description?: Partial<FileDescription>,
): Promise<Entry> {
  const bytes = Buffer.from(content);
  const upload = await store.write(path, describeFile(bytes.length, description));
  await writeAll(upload, bytes);
  await upload.finish();
  return store.stat(path);
}

export function describeFile(size: number, rest: Partial<FileDescription> = {}): FileDescription {
  return { size, mtimeMs: 1_700_000_000_123, mode: 0o640, ...rest };
}

async function writeAll(upload: Upload, bytes: Uint8Array): Promise<void> {
  if (bytes.length > 0) await upload.write(bytes, 0);
}

export async function getFrom(store: Store, path: string): Promise<Buffer> {
  const file = await store.open(path);
  try {
    const into = Buffer.alloc(file.size);
    expect(await file.read(into, 0)).toBe(file.size);
    return into;
  } finally {
    await file.close();
  }
}

export async function treeOf(store: Store, path = ""): Promise<string[]> {
  const { entries, more } = await store.list(path, { limit: 1000 });
  expect(more).toBe(false);
  const paths: string[] = [];
  for (const entry of entries) {
    paths.push(entry.kind === "folder" ? `${entry.path}/` : entry.path);
    if (entry.kind === "folder") paths.push(...(await treeOf(store, entry.path)));
  }
  return paths;
}

/** What the store says: a code, and a sentence that names what it is about. */
export async function refusal(asked: Promise<unknown>, about?: string): Promise<RefusalCode> {
  const error: unknown = await asked.then(
    () => "not refused",
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreError)) throw new Error("no StoreError", { cause: error });
  expect(error.message).toMatch(/\w+ \w+/u);
  if (about !== undefined) expect(error.message).toContain(about);
  return error.code;
}

export function noise(length: number, seed = 1): Buffer {
  const random = seededRandom(seed);
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) bytes[at] = Math.floor(random() * 256);
  return bytes;
}
