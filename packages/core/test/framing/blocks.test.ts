// What a large message's memory promises: it is put together where it belongs, and used again only when that was allowed.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { takeBlock } from "../../src/framing/blocks.ts";
import type { FrameDecoder } from "../../src/framing/framing.ts";
import { giveBack, lengthPrefixed } from "../../src/index.ts";
import { concat, cuts, decodeAll, encodeAll, hex, split } from "./splits.ts";

const framing = lengthPrefixed({ maxBytes: 1_000_000 });

function filled(bytes: number, seed: number): Uint8Array {
  return new Uint8Array(bytes).map((_, i) => (i ^ (i >> 8)) + seed);
}

/** The next payload's bytes; they must be there. */
function next(decoder: FrameDecoder): Uint8Array {
  const span = decoder.next();
  if (span === undefined) throw new Error("no payload");
  return span.bytes.subarray(span.start, span.end);
}

describe("a large message", () => {
  test("arrives whole among others of any size, however it was split", () => {
    const sizes = fc.array(
      fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 60_000, max: 200_000 })),
      {
        maxLength: 8,
      },
    );
    // Pieces of a byte would be a million.
    const shares = cuts.map((some) => some.map((share) => Math.max(share, 0.001)));
    fc.assert(
      fc.property(sizes, shares, (counts, cut) => {
        const payloads = counts.map((count, i) => filled(count, i));
        const { payloads: received, error } = decodeAll(
          framing.decoder(),
          split(encodeAll(framing.encoder(), payloads), cut),
        );
        expect(error).toBeUndefined();
        expect(received.map((each) => Buffer.compare(each as Uint8Array, payloads.shift()!))).toEqual(
          counts.map(() => 0),
        );
      }),
      { numRuns: 50 },
    );
  });

  test("may be read straight to its place, and what follows it elsewhere", () => {
    const payload = filled(300_000, 1);
    const sent = encodeAll(framing.encoder(), [payload, hex("aa"), payload]);
    const decoder = framing.decoder();
    const received: Uint8Array[] = [];
    let inPlace = 0;
    for (let at = 0; at < sent.length;) {
      const { room } = decoder;
      const piece = sent.slice(at, at + Math.min(room?.length ?? Infinity, 65_536));
      at += piece.length;
      room?.set(piece);
      if (room !== undefined) inPlace += piece.length;
      decoder.push(room?.subarray(0, piece.length) ?? piece);
      for (let span = decoder.next(); span !== undefined; span = decoder.next()) {
        received.push(concat(span.bytes.subarray(span.start, span.end)));
      }
    }
    expect(received).toEqual([payload, hex("aa"), payload]);
    expect(inPlace).toBeGreaterThan(400_000);
  });

  test("takes memory only when an eighth of it has come", () => {
    const decoder = framing.decoder();
    const sent = encodeAll(framing.encoder(), [filled(800_000, 0)]);
    decoder.push(sent.slice(0, 99_000));
    expect(decoder.next()).toBeUndefined();
    expect(decoder.room).toBeUndefined();
    decoder.push(sent.slice(99_000, 101_000));
    expect(decoder.next()).toBeUndefined();
    expect(decoder.room).toHaveLength(800_004 - 101_000);
    expect(decoder.bufferedBytes).toBe(101_000);
  });

  test("does not disturb the small ones that came in the same chunk and are still looked at", () => {
    const decoder = framing.decoder();
    const small = filled(5000, 3);
    const sent = encodeAll(framing.encoder(), [small, filled(200_000, 4), small]);
    decoder.push(sent.slice(0, 65_536));
    const first = next(decoder);
    expect(decoder.next()).toBeUndefined();
    decoder.push(sent.slice(65_536, 150_000));
    decoder.push(sent.slice(150_000));
    next(decoder);
    const last = next(decoder);
    expect(decoder.next()).toBeUndefined();
    expect(concat(first)).toEqual(small);
    expect(concat(last)).toEqual(small);
  });
});

describe("giving back", () => {
  function receive(decoder: FrameDecoder, seed: number): Uint8Array {
    for (const piece of split(encodeAll(framing.encoder(), [filled(150_000, seed)]), [0.3])) {
      decoder.push(piece);
      const span = decoder.next();
      if (span !== undefined) return span.bytes.subarray(span.start, span.end);
    }
    throw new Error("no payload");
  }

  test("lets the next large message lie in the same memory", () => {
    const decoder = framing.decoder();
    const first = receive(decoder, 1);
    giveBack(first);
    const second = receive(decoder, 2);
    expect(second.buffer).toBe(first.buffer);
    expect(concat(second)).toEqual(filled(150_000, 2));
  });

  test("is up to the reader: what was not given back stays as it is", () => {
    const decoder = framing.decoder();
    const [first, second] = [receive(decoder, 1), receive(decoder, 2)];
    expect(concat(first)).toEqual(filled(150_000, 1));
    expect(concat(second)).toEqual(filled(150_000, 2));
  });

  test("twice, or what lies in no block, does nothing", () => {
    const block = takeBlock(100_000);
    giveBack(block);
    giveBack(block);
    giveBack(new Uint8Array(100_000));
    giveBack(Buffer.from("a small one, from a pool"));
    const [one, other] = [takeBlock(100_000), takeBlock(100_000)];
    expect(one.buffer).toBe(block.buffer);
    expect(other.buffer).not.toBe(block.buffer);
  });

  test("keeps a bounded amount", () => {
    const blocks = Array.from({ length: 20 }, () => takeBlock(1024 * 1024));
    for (const block of blocks) giveBack(block);
    const again = new Set(Array.from({ length: 20 }, () => takeBlock(1024 * 1024).buffer));
    expect(blocks.filter(({ buffer }) => again.has(buffer))).toHaveLength(8);
  });
});
