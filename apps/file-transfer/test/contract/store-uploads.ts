// What every store promises of files on their way in. Knows no store.
import { describe, expect } from "vitest";
import { describeFile, getFrom, noise, putInto, refusal, type StoreTest } from "./store-test.ts";

export function uploads(test: StoreTest): void {
  describe("an upload", () => {
    test("comes back as it was written: content, size, time and mode", async ({ store, get }) => {
      const content = noise(200_000);
      const entry = await putInto(store, "a/b.bin", content, { mtimeMs: 1_600_000_000_999, mode: 0o600 });
      const expected = {
        path: "a/b.bin",
        kind: "file",
        size: 200_000,
        mtimeMs: 1_600_000_000_999,
        mode: 0o600,
      };
      expect(entry).toEqual(expected);
      expect(await store.stat("a/b.bin")).toEqual(expected);
      expect(await get("a/b.bin")).toEqual(content);
    });

    test("of no bytes is a file", async ({ store, get, put }) => {
      expect(await put("empty", "")).toMatchObject({ kind: "file", size: 0 });
      expect(await get("empty")).toHaveLength(0);
      expect(await store.stat("empty")).toMatchObject({ size: 0 });
    });

    test("may be written in any order, several pieces at once", async ({ store, get }) => {
      const content = noise(1_000_000);
      const upload = await store.write("file", describeFile(content.length));
      expect(upload.size).toBe(content.length);
      const offsets = Array.from({ length: 10 }, (_, index) => index * 100_000).toReversed();
      await Promise.all(offsets.map((at) => upload.write(content.subarray(at, at + 100_000), at)));
      await upload.finish();
      expect(await get("file")).toEqual(content);
    });

    test("is seen by nobody before it is finished, nor are the folders on its way", async ({
      store,
      tree,
    }) => {
      const upload = await store.write("a/b", describeFile(3));
      await upload.write(Buffer.from("abc"), 0);
      expect(await tree()).toEqual([]);
      expect(await refusal(store.stat("a/b"), "a/b")).toBe("not-found");
      expect(await refusal(store.open("a/b"), "a/b")).toBe("not-found");
      await upload.finish();
      expect(await tree()).toEqual(["a/", "a/b"]);
    });

    test("leaves what was there under its name until it is finished, and then takes its place", async ({
      store,
      put,
      get,
    }) => {
      await put("file", "the old one");
      const upload = await store.write("file", describeFile(3));
      await upload.write(Buffer.from("new"), 0);
      expect((await get("file")).toString()).toBe("the old one");
      await upload.finish();
      expect((await get("file")).toString()).toBe("new");
    });

    test("that lacks its end is not finished", async ({ store, tree }) => {
      const upload = await store.write("file", describeFile(10));
      await upload.write(Buffer.from("12345"), 0);
      expect(await refusal(upload.finish(), "file")).toBe("failed");
      expect(await tree()).toEqual([]);
    });

    test("takes nothing beyond its size, and nothing after its end", async ({ store, get }) => {
      const upload = await store.write("file", describeFile(3));
      expect(await refusal(upload.write(Buffer.from("1234"), 0), "file")).toBe("failed");
      expect(await refusal(upload.write(Buffer.from("4"), 3))).toBe("failed");
      expect(await refusal(upload.write(Buffer.from("4"), -1))).toBe("failed");
      await upload.write(Buffer.from("123"), 0);
      await upload.finish();
      expect(await refusal(upload.write(Buffer.from("4"), 0))).toBe("failed");
      expect(await refusal(upload.finish())).toBe("failed");
      await upload.discard();
      await upload.suspend();
      expect((await get("file")).toString()).toBe("123");
    });

    test("that is discarded is gone, and the next one begins anew", async ({ store, tree }) => {
      const upload = await store.write("file", describeFile(3));
      await upload.write(Buffer.from("abc"), 0);
      await upload.discard();
      await upload.discard();
      expect(await tree()).toEqual([]);
      const next = await store.write("file", describeFile(3));
      expect(next.had).toBe(0);
    });
  });

  describe("a suspended upload", () => {
    test("is gone on with by the same description, and what was written can be read", async ({
      store,
      get,
    }) => {
      const content = noise(300_000);
      const first = await store.write("file", describeFile(content.length));
      expect(first.had).toBe(0);
      await first.write(content.subarray(0, 100_000), 0);
      await first.suspend();
      const second = await store.write("file", describeFile(content.length));
      expect(second.had).toBe(100_000);
      const there = Buffer.alloc(100_000);
      expect(await second.read(there, 0)).toBe(100_000);
      expect(there).toEqual(content.subarray(0, 100_000));
      await second.write(content.subarray(100_000), 100_000);
      await second.finish();
      expect(await get("file")).toEqual(content);
      expect((await store.write("file", describeFile(content.length))).had).toBe(0);
    });

    test("may have holes, which read as something, and count up to its last byte", async ({ store, get }) => {
      const content = noise(300_000);
      const first = await store.write("file", describeFile(content.length));
      await first.write(content.subarray(200_000, 250_000), 200_000);
      await first.suspend();
      const second = await store.write("file", describeFile(content.length));
      expect(second.had).toBe(250_000);
      expect(await second.read(Buffer.alloc(200_000), 0)).toBe(200_000);
      await second.write(content.subarray(0, 200_000), 0);
      await second.write(content.subarray(250_000), 250_000);
      await second.finish();
      expect(await get("file")).toEqual(content);
    });

    test("survives the server's end, also if it was not suspended", async ({ open, store }) => {
      const first = await store.write("a/file", describeFile(10));
      await first.write(Buffer.from("12345"), 0);
      await store.close();
      const again = await open();
      expect((await again.write("a/file", describeFile(10))).had).toBe(5);
    });

    test("is not gone on with by another description", async ({ store }) => {
      const first = await store.write("file", describeFile(10));
      await first.write(Buffer.from("12345"), 0);
      await first.suspend();
      for (const [path, description] of [
        ["other", describeFile(10)],
        ["file", describeFile(11)],
        ["file", describeFile(10, { mtimeMs: 1 })],
      ] as const) {
        const other = await store.write(path, description);
        expect(other.had).toBe(0);
        await other.discard();
      }
      expect((await store.write("file", describeFile(10, { mode: 0o600 }))).had).toBe(5);
    });
  });

  describe("two writers of one name", () => {
    test("the second is told; the name is free again when the first has finished, suspended or discarded", async ({
      store,
      get,
    }) => {
      for (const end of ["finish", "suspend", "discard"] as const) {
        const first = await store.write("file", describeFile(3));
        expect(await refusal(store.write("file", describeFile(3)), "file")).toBe("busy");
        expect(await refusal(store.write("file", describeFile(99)), "file")).toBe("busy");
        await first.write(Buffer.from("abc"), 0);
        await first[end]();
        const second = await store.write("file", describeFile(3, { mtimeMs: 5 }));
        await second.write(Buffer.from(end.slice(0, 3)), 0);
        await second.finish();
        expect((await get("file")).toString()).toBe(end.slice(0, 3));
      }
    });

    test("one of those who ask at once gets it", async ({ store }) => {
      const asked = Array.from({ length: 10 }, () => store.write("file", describeFile(3)));
      const outcomes = await Promise.allSettled(asked);
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    });

    test("of different names write at the same time", async ({ store, get }) => {
      const names = Array.from({ length: 50 }, (_, index) => `folder ${index % 5}/file ${index}`);
      await Promise.all(names.map((name, index) => putInto(store, name, noise(1000, index))));
      for (const [index, name] of names.entries()) expect(await get(name)).toEqual(noise(1000, index));
    });
  });

  test("where a folder is no file is written, and below a file no folder is made", async ({
    store,
    put,
    tree,
  }) => {
    await put("folder/file", "abc");
    expect(await refusal(store.write("folder", describeFile(3)), "folder")).toBe("exists");
    expect(await refusal(store.write("", describeFile(3)))).toBe("not-a-file");
    expect(await refusal(store.write("folder/file/x", describeFile(3)), "file")).toBe("exists");
    expect(await refusal(store.makeFolder("folder/file", {}), "folder/file")).toBe("exists");
    expect(await refusal(store.makeFolder("folder/file/x", {}))).toBe("exists");
    expect(await tree()).toEqual(["folder/", "folder/file"]);
  });

  test("what comes under its name while it is on its way is found at its end, and nothing is replaced", async ({
    store,
    tree,
  }) => {
    const upload = await store.write("name", describeFile(3));
    await upload.write(Buffer.from("abc"), 0);
    await store.makeFolder("name", {});
    expect(await refusal(upload.finish(), "name")).toBe("exists");
    expect(await tree()).toEqual(["name/"]);
    expect(await getFrom(store, "name").catch(() => "no file")).toBe("no file");
  });
}
