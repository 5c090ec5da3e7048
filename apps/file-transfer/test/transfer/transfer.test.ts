// A sender and a receiver back to back; at the end of each test every byte is compared.
import { LimitError, seededRandom } from "@socketlab/core";
import { expect, test } from "vitest";
import { CHUNK_BYTES, HASH_BYTES, verifications } from "../../src/protocol.ts";
import { chunkCount, hashOf } from "../../src/transfer/chunks.ts";
import { ChunkHashes } from "../../src/transfer/hashes.ts";
import { Receiver } from "../../src/transfer/receiver.ts";
import { contentOf, MemorySink, MemorySource } from "./ends.ts";
import { Pipe, POOL_BLOCKS } from "./pipe.ts";

const sizes = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 20 * CHUNK_BYTES + 4321];
const LARGE = 20 * CHUNK_BYTES + 4321;
const algorithm = "blake3";
const fresh = { algorithm } as const;

const isSame = (sink: MemorySink, content: Uint8Array): boolean =>
  Buffer.from(sink.content.buffer).equals(content);

function begin(size: number, seed = 1) {
  const random = seededRandom(seed);
  const content = contentOf(size, random);
  const source = new MemorySource(content, random);
  const sink = new MemorySink(size, random);
  return { random, content, source, sink, pipe: new Pipe(random) };
}

test.each(sizes.flatMap((size) => verifications.map((by) => ({ size, by }))))(
  "a file of $size bytes arrives, verified by $by",
  async ({ size, by }) => {
    const { content, source, sink, pipe } = begin(size);
    let receivedBytes = 0;
    const receiver = new Receiver({ sink, algorithm: by, onReceived: (bytes) => (receivedBytes += bytes) });
    pipe.join(7, receiver, source, { ...fresh, algorithm: by });
    const { hash } = await receiver.received;
    const hashes = Array.from({ length: chunkCount(size) }, (_, index) =>
      hashOf(by, content.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)),
    );
    expect(hash).toBe(Buffer.from(hashOf(by, Buffer.concat(hashes))).toString("hex"));
    expect(isSame(sink, content)).toBe(true);
    expect(receivedBytes).toBe(size);
    expect(source.reads).toBe(chunkCount(size));
    expect(pipe.credit.inUse).toBe(0);
    expect(pipe.errors).toEqual([]);
  },
);

test("a lane that stands still does not hold up the end: what it owes is asked of another, and what comes late is ignored", async () => {
  const { random, content, source, sink, pipe } = begin(30 * CHUNK_BYTES + 5);
  const slow = new Pipe(random);
  const moved = Promise.withResolvers<void>();
  slow.held = moved.promise;
  const receiver = new Receiver({ sink, algorithm });
  slow.join(1, receiver, new MemorySource(content, random), fresh);
  pipe.join(1, receiver, source, fresh);
  expect(slow.credit.inUse).toBe(8);
  await receiver.received;
  expect(isSame(sink, content)).toBe(true);
  expect(sink.written).toBe(content.length);
  moved.resolve();
  for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve));
  expect([...slow.errors, ...pipe.errors]).toEqual([]);
  expect([slow.credit.inUse, pipe.credit.inUse]).toEqual([0, 0]);
});

test("neither side ever holds more than its bound", async () => {
  const { content, source, sink, pipe } = begin(40 * CHUNK_BYTES);
  const receiver = new Receiver({ sink, algorithm });
  pipe.join(1, receiver, source, fresh);
  await receiver.received;
  expect(pipe.blocksAtMost).toBe(POOL_BLOCKS);
  expect(source.readersAtMost).toBeLessThanOrEqual(POOL_BLOCKS);
  expect(sink.writersAtMost).toBeLessThanOrEqual(8);
  expect(isSame(sink, content)).toBe(true);
});

test("a chunk whose bits were flipped is fetched again, alone", async () => {
  const { random, content, source, sink, pipe } = begin(LARGE);
  const bad: number[] = [];
  const flipped: number[] = [];
  pipe.tamper = (message) => {
    if (message.type !== "chunk" || random() < 0.8 || flipped.includes(message.index)) return;
    flipped.push(message.index);
    message.hashAndData[Math.floor(random() * message.hashAndData.length)]! ^= 1 << Math.floor(random() * 8);
  };
  const receiver = new Receiver({ sink, algorithm, onBadChunk: (index) => bad.push(index) });
  pipe.join(1, receiver, source, fresh);
  await receiver.received;
  expect(flipped.length).toBeGreaterThan(0);
  expect(bad).toEqual(flipped);
  expect(source.reads).toBe(chunkCount(LARGE) + flipped.length);
  expect(isSame(sink, content)).toBe(true);
});

test("a chunk that is wrong three times in a row ends the transfer, and the others have arrived", async () => {
  const { source, sink, pipe } = begin(LARGE);
  let tries = 0;
  pipe.tamper = (message) => {
    if (message.type !== "chunk" || message.index !== 4) return;
    tries++;
    message.hashAndData[HASH_BYTES]! ^= 1;
  };
  const receiver = new Receiver({ sink, algorithm });
  pipe.join(1, receiver, source, fresh);
  await expect(receiver.received).rejects.toBeInstanceOf(LimitError);
  await expect(receiver.received).rejects.toMatchObject({ code: "bad-hash" });
  expect(tries).toBe(3);
  expect(pipe.credit.inUse).toBe(0);
});

