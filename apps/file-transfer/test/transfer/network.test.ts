// The engines in conversations of the real protocol, over a network with virtual time and seeded faults.
import { connect, listen, seededRandom, VirtualClock, VirtualNetwork } from "@socketlab/core";
import type { MessageSocket, PathFaults, Random } from "@socketlab/core";
import { expect, test } from "vitest";
import {
  CHUNK_BYTES,
  fileTransfer,
  HASH_BYTES,
  type FromClient,
  type FromServer,
} from "../../src/protocol.ts";
import { Blocks } from "../../src/transfer/blocks.ts";
import { Credit } from "../../src/transfer/credit.ts";
import { ChunkHashes } from "../../src/transfer/hashes.ts";
import { Receiver, type Lane } from "../../src/transfer/receiver.ts";
import { Sender } from "../../src/transfer/sender.ts";
import { contentOf, MemorySink, MemorySource } from "./ends.ts";

const algorithm = "blake3";

/** Sends its files to whoever connects: transfer n is file n. */
async function serve(files: readonly Uint8Array[], network: VirtualNetwork, random: Random) {
  const blocks = new Blocks({ count: 4, bytes: HASH_BYTES + CHUNK_BYTES });
  const hashes = files.map((file) => new ChunkHashes(algorithm, file.length));
  const listener = await listen(fileTransfer, "tcp://127.0.0.1:0", { network });
  const accept = async (socket: MessageSocket<FromClient, FromServer>): Promise<void> => {
    const sender = new Sender({
      say: (message) => socket.send(message),
      blocks,
      onFailed: (_transfer, error) => socket.abort(error),
    });
    try {
      for await (const message of socket) {
        if (message.type === "get") {
          const source = new MemorySource(files[message.id]!, random);
          sender.begin(message.id, source, { algorithm, hashes: hashes[message.id]! });
        } else if (message.type === "want" || message.type === "check" || message.type === "sum")
          sender.receive(message);
      }
    } catch {
      // It broke: the client tries again.
    } finally {
      await sender.close();
    }
  };
  void (async () => {
    for await (const socket of listener) void accept(socket);
  })();
  return { blocks, listener };
}

/** One conversation that fetches these files, each by its receiver. */
async function fetchOver(
  url: string,
  receivers: ReadonlyMap<number, Receiver>,
  network: VirtualNetwork,
): Promise<void> {
  const socket = await connect(fileTransfer, url, { network });
  const credit = new Credit();
  const lanes = new Map<number, { lane: Lane; receiver: Receiver }>();
  try {
    for (const [transfer, receiver] of receivers) {
      await socket.send({ type: "get", id: transfer, path: "x", algorithm });
      const lane: Lane = { transfer, say: (message) => socket.send(message), credit };
      lanes.set(transfer, { lane, receiver });
      receiver.join(lane);
    }
    const over = Promise.allSettled(Array.from(lanes.values(), ({ receiver }) => receiver.received));
    void over.then(() => socket.close());
    for await (const message of socket) {
      if (message.type !== "chunk" && message.type !== "hashes" && message.type !== "whole") continue;
      const { lane, receiver } = lanes.get(message.transfer)!;
      await receiver.receive(lane, message);
    }
  } finally {
    for (const { lane, receiver } of lanes.values()) receiver.leave(lane);
    expect(credit.inUse).toBe(0);
    socket.abort();
  }
}

const paths: [string, PathFaults][] = [
  ["a quick path", {}],
  ["a slow path with delay", { delayMs: 40, jitterMs: 10, rateBytesPerSecond: 2e6 }],
  ["small pieces", { delayMs: 1, splitBytes: 60_000 }],
];

test.each(paths)("many files arrive in one conversation over %s", async (_what, faults) => {
  const random = seededRandom(1);
  const network = new VirtualNetwork({ clock: new VirtualClock(), seed: 1, faults });
  const sizes = [0, 1, 100, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 6 * CHUNK_BYTES + 5000];
  const files = sizes.map((size) => contentOf(size, random));
  const server = await serve(files, network, random);
  const sinks = sizes.map((size) => new MemorySink(size, random));
  const bad: number[] = [];
  const receivers = new Map(
    sinks.map((sink, index) => {
      const receiver = new Receiver({ sink, algorithm, onBadChunk: (chunk) => bad.push(chunk) });
      return [index, receiver] as const;
    }),
  );
  await inTime(network, fetchOver(`tcp://127.0.0.1:${server.listener.endpoint.port}`, receivers, network));
  for (const [index, sink] of sinks.entries()) expect(Buffer.compare(sink.content, files[index]!)).toBe(0);
  expect(bad).toEqual([]);
  expect(server.blocks.inUse).toBe(0);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  "over three connections that are reset again and again a file arrives in the end (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const faults = { delayMs: 5, jitterMs: 5, splitBytes: 200_000, reset: 0.02 };
    const network = new VirtualNetwork({ clock: new VirtualClock(), seed, faults });
    const content = contentOf(12 * CHUNK_BYTES + 99, random);
    const server = await serve([content], network, random);
    const url = `tcp://127.0.0.1:${server.listener.endpoint.port}`;
    let sink = new MemorySink(content.length, random);
    for (let attempt = 1; ; attempt++) {
      expect(attempt).toBeLessThan(60);
      sink = new MemorySink(content.length, random, sink);
      const receiver = new Receiver({ sink, algorithm });
      const fetches = [1, 2, 3].map(() => fetchOver(url, new Map([[0, receiver]]), network).catch(() => {}));
      await inTime(network, Promise.all(fetches));
      const isComplete = await receiver.received.then(
        () => true,
        () => false,
      );
      if (isComplete) break;
    }
    expect(Buffer.compare(sink.content, content)).toBe(0);
    const { clock } = network;
    // The server learns of the last ends in virtual time, too.
    const inUse = async (): Promise<number> => (
      await (clock as VirtualClock).advance(100),
      server.blocks.inUse
    );
    await expect.poll(inUse).toBe(0);
  },
);

/** Lets virtual time pass until `promise` settles: what is read and written takes real turns meanwhile. */
async function inTime<T>({ clock }: VirtualNetwork, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const mark = (): void => void (isSettled = true);
  promise.then(mark, mark);
  while (!isSettled) await (clock as VirtualClock).advance(1);
  return promise;
}
