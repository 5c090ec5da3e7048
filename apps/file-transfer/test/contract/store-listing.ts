// What every store promises of lists. Knows no store.
import { describe, expect } from "vitest";
import type { Store } from "../../src/server/store.ts";
import { refusal, type StoreTest } from "./store-test.ts";

/** Page by page, each after the last one's last entry. */
async function pages(store: Store, path: string, limit: number): Promise<string[][]> {
  const all: string[][] = [];
  for (let after: string | undefined; ;) {
    const { entries, more } = await store.list(path, { limit, ...(after !== undefined && { after }) });
    all.push(entries.map((entry) => entry.path));
    if (!more) return all;
    expect(entries).toHaveLength(limit);
    after = entries.at(-1)!.path;
  }
}

export function listing(test: StoreTest): void {
  describe("a list", () => {
    test("names what is directly in a folder, with size, time and mode", async ({ store, put }) => {
      await put("a/file", "abc");
      await store.makeFolder("a/folder", { mtimeMs: 1_500_000_000_000, mode: 0o700 });
      await put("b", "");
      expect(await store.list("a", { limit: 10 })).toEqual({
        entries: [
          { path: "a/file", kind: "file", size: 3, mtimeMs: 1_700_000_000_123, mode: 0o640 },
          { path: "a/folder", kind: "folder", size: 0, mtimeMs: 1_500_000_000_000, mode: 0o700 },
        ],
        more: false,
      });
      expect((await store.list("", { limit: 10 })).entries.map(({ path }) => path)).toEqual(["a", "b"]);
    });

    test("of nothing is empty", async ({ store }) => {
      expect(await store.list("", { limit: 10 })).toEqual({ entries: [], more: false });
    });

    test("of what is no folder is refused", async ({ store, put }) => {
      await put("file", "abc");
      expect(await refusal(store.list("nothing", { limit: 10 }), "nothing")).toBe("not-found");
      expect(await refusal(store.list("file", { limit: 10 }), "file")).toBe("not-found");
    });

    test("comes in pages, in the order of the names, and says whether there is more", async ({
      store,
      put,
    }) => {
      const names = ["b", "a", "B", "ä", "z", "10", "9", "日本", "a b", "a-b", "aa", "💡", "ﬀ"];
      for (const name of names) await put(`f/${name}`, name);
      const expected = names.map((name) => `f/${name.normalize("NFC")}`).toSorted((a, b) => (a < b ? -1 : 1));
      for (const limit of [1, 2, 3, 5, names.length - 1, names.length, names.length + 1]) {
        const found = await pages(store, "f", limit);
        expect(found.flat(), `in pages of ${limit}`).toEqual(expected);
        expect(found).toHaveLength(Math.ceil(names.length / limit));
      }
    });

    test("goes on after what is gone meanwhile, and names what has come", async ({ store, put }) => {
      for (const name of ["a", "c", "d", "e"]) await put(name, name);
      const first = await store.list("", { limit: 2 });
      expect(first.entries.map(({ path }) => path)).toEqual(["a", "c"]);
      await store.remove("c", { recursive: false });
      await store.remove("d", { recursive: false });
      await put("cc", "new");
      const second = await store.list("", { limit: 2, after: "c" });
      expect(second).toMatchObject({ entries: [{ path: "cc" }, { path: "e" }], more: false });
    });
  });
}
