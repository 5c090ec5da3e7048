// What every store promises of files that are read. Knows no store.
import { describe, expect } from "vitest";
import { noise, putInto, refusal, type StoreTest } from "./store-test.ts";

export function reading(test: StoreTest): void {
  describe("an open file", () => {
    test("is read from anywhere, up to its end", async ({ store, put }) => {
      const content = noise(100_000);
      await put("file", content);
      const file = await store.open("file");
      expect(file).toMatchObject({ size: 100_000, entry: { path: "file", size: 100_000 } });
      const into = Buffer.alloc(60_000);
      expect(await file.read(into, 10_000)).toBe(60_000);
      expect(into).toEqual(content.subarray(10_000, 70_000));
      expect(await file.read(into, 90_000)).toBe(10_000);
      expect(into.subarray(0, 10_000)).toEqual(content.subarray(90_000));
      expect(await file.read(into, 100_000)).toBe(0);
      expect(await file.read(into, 200_000)).toBe(0);
      await file.close();
    });

    test("is of one version: all of the old one, or refused, when another takes its place", async ({
      store,
      put,
    }) => {
      await put("file", "old content");
      const file = await store.open("file");
      await put("file", "new");
      const into = Buffer.alloc(11);
      const outcome = await file.read(into, 0).catch((error: unknown) => error);
      if (outcome === 11) expect(into.toString()).toBe("old content");
      else expect(outcome).toMatchObject({ code: "changed" });
      await file.close();
    });

    test("has another version whenever its content is another, and else the same", async ({
      open,
      store,
      put,
    }) => {
      const versionOf = async (from = store): Promise<string> => {
        const file = await from.open("file");
        await file.close();
        return file.version;
      };
      await put("file", "abc");
      const first = await versionOf();
      expect(await versionOf()).toBe(first);
      // The same size and time.
      await put("file", "xyz");
      const second = await versionOf();
      expect(second).not.toBe(first);
      await store.close();
      expect(await versionOf(await open())).toBe(second);
    });

    test("may be read in several places at once, and by several", async ({ store, put }) => {
      const content = noise(500_000);
      await put("file", content);
      const files = await Promise.all([store.open("file"), store.open("file")]);
      const reads = Array.from({ length: 20 }, async (_, index) => {
        const into = Buffer.alloc(25_000);
        await files[index % 2]!.read(into, index * 25_000);
        return into;
      });
      expect(Buffer.concat(await Promise.all(reads))).toEqual(content);
      for (const file of files) await file.close();
    });

    test("that is closed is not read", async ({ store, put }) => {
      await put("file", "abc");
      const file = await store.open("file");
      await file.close();
      await file.close();
      expect(await refusal(file.read(Buffer.alloc(3), 0), "file")).toBe("failed");
    });
  });

  test("what is not there, and what is no file, is not opened", async ({ store, put }) => {
    await put("folder/file", "abc");
    for (const path of ["nothing", "folder/nothing", "nothing/nothing", "folder/file/x"]) {
      expect(await refusal(store.open(path), path), path).toBe("not-found");
      expect(await refusal(store.stat(path), path), path).toBe("not-found");
    }
    expect(await refusal(store.open("folder"), "folder")).toBe("not-a-file");
    expect(await refusal(store.open(""))).toBe("not-a-file");
  });

  test("what was finished is there when it is opened again", async ({ open, store, put, get, tree }) => {
    await put("a/b/file", "abc");
    await store.close();
    const again = await open();
    expect(await tree(again)).toEqual(["a/", "a/b/", "a/b/file"]);
    expect((await get("a/b/file", again)).toString()).toBe("abc");
  });

  test("a store that is closed refuses, and to close it again is harmless", async ({ store, put }) => {
    await put("file", "abc");
    await store.close();
    await store.close();
    expect(await refusal(store.stat("file"))).toBe("failed");
    expect(await refusal(store.list("", { limit: 1 }))).toBe("failed");
    expect(await refusal(putInto(store, "other", "abc"))).toBe("failed");
  });
}
