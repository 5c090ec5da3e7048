// Which bytes of which files a piece is: every byte of the torrent is in one place, and in no other. No disk.
import fc from "fast-check";
import { expect, test } from "vitest";
import { UsageError } from "@socketlab/core";
import { Layout } from "../../src/storage/layout.ts";
import { torrentOf } from "./torrents.ts";

const shapes = fc.record({
  lengths: fc
    .array(fc.oneof(fc.constant(0), fc.nat(10), fc.nat(300)), { minLength: 1, maxLength: 12 })
    .filter((lengths) => lengths.some((length) => length > 0)),
  pieceLength: fc.integer({ min: 1, max: 128 }),
});
const torrentFrom = ({ lengths, pieceLength }: { lengths: number[]; pieceLength: number }) =>
  torrentOf(
    lengths.map((length, index) => ({ path: `f${index}`, length })),
    pieceLength,
  );

test("the spans of all pieces are every byte of every file once, in order", () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const torrent = torrentFrom(shape);
      const layout = new Layout(torrent.info);
      const found = shape.lengths.map(() => 0);
      for (let piece = 0; piece < torrent.info.pieceCount; piece++) {
        let at = 0;
        for (const span of layout.spans(piece)) {
          expect(span.at).toBe(at);
          expect(span.offset).toBe(found[span.file]);
          expect(span.length).toBeGreaterThan(0);
          found[span.file]! += span.length;
          at += span.length;
        }
        expect(at).toBe(layout.bytesOf(piece));
      }
      expect(found).toEqual(shape.lengths);
    }),
  );
});

test("any part of a piece is found in the files as it is in the torrent", () => {
  fc.assert(
    fc.property(shapes, fc.nat(), fc.nat(), fc.nat(), (shape, some, from, count) => {
      const torrent = torrentFrom(shape);
      const layout = new Layout(torrent.info);
      const piece = some % torrent.info.pieceCount;
      const begin = from % (layout.bytesOf(piece) + 1);
      const length = count % (layout.bytesOf(piece) - begin + 1);
      const parts = layout
        .spans(piece, begin, length)
        .map((span) => torrent.file(span.file).subarray(span.offset, span.offset + span.length));
      expect(Buffer.concat(parts)).toEqual(torrent.piece(piece).subarray(begin, begin + length));
    }),
  );
});

test("a file's pieces are those that have bytes of it", () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const torrent = torrentFrom(shape);
      const layout = new Layout(torrent.info);
      for (const file of shape.lengths.keys()) {
        const [first, end] = layout.piecesOf(file);
        const having = Array.from({ length: torrent.info.pieceCount }, (_, piece) => piece).filter((piece) =>
          layout.spans(piece).some((span) => span.file === file),
        );
        expect(having).toEqual(Array.from({ length: end - first }, (_, index) => first + index));
      }
    }),
  );
});

test.for([
  [-1, 0, 1],
  [3, 0, 1],
  [0.5, 0, 1],
  [0, -1, 1],
  [0, 0, 17],
  [0, 16, 1],
  [2, 0, 9],
  [0, NaN, 1],
])("piece %d from %d on, %d bytes, is refused: there is no such thing among 16, 16 and 8 bytes", (range) => {
  const layout = new Layout(torrentOf(40, 16).info);
  const [piece, begin, length] = range as [number, number, number];
  expect(() => layout.spans(piece, begin, length)).toThrow(UsageError);
});