test("a whole that is not what its hash says is refused", async () => {
  const { source, sink, pipe } = begin(LARGE);
  pipe.tamper = (message) => {
    if (message.type === "whole") message.hash = "0".repeat(64);
  };
  const receiver = new Receiver({ sink, algorithm });
  pipe.join(1, receiver, source, fresh);
  await expect(receiver.received).rejects.toMatchObject({ code: "bad-hash" });
});

test("when the sink fails the transfer ends with its error, and not before the sink is left alone", async () => {
  const { source, sink, pipe } = begin(LARGE);
  sink.roomBytes = 5 * CHUNK_BYTES;
  const receiver = new Receiver({ sink, algorithm });
  pipe.join(1, receiver, source, fresh);
  await expect(receiver.received).rejects.toBe(sink.failure);
  expect(sink.isInUse).toBe(false);
  expect(pipe.credit.inUse).toBe(0);
  expect(pipe.errors).toEqual([]);
});

test("what is cancelled ends with the reason, and what still comes of it is ignored", async () => {
  const { source, sink, pipe } = begin(LARGE);
  const reason = new Error("enough");
  const receiver = new Receiver({ sink, algorithm, onReceived: () => receiver.cancel(reason) });
  pipe.join(1, receiver, source, fresh);
  await expect(receiver.received).rejects.toBe(reason);
  expect(sink.isInUse).toBe(false);
  await pipe.sender.end(1);
  expect(source.isBeingRead).toBe(false);
  expect(pipe.errors).toEqual([]);
});

test("a source that cannot be read ends its transfer, and the others go on", async () => {
  const { random, content, source, sink, pipe } = begin(LARGE);
  const broken = new MemorySource(content, random);
  broken.failure = new Error("EIO");
  const lost = new Receiver({ sink: new MemorySink(LARGE, random), algorithm });
  pipe.join(1, lost, broken, fresh);
  const receiver = new Receiver({ sink, algorithm });
  pipe.join(2, receiver, source, fresh);
  await receiver.received;
  expect(pipe.failures).toEqual([{ transfer: 1, error: broken.failure }]);
  expect(pipe.blocks.inUse).toBe(0);
  expect(isSame(sink, content)).toBe(true);
});

test("a source that became shorter while it was read is refused", async () => {
  const { source, sink, pipe } = begin(LARGE);
  source.content = source.content.subarray(0, 3 * CHUNK_BYTES);
  const receiver = new Receiver({ sink, algorithm });
  pipe.join(1, receiver, source, fresh);
  await expect.poll(() => pipe.failures).toMatchObject([{ transfer: 1, error: { code: "changed" } }]);
});

test("two versions are never mixed: not even when a chunk changed after it was sent", async () => {
  const { random, content, source, sink } = begin(LARGE);
  const hashes = new ChunkHashes(algorithm, LARGE);
  const first = new Pipe(random);
  const receiver = new Receiver({ sink, algorithm, onReceived: () => void first.cut() });
  first.join(1, receiver, source, { ...fresh, hashes });
  await expect(receiver.received).rejects.toMatchObject({ code: "closed" });
  source.content = contentOf(LARGE, random);
  const second = new Pipe(random);
  second.join(1, new Receiver({ sink: new MemorySink(LARGE, random), algorithm }), source, {
    ...fresh,
    hashes,
  });
  await expect.poll(() => second.failures).toMatchObject([{ error: { code: "changed" } }]);
  expect(isSame(sink, content)).toBe(false);
});

test("a receiver that asks for nothing costs the others nothing", async () => {
  const { random, content, pipe } = begin(3 * CHUNK_BYTES);
  const silent = new MemorySource(content, random);
  pipe.sender.begin(1000, silent, fresh);
  const sinks = Array.from({ length: 30 }, () => new MemorySink(content.length, random));
  const receivers = sinks.map((sink, index) => {
    const receiver = new Receiver({ sink, algorithm });
    pipe.join(index, receiver, new MemorySource(content, random), fresh);
    return receiver;
  });
  await Promise.all(receivers.map(({ received }) => received));
  expect(silent.reads).toBe(0);
  expect(sinks.every((sink) => isSame(sink, content))).toBe(true);
  expect(pipe.blocksAtMost).toBe(POOL_BLOCKS);
  expect(pipe.credit.inUse).toBe(0);
});

test("transfers take turns: a small one does not wait for a large one's end", async () => {
  const { random, source, sink, pipe } = begin(60 * CHUNK_BYTES);
  const large = new Receiver({ sink, algorithm });
  pipe.join(1, large, source, fresh);
  const content = contentOf(4 * CHUNK_BYTES, random);
  const small = new Receiver({ sink: new MemorySink(content.length, random), algorithm });
  pipe.join(2, small, new MemorySource(content, random), fresh);
  await small.received;
  expect(sink.written).toBeLessThan(30 * CHUNK_BYTES);
  await large.received;
});
