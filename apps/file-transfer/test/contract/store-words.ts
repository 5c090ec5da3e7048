// What every store promises of names that `parsePath` lets through. Knows no store.
import { describe, expect } from "vitest";
import { parsePath } from "../../src/paths.ts";
import type { StoreTest } from "./store-test.ts";

/** In many scripts, and such as mean something to one program or another. */
export const hostileNames = [
  "日本語の写真",
  "Привет, мир",
  "مرحبا",
  "שלום",
  "नमस्ते",
  "ไทย",
  "한글",
  "Ελληνικά",
  "Ünïcödé",
  "👩‍👩‍👧‍👦",
  "می‌خواهم",
  "é",
  "ⅷ",
  "ﬃ",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "*",
  ">",
  "a.*",
  "$(touch x)",
  "`touch x`",
  "; rm -rf x",
  "-rf",
  "--help",
  "~",
  "~root",
  "%2e%2e",
  "..%2f",
  "...a",
  "..a",
  ".hidden",
  "a'b",
  'a"b',
  "a|b",
  "a?b#c",
  "a&b=c",
  "ab:c",
  "a b",
  " a",
  "a\u00a0b",
  "+",
  "\ufffd",
  "incoming",
  "lock",
  ".socketlab2",
  "n".repeat(255),
  "é".repeat(127),
];

export function words(test: StoreTest): void {
  describe("hostile names", () => {
    test("are files of their own, and come back as they were", async ({ put, get, tree, store }) => {
      const names = hostileNames.filter((name) => parsePath(name) === name);
      expect(names).toHaveLength(hostileNames.length);
      for (const name of names) await put(name, `content of ${name}`);
      for (const name of names) expect((await get(name)).toString(), name).toBe(`content of ${name}`);
      expect(await tree()).toEqual(names.toSorted((a, b) => (a < b ? -1 : 1)));
      for (const name of names) expect(await store.remove(name, { recursive: false }), name).toBe(1);
      expect(await tree()).toEqual([]);
    });

    test("are folders of their own", async ({ put, get, store }) => {
      for (const name of hostileNames) await put(`${name}/${name}`, `content of ${name}`);
      for (const name of hostileNames)
        expect((await get(`${name}/${name}`)).toString(), name).toBe(`content of ${name}`);
      for (const name of hostileNames) expect(await store.remove(name, { recursive: true }), name).toBe(2);
    });

    test("as deep and as long as a path may be, are kept", async ({ put, get, store }) => {
      const deep = Array.from({ length: 64 }, (_, index) => `${index}`).join("/");
      const long = Array.from({ length: 15 }, () => "n".repeat(255)).join("/");
      for (const path of [deep, long]) {
        expect(parsePath(path)).toBe(path);
        await put(path, "deep");
        expect((await get(path)).toString()).toBe("deep");
        expect(await store.remove(path.split("/")[0]!, { recursive: true })).toBe(path.split("/").length);
      }
    });
  });
}
