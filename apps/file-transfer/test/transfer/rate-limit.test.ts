// So many bytes a second, and who gets them.
import { VirtualClock, type Clock } from "@socketlab/core";
import { expect, test } from "vitest";
import { CHUNK_BYTES } from "../../src/protocol.ts";
import { RateLimit } from "../../src/transfer/rate-limit.ts";

const MIB = 1024 * 1024;

/** Moves pieces one after the other, several at a time, until `untilMs`. */
function mover(limit: RateLimit, pieceBytes: number, atATime = 1) {
  const moved = { bytes: 0 };
  const move = async (): Promise<void> => {
    for (;;) {
      await limit.pass(moved, pieceBytes);
      moved.bytes += pieceBytes;
    }
  };
  for (let count = 0; count < atATime; count++) void move();
  return moved;
}

test.each([64 * 1024, 2 * MIB, 80 * MIB])(
  "at %i bytes a second a file takes what its size says, from the first byte on",
  async (bytesPerSecond) => {
    const clock = new VirtualClock(1000);
    const limit = new RateLimit(bytesPerSecond, clock);
    const moved = mover(limit, CHUNK_BYTES, 3);
    await clock.advance(20_000);
    expect(moved.bytes).toBeGreaterThan(20 * bytesPerSecond - CHUNK_BYTES - bytesPerSecond / 1000);
    expect(moved.bytes).toBeLessThanOrEqual(20 * bytesPerSecond);
  },
);

test("a pause is not saved up", async () => {
  const clock = new VirtualClock();
  const limit = new RateLimit(MIB, clock);
  await clock.advance(3_600_000);
  const moved = mover(limit, CHUNK_BYTES);
  await clock.advance(0);
  expect(moved.bytes).toBe(0);
  await clock.advance(10_000);
  expect(moved.bytes).toBeLessThanOrEqual(10 * MIB);
});

test("what a late timer cost is made up for", async () => {
  const clock = new VirtualClock();
  const late: Clock = {
    now: () => clock.now(),
    after: (ms, callback) => clock.after(ms + 15, callback),
  };
  const limit = new RateLimit(20 * MIB, late);
  const moved = mover(limit, CHUNK_BYTES);
  await clock.advance(10_000);
  expect(moved.bytes).toBeGreaterThan(0.98 * 200 * MIB);
});

test("who moves small pieces gets as many bytes as who moves large ones, and who comes later as many from then on", async () => {
  const clock = new VirtualClock();
  const limit = new RateLimit(10 * MIB, clock);
  const [large, small] = [mover(limit, CHUNK_BYTES, 3), mover(limit, 4096, 3)];
  await clock.advance(10_000);
  expect(small.bytes / large.bytes).toBeGreaterThan(0.95);
  expect(small.bytes / large.bytes).toBeLessThan(1.05);
  const before = large.bytes;
  const late = mover(limit, CHUNK_BYTES);
  await clock.advance(10_000);
  expect(late.bytes / (large.bytes - before)).toBeGreaterThan(0.9);
  expect(late.bytes / (large.bytes - before)).toBeLessThan(1.1);
});

test("whoever gives up waiting costs nothing", async () => {
  const clock = new VirtualClock();
  const limit = new RateLimit(CHUNK_BYTES, clock);
  const over = new AbortController();
  const given = limit.pass({}, CHUNK_BYTES, over.signal);
  const kept = limit.pass({}, CHUNK_BYTES);
  over.abort();
  await expect(given).rejects.toMatchObject({ code: "aborted" });
  await clock.advance(1001);
  await kept;
  await expect(limit.pass({}, 1, over.signal)).rejects.toMatchObject({ code: "aborted" });
});
