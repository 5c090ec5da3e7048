// The promise, with chance against it: whatever breaks, the next attempt goes on, and at the end every byte is right.
import { seededRandom } from "@socketlab/core";
import { expect, test } from "vitest";
import { CHUNK_BYTES } from "../../src/protocol.ts";
import { chunkCount } from "../../src/transfer/chunks.ts";
import { ChunkHashes } from "../../src/transfer/hashes.ts";
import { Receiver } from "../../src/transfer/receiver.ts";
import { contentOf, MemorySink, MemorySource } from "./ends.ts";
import { Pipe } from "./pipe.ts";

const algorithm = "blake3";
const seeds = (count: number): number[] => Array.from({ length: count }, (_, seed) => seed + 1);
const isSame = (sink: MemorySink, content: Uint8Array): boolean =>
  Buffer.from(sink.content.buffer).equals(content);

/** All of a file, over one new connection. @returns how many bytes had to come. */
async function fetchAll(sink: MemorySink, content: Uint8Array, random = seededRandom(1)): Promise<number> {
  const pipe = new Pipe(random);
  let keptBytes = 0;
  const receiver = new Receiver({ sink, algorithm, onKept: (bytes) => (keptBytes += bytes) });
  const options = { algorithm } as const;
  pipe.join(1, receiver, new MemorySource(content, random), options);
  await receiver.received;
  expect(pipe.errors).toEqual([]);
  expect(isSame(sink, content)).toBe(true);
  expect(keptBytes + sink.written).toBe(content.length);
  expect(pipe.keptBytes, "the sender knows as well").toBe(keptBytes);
  return sink.written;
}

test("what is there and good is not sent again: not even the last, shorter chunk", async () => {
  const random = seededRandom(1);
  const content = contentOf(200 * CHUNK_BYTES + 77, random);
  const before = new MemorySink(content.length, random);
  before.content.set(content);
  before.had = content.length;
  expect(await fetchAll(new MemorySink(content.length, random, before), content)).toBe(0);
});

test.each([
  ["a hole in the middle", 7 * CHUNK_BYTES, CHUNK_BYTES],
  ["one wrong bit in the first chunk", 0, CHUNK_BYTES],
  ["one wrong bit in the last chunk", 9 * CHUNK_BYTES + 3, 77],
])("of what is there only %s is sent again", async (_what, at, bytes) => {
  const random = seededRandom(1);
  const content = contentOf(9 * CHUNK_BYTES + 77, random);
  const before = new MemorySink(content.length, random);
  before.content.set(content);
  before.content[at]! ^= 1;
  before.had = content.length;
  expect(await fetchAll(new MemorySink(content.length, random, before), content)).toBe(bytes);
});

test("without hashes nothing of what is there is trusted: all is sent again, and no hash is asked for", async () => {
  const random = seededRandom(1);
  const content = contentOf(9 * CHUNK_BYTES + 77, random);
  const before = new MemorySink(content.length, random);
  before.had = content.length;
  const sink = new MemorySink(content.length, random, before);
  const pipe = new Pipe(random);
  const unverified = { algorithm: "none" } as const;
  const receiver = new Receiver({ sink, ...unverified });
  pipe.join(1, receiver, new MemorySource(content, random), unverified);
  await receiver.received;
  expect(sink.written).toBe(content.length);
  expect(isSame(sink, content)).toBe(true);
  expect(new Set(pipe.said.map(({ type }) => type))).toEqual(new Set(["want", "chunk"]));
});

test("what is missing is not taken for good because it would be the same as what comes before it", async () => {
  const content = new Uint8Array(2 * CHUNK_BYTES).fill(7);
  const before = new MemorySink(content.length, seededRandom(1));
  before.content.set(content.subarray(0, CHUNK_BYTES + 1));
  before.had = CHUNK_BYTES + 1;
  const written = await fetchAll(new MemorySink(content.length, seededRandom(1), before), content);
  expect(written).toBe(CHUNK_BYTES);
});

test("what is left of another version is replaced, chunk by chunk", async () => {
  const random = seededRandom(1);
  const content = contentOf(10 * CHUNK_BYTES, random);
  const before = new MemorySink(content.length, random);
  before.content.set(contentOf(content.length, random));
  before.content.set(content.subarray(0, 3 * CHUNK_BYTES));
  before.had = 8 * CHUNK_BYTES + 5;
  const written = await fetchAll(new MemorySink(content.length, random, before), content);
  expect(written).toBe(7 * CHUNK_BYTES);
});

test("hashes that were not asked for, or not in turn, are refused", async () => {
  const random = seededRandom(1);
  const pipe = new Pipe(random);
  const before = new MemorySink(5 * CHUNK_BYTES, random);
  before.had = 3 * CHUNK_BYTES;
  const receiver = new Receiver({ sink: before, algorithm });
  const lane = { transfer: 1, say: async () => {}, credit: pipe.credit };
  const other = { ...lane };
  receiver.join(lane);
  receiver.join(other);
  const tell = (first: number, bytes: number, by = lane): Promise<void> =>
    receiver.receive(by, { type: "hashes", transfer: 1, first, hashes: new Uint8Array(bytes) });
  for (const wrong of [tell(0, 0), tell(0, 95), tell(1, 96), tell(0, 4 * 32), tell(0, 96, other)])
    await expect(wrong).rejects.toMatchObject({ code: "hashes-unasked" });
  await tell(0, 3 * 32);
  await expect(tell(3, 32)).rejects.toMatchObject({ code: "hashes-unasked" });
});

