// A batch of small files on its way: comes back as it was put in, and whatever else comes is refused in a sentence.
import { ProtocolError, seededRandom, UsageError } from "@socketlab/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BATCH_BYTES, MAX_BATCH_FILES, SMALL_BYTES } from "../../src/protocol.ts";
import { batchedBytes, BatchWriter, isIntact, readBatch } from "../../src/transfer/batch.ts";
import { contentOf } from "./ends.ts";

interface File {
  readonly path: string;
  readonly mtimeMs: number;
  readonly mode: number;
  readonly content: Uint8Array;
}

async function batchOf(files: readonly File[]): Promise<BatchWriter> {
  const batch = new BatchWriter(new Uint8Array(BATCH_BYTES), "blake3");
  for (const { content, ...rest } of files)
    await batch.add({ ...rest, size: content.length }, async (into) => into.set(content));
  return batch;
}

const file = fc.record({
  path: fc.string({ unit: "binary", maxLength: 300 }).filter((text) => text.isWellFormed()),
  mtimeMs: fc.double({ noNaN: true, noDefaultInfinity: true }),
  mode: fc.integer({ min: 0, max: 0o777 }),
  content: fc.uint8Array({ maxLength: 2000 }),
});

test("files come back as they were put in, whatever their names and times", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 20 }), async (files) => {
      const { files: bytes, count } = await batchOf(files);
      expect(count).toBe(files.length);
      expect(bytes.length).toBe(
        files.reduce((sum, { path, content }) => sum + batchedBytes(path, content.length), 0),
      );
      const read = readBatch(bytes);
      expect(read.map(({ path, mtimeMs, mode }) => ({ path, mtimeMs, mode }))).toEqual(
        files.map(({ path, mtimeMs, mode }) => ({ path, mtimeMs, mode })),
      );
      for (const [at, one] of read.entries()) {
        expect(Buffer.compare(one.data, files[at]!.content)).toBe(0);
        expect(isIntact("blake3", one)).toBe(true);
      }
    }),
  );
});

test("any flipped bit of a file's content or hash is noticed", async () => {
  const random = seededRandom(7);
  const [content, path] = [contentOf(1000, random), "a/name"];
  const { files: bytes } = await batchOf([{ path, mtimeMs: 1, mode: 0o644, content }]);
  const hashAt = bytes.length - content.length - Buffer.byteLength(path) - 32;
  for (let times = 0; times < 200; times++) {
    const changed = Uint8Array.from(bytes);
    const inContent = bytes.length - 1 - Math.floor(random() * content.length);
    const at = times % 2 === 0 ? inContent : hashAt + Math.floor(random() * 32);
    changed[at]! ^= 1 << Math.floor(random() * 8);
    expect(isIntact("blake3", readBatch(changed)[0]!)).toBe(false);
    expect(isIntact("none", readBatch(changed)[0]!)).toBe(true);
  }
});

test("whatever bytes come, they are files of a bounded size or refused", async () => {
  const { files: right } = await batchOf(
    ["a", "b/c", ""].map((path) => ({ path, mtimeMs: 5, mode: 0o600, content: new Uint8Array(40).fill(3) })),
  );
  const near = fc.array(fc.tuple(fc.nat(right.length - 1), fc.nat(255)), { maxLength: 6 }).map((changes) => {
    const bytes = Uint8Array.from(right);
    for (const [at, byte] of changes) bytes[at] = byte;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 500 }), near), fc.nat(60), (bytes, cut) => {
      try {
        const files = readBatch(bytes.subarray(0, Math.max(0, bytes.length - cut)));
        expect(files.length).toBeLessThanOrEqual(MAX_BATCH_FILES);
        for (const { data, mode, mtimeMs } of files) {
          expect(data.length).toBeLessThanOrEqual(SMALL_BYTES);
          expect(mode).toBeLessThanOrEqual(0o777);
          expect(mtimeMs).toSatisfy(Number.isFinite);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
  );
});

test.each([
  ["one more file than a batch may have", Array.from({ length: MAX_BATCH_FILES + 1 }, () => 0)],
  ["more bytes than a batch may have", Array.from({ length: 8 }, () => SMALL_BYTES)],
  ["a file that is not small", [SMALL_BYTES + 1]],
])("%s has no room", async (_what, sizes) => {
  const files = sizes.map((size, at) => ({
    path: `${at}`,
    mtimeMs: 0,
    mode: 0,
    content: new Uint8Array(size),
  }));
  await expect(batchOf(files)).rejects.toThrow(UsageError);
  await batchOf(files.slice(0, -1));
});

test("a file that cannot be read leaves no trace", async () => {
  const batch = await batchOf([{ path: "a", mtimeMs: 0, mode: 0, content: new Uint8Array(3) }]);
  const before = Uint8Array.from(batch.files);
  const gone = new Error("gone");
  const added = batch.add({ path: "b", size: 100, mtimeMs: 0, mode: 0 }, () => Promise.reject(gone));
  await expect(added).rejects.toBe(gone);
  expect(Buffer.compare(batch.files, before)).toBe(0);
});
