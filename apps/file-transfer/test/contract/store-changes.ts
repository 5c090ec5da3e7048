// What every store promises of folders that are made, and of what is removed. Knows no store.
import { describe, expect } from "vitest";
import { describeFile, refusal, type StoreTest } from "./store-test.ts";

export function changes(test: StoreTest): void {
  describe("a folder", () => {
    test("is made with those on its way, and to make it again sets what is given", async ({
      store,
      tree,
    }) => {
      await store.makeFolder("a/b/c", {});
      expect(await tree()).toEqual(["a/", "a/b/", "a/b/c/"]);
      await store.makeFolder("a/b", { mtimeMs: 1_400_000_000_000, mode: 0o750 });
      const made = { path: "a/b", kind: "folder", size: 0, mtimeMs: 1_400_000_000_000, mode: 0o750 };
      expect(await store.stat("a/b")).toEqual(made);
      await store.makeFolder("a/b", {});
      expect(await store.stat("a/b")).toEqual(made);
      await store.makeFolder("", {});
      expect(await store.stat("")).toMatchObject({ path: "", kind: "folder" });
    });
  });

  describe("to remove", () => {
    test("a file removes it alone", async ({ store, put, tree }) => {
      await put("a/one", "1");
      await put("a/two", "2");
      expect(await store.remove("a/one", { recursive: false })).toBe(1);
      expect(await tree()).toEqual(["a/", "a/two"]);
      expect(await store.remove("a/two", { recursive: true })).toBe(1);
      expect(await tree()).toEqual(["a/"]);
    });

    test("a folder with something in it needs to be asked for, and says how many are gone", async ({
      store,
      put,
      tree,
    }) => {
      await put("a/b/file", "1");
      await put("a/b/c/file", "2");
      await put("other", "3");
      expect(await refusal(store.remove("a", { recursive: false }), "a")).toBe("not-empty");
      expect(await tree()).toEqual(["a/", "a/b/", "a/b/c/", "a/b/c/file", "a/b/file", "other"]);
      expect(await store.remove("a", { recursive: true })).toBe(5);
      expect(await tree()).toEqual(["other"]);
    });

    test("an empty folder needs nothing", async ({ store, tree }) => {
      await store.makeFolder("a/b", {});
      expect(await store.remove("a/b", { recursive: false })).toBe(1);
      expect(await tree()).toEqual(["a/"]);
    });

    test("what is not there, or all, is refused", async ({ store, put, tree }) => {
      await put("file", "1");
      expect(await refusal(store.remove("nothing", { recursive: true }), "nothing")).toBe("not-found");
      expect(await refusal(store.remove("file/x", { recursive: true }))).toBe("not-found");
      expect(await refusal(store.remove("", { recursive: true }))).toBe("not-allowed");
      expect(await tree()).toEqual(["file"]);
    });

    test("does not touch what is on its way to the same place", async ({ store, put, tree }) => {
      await put("a/old", "1");
      const upload = await store.write("a/new", describeFile(1));
      await upload.write(Buffer.from("2"), 0);
      expect(await store.remove("a", { recursive: true })).toBe(2);
      await upload.finish();
      expect(await tree()).toEqual(["a/", "a/new"]);
    });
  });
}