test("when the connection that was asked for hashes dies another is asked", async () => {
  const random = seededRandom(1);
  const content = contentOf(100 * CHUNK_BYTES, random);
  const before = new MemorySink(content.length, random);
  before.content.set(content);
  before.had = 90 * CHUNK_BYTES;
  const sink = new MemorySink(content.length, random, before);
  const receiver = new Receiver({ sink, algorithm, onKept: () => void pipes[0]!.cut() });
  const pipes = [new Pipe(random), new Pipe(random)];
  for (const pipe of pipes) pipe.join(1, receiver, new MemorySource(content, random), { algorithm });
  await receiver.received;
  expect(pipes[1]!.said.map(({ type }) => type)).toContain("check");
  expect(sink.written).toBe(10 * CHUNK_BYTES);
  expect(isSame(sink, content)).toBe(true);
});

test("when the connection that was asked for the hash of the whole dies another is asked", async () => {
  const random = seededRandom(1);
  const content = contentOf(2 * CHUNK_BYTES, random);
  const sink = new MemorySink(content.length, random);
  const receiver = new Receiver({ sink, algorithm });
  const pipes = [new Pipe(random), new Pipe(random)];
  for (const pipe of pipes) {
    pipe.tamper = ({ type }) => {
      if (type === "whole" && pipe === pipes[0]) throw new Error("lost");
    };
    const hashes = new ChunkHashes(algorithm, content.length);
    pipe.join(1, receiver, new MemorySource(content, random), { algorithm, hashes });
  }
  await expect.poll(() => pipes[0]!.said.some(({ type }) => type === "whole")).toBe(true);
  await pipes[0]!.cut();
  await receiver.received;
  expect(isSame(sink, content)).toBe(true);
});

test.each(seeds(30))(
  "interrupted at random points and taken up again until it is complete (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const content = contentOf(Math.floor(random() * 20 * CHUNK_BYTES) + CHUNK_BYTES, random);
    let sink = new MemorySink(content.length, random);
    const lanesAtMost = 1 + Math.floor(random() * 3);
    for (let attempt = 1; ; attempt++) {
      expect(attempt).toBeLessThan(100);
      sink = new MemorySink(content.length, random, sink);
      const result = await tryOnce(sink, content, lanesAtMost, random);
      expect(sink.isInUse).toBe(false);
      if (result === "complete") break;
    }
    expect(isSame(sink, content)).toBe(true);
  },
);

/** One attempt over several connections, each of which may break, and may flip bits. */
async function tryOnce(
  sink: MemorySink,
  content: Uint8Array,
  lanesAtMost: number,
  random: () => number,
): Promise<"complete" | "failed"> {
  const pipes: Pipe[] = [];
  let arrivals = 0;
  const mishap = async (): Promise<void> => {
    arrivals++;
    if (random() < 0.15) await pipes[Math.floor(random() * pipes.length)]!.cut();
    else if (random() < 0.03) receiver.cancel(new Error("stopped"));
  };
  if (random() < 0.2) sink.roomBytes = random() * content.length;
  const receiver = new Receiver({ sink, algorithm, onReceived: () => void mishap(), onKept: () => {} });
  const hashes = new ChunkHashes(algorithm, content.length);
  for (let lane = 0; lane < lanesAtMost; lane++) {
    const pipe = new Pipe(random);
    pipe.tamper = (message) => {
      if (message.type === "chunk" && random() < 0.05) message.hashAndData[50]! ^= 4;
    };
    pipes.push(pipe);
    pipe.join(1, receiver, new MemorySource(content, random), { algorithm, hashes });
  }
  try {
    await receiver.received;
    return "complete";
  } catch {
    return "failed";
  } finally {
    await Promise.all(pipes.map((pipe) => pipe.cut()));
    expect(pipes.flatMap(({ errors }) => errors)).toEqual([]);
    for (const pipe of pipes) {
      expect(pipe.credit.inUse).toBe(0);
      await expect.poll(() => pipe.blocks.inUse).toBe(0);
    }
    expect(arrivals).toBeLessThanOrEqual(chunkCount(content.length));
  }
}

test("when one of several connections dies the others fetch what it was asked for, once", async () => {
  const random = seededRandom(3);
  const content = contentOf(40 * CHUNK_BYTES, random);
  const sink = new MemorySink(content.length, random);
  const pipes = [new Pipe(random), new Pipe(random), new Pipe(random)];
  let arrivals = 0;
  const receiver = new Receiver({
    sink,
    algorithm,
    onReceived: () => {
      if (++arrivals === 5) void pipes[0]!.cut();
      if (arrivals === 20) void pipes[1]!.cut();
    },
  });
  const hashes = new ChunkHashes(algorithm, content.length);
  const sources = pipes.map((pipe) => {
    const source = new MemorySource(content, random);
    pipe.join(1, receiver, source, { algorithm, hashes });
    return source;
  });
  await receiver.received;
  expect(arrivals).toBe(40);
  expect(isSame(sink, content)).toBe(true);
  expect(sources.every(({ reads }) => reads > 0)).toBe(true);
  // At most 8 chunks were on their way to each of those that died; the hash of the whole took no reading.
  expect(sources.reduce((sum, { reads }) => sum + reads, 0)).toBeLessThanOrEqual(40 + 2 * 8);
});
