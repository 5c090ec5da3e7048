import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { CHUNK_BYTES } from "../src/protocol.ts";
import { hashOf as hashInBrowser } from "../src/transfer/hash-browser.ts";
import { hashOf } from "../src/transfer/hash.ts";
import { folderOf, hashOf as addressOf } from "../web/links.ts";
import { Rate } from "../web/rate.ts";
import { durationText, percent, stateWords } from "../web/upload-words.ts";
import type { UploadView } from "../web/upload-view.ts";

const upload: UploadView = {
  id: 1,
  path: "a.bin",
  size: 1000,
  mtimeMs: 0,
  state: "sending",
  sentBytes: 0,
  isKnown: false,
};

describe("the hash in a browser", () => {
  test.each([0, 1, 64, 1024, 1025, 65_537, CHUNK_BYTES - 1, CHUNK_BYTES])(
    "of %i bytes is the one in Node.js, and is nobody else's to change",
    (length) => {
      const data = randomBytes(length);
      const hash = hashInBrowser("blake3", data);
      hashInBrowser("blake3", randomBytes(10));
      expect(Buffer.from(hash)).toEqual(Buffer.from(hashOf("blake3", data)));
    },
  );

  test("is BLAKE3 alone, and says so", () => {
    expect(() => hashInBrowser("sha256", new Uint8Array(1))).toThrow(/BLAKE3 alone/);
  });
});

describe("how an upload stands", () => {
  test("is everything only when everything is there", () => {
    expect(percent({ size: 1000, sentBytes: 999 })).toBe(99);
    expect(percent({ size: 1000, sentBytes: 1000 })).toBe(100);
    expect(stateWords({ ...upload, sentBytes: 1000 })).toBe("is being put on the disk");
  });

  test("is said in a sentence when a person has to do something", () => {
    const missing = { ...upload, state: "missing", sentBytes: 630 } as const;
    expect(stateWords(missing)).toBe("Drop it again and it goes on at 63 %.");
    expect(stateWords({ ...missing, isKnown: true })).toBe("interrupted at 63 %");
    expect(stateWords({ ...upload, state: "refused", why: "it is too large" })).toBe(
      "Not sent: it is too large.",
    );
  });

  test.each([
    [300, "1 s"],
    [43_000, "43 s"],
    [12 * 60_000, "12 min"],
    [(3 * 60 + 5) * 60_000, "3 h 5 min"],
  ])("%i ms left are %s", (ms, text) => expect(durationText(ms)).toBe(text));
});

describe("the rate", () => {
  test("is not known at first, and then that of the last seconds", () => {
    const rate = new Rate();
    rate.add(0, 0);
    rate.add(100, 5000);
    expect(rate.perSecond).toBeUndefined();
    rate.add(1000, 10_000);
    expect(rate.perSecond).toBe(10_000);
    for (let second = 2; second <= 20; second++) rate.add(second * 1000, 10_000 + (second - 1) * 2000);
    expect(rate.perSecond).toBe(2000);
    rate.forget();
    expect(rate.perSecond).toBeUndefined();
  });
});

describe("the address bar", () => {
  test.each(["", "inbox", "a folder/größe & 100 %/#1"])("names %j and is read again", (folder) => {
    expect(folderOf(addressOf(folder))).toBe(folder);
  });

  test("that cannot be read is the top", () => expect(folderOf("#/%E4")).toBe(""));
});
