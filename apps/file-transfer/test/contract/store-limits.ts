// What every store promises of its limits: refused before anything is written, and counted through all that happens.
import { describe, expect } from "vitest";
import { describeFile, putInto, refusal, treeOf, type StoreTest } from "./store-test.ts";

export function limits(test: StoreTest): void {
  describe("limits", () => {
    test("of one file's size", async ({ open }) => {
      const store = await open({ limits: { maxFileBytes: 10 } });
      expect(await refusal(store.write("a/b", describeFile(11)), "a/b")).toBe("too-large");
      await putInto(store, "a/c", "0123456789");
      expect(await treeOf(store)).toEqual(["a/", "a/c"]);
    });

    test("of all files' size, with those on their way", async ({ open }) => {
      const store = await open({ limits: { maxTotalBytes: 100 } });
      await putInto(store, "one", Buffer.alloc(40));
      const second = await store.write("two", describeFile(40));
      expect(await refusal(store.write("three", describeFile(21)), "three")).toBe("too-large");
      await second.discard();
      const third = await store.write("three", describeFile(60));
      await third.write(Buffer.alloc(10), 0);
      await third.suspend();
      // What was written of it still counts, and what was not does not.
      expect(await refusal(store.write("four", describeFile(51)), "four")).toBe("too-large");
      await (await store.write("four", describeFile(50))).discard();
      await store.remove("one", { recursive: false });
      const again = await store.write("three", describeFile(60));
      expect(again.had).toBe(10);
      await again.write(Buffer.alloc(60), 0);
      await again.finish();
      expect(await refusal(store.write("four", describeFile(41)), "four")).toBe("too-large");
      await putInto(store, "four", Buffer.alloc(40));
      await putInto(store, "empty", "");
    });

    test("count a file that is replaced twice only until it is", async ({ open }) => {
      const store = await open({ limits: { maxTotalBytes: 100, maxFiles: 1 } });
      for (let count = 0; count < 5; count++) await putInto(store, "one", Buffer.alloc(50, count));
      expect(await refusal(store.write("one", describeFile(51)), "one")).toBe("too-large");
      expect(await refusal(store.write("two", describeFile(1)), "two")).toBe("too-many");
    });

    test("of the number of files and folders", async ({ open }) => {
      const store = await open({ limits: { maxFiles: 4 } });
      await putInto(store, "a/one", "1");
      const second = await store.write("a/two", describeFile(1));
      expect(await refusal(store.write("b/three", describeFile(1)), "b/three")).toBe("too-many");
      expect(await refusal(store.makeFolder("b/c", {}), "b/c")).toBe("too-many");
      await store.makeFolder("b", {});
      expect(await refusal(store.write("three", describeFile(1)), "three")).toBe("too-many");
      await second.discard();
      await putInto(store, "three", "3");
      expect(await store.remove("a", { recursive: true })).toBe(2);
      await store.makeFolder("c/d", {});
      expect(await refusal(store.makeFolder("e", {}))).toBe("too-many");
      expect(await treeOf(store)).toEqual(["b/", "c/", "c/d/", "three"]);
    });

    test("are counted anew when it is opened again, with what was suspended", async ({ open }) => {
      const first = await open({ limits: { maxTotalBytes: 100, maxFiles: 4 } });
      await putInto(first, "a/one", Buffer.alloc(40));
      const upload = await first.write("a/two", describeFile(30));
      await upload.write(Buffer.alloc(20), 0);
      await first.close();
      const store = await open({ limits: { maxTotalBytes: 100, maxFiles: 4 } });
      expect(await refusal(store.write("three", describeFile(41)))).toBe("too-large");
      await putInto(store, "three", Buffer.alloc(40));
      expect(await refusal(store.write("four", describeFile(0)))).toBe("too-many");
      const again = await store
        .write("a/two", describeFile(30, { mtimeMs: 1_700_000_000_123 }))
        .catch(() => undefined);
      // It lacks 10 bytes, and there are none left.
      expect(again).toBeUndefined();
    });
  });
}
