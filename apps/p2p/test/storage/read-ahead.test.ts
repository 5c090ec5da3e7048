// What reading ahead promises: the same bytes, far fewer reads, bounded memory, and no failure remembered.
import fc from "fast-check";
import { expect, test } from "vitest";
import { ReadAhead } from "../../src/storage/read-ahead.ts";

const PIECE_BYTES = 700_000;

function byteAt(piece: number, at: number): number {
  return (piece * 31 + at * 7 + (at >> 8)) & 0xff;
}

function part(piece: number, begin: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => byteAt(piece, begin + index));
}

test("any part is what a read of it alone would be", async () => {
  const ahead = new ReadAhead(
    async (...where) => part(...where),
    () => PIECE_BYTES,
  );
  const where = fc.tuple(fc.nat(3), fc.nat(PIECE_BYTES - 1), fc.integer({ min: 1, max: 20_000 }));
  await fc.assert(
    fc.asyncProperty(where, async ([piece, begin, wanted]) => {
      const length = Math.min(wanted, PIECE_BYTES - begin);
      expect(await ahead.readBlock(piece, begin, length)).toEqual(part(piece, begin, length));
    }),
    { numRuns: 50 },
  );
});

test("the blocks of a piece in a row are few reads, and those of as many pieces as may be are remembered", async () => {
  let reads = 0;
  const ahead = new ReadAhead(
    async (_piece, _begin, length) => {
      reads++;
      return new Uint8Array(length);
    },
    () => 1024 * 1024,
  );
  for (let begin = 0; begin < 1024 * 1024; begin += 16_384) await ahead.readBlock(1, begin, 16_384);
  expect(reads).toBe(16);
  await ahead.readBlock(1, 0, 16_384);
  expect(reads).toBe(16);
  for (let piece = 2; piece < 40; piece++) await ahead.readBlock(piece, 0, 16_384);
  await ahead.readBlock(1, 0, 16_384);
  expect(reads).toBe(16 + 38 + 1);
});

test("what failed is read again, and what is to be forgotten is", async () => {
  let fails = true;
  let reads = 0;
  const ahead = new ReadAhead(
    async (_piece, _begin, length) => {
      reads++;
      if (fails) throw new Error("not there");
      return new Uint8Array(length);
    },
    () => PIECE_BYTES,
  );
  await expect(ahead.readBlock(0, 0, 100)).rejects.toThrow("not there");
  fails = false;
  await ahead.readBlock(0, 0, 100);
  ahead.forget(0);
  await ahead.readBlock(0, 100, 100);
  expect(reads).toBe(3);
});
