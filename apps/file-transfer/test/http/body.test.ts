import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { expect, test } from "vitest";
import { readRange } from "../../src/server/http/body.ts";
import { StoreError } from "../../src/server/store.ts";
import type { Source } from "../../src/transfer/ends.ts";
import { randomBytes } from "./serving.ts";

const bytes = randomBytes(2_000_000);

/** Reads no more than `most` bytes at a time. */
function sourceOf(content: Uint8Array, most = Infinity): Source {
  return {
    size: content.length,
    read: (into, offset) => {
      const part = content.subarray(offset, offset + Math.min(into.length, most));
      into.set(part);
      return Promise.resolve(part.length);
    },
  };
}

test("a block is not filled again while it is still to be written", async () => {
  const written: Buffer[] = [];
  // Takes several chunks before it asks to wait, and looks at each only later.
  const slow = new Writable({
    highWaterMark: 10_000_000,
    write: (chunk: Buffer, _encoding, callback) => {
      setTimeout(() => {
        written.push(Buffer.from(chunk));
        callback();
      }, 1);
    },
  });
  await pipeline(readRange(sourceOf(bytes, 100_000), { first: 5, last: 1_900_000 }, slow), slow);
  expect(Buffer.concat(written).equals(bytes.subarray(5, 1_900_001))).toBe(true);
});

test("a source that ends too soon is an error, and no endless loop", async () => {
  const sink = new Writable({ write: (_chunk, _encoding, callback) => callback() });
  const reading = pipeline(readRange(sourceOf(bytes.subarray(0, 100)), { first: 0, last: 199 }, sink), sink);
  await expect(reading).rejects.toBeInstanceOf(StoreError);
});
