// What a sender does when the receiver breaks the rules, or is late. Raw messages, no receiver.
import { ProtocolError, seededRandom } from "@socketlab/core";
import { expect, test } from "vitest";
import { CHUNK_BYTES, HASH_BYTES } from "../../src/protocol.ts";
import { Blocks } from "../../src/transfer/blocks.ts";
import type { FromSender } from "../../src/transfer/messages.ts";
import { MAX_CHECKED, MAX_WANTED } from "../../src/transfer/outgoing.ts";
import { Sender } from "../../src/transfer/sender.ts";
import { contentOf, MemorySource } from "./ends.ts";

const random = seededRandom(1);
const content = contentOf(4 * CHUNK_BYTES, random);

function begin(say: (message: FromSender) => Promise<void> = async () => {}) {
  const source = new MemorySource(content, random);
  const blocks = new Blocks({ count: 2, bytes: HASH_BYTES + CHUNK_BYTES });
  const sender = new Sender({ say, blocks, onFailed: () => {} });
  sender.begin(1, source, { algorithm: "blake3" });
  return { source, blocks, sender };
}

test.each([
  [0, 5],
  [4, 1],
  [3, 2],
  [2 ** 32 - 1, 2 ** 32 - 1],
  [0, 0],
])("chunks that the file does not have cannot be wanted: from %i on, %i", (first, count) => {
  const { sender, source } = begin();
  for (const type of ["want", "check"] as const) {
    const ask = (): void => sender.receive({ type, transfer: 1, first, count });
    expect(ask).toThrow(ProtocolError);
    expect(ask).toThrow(/the file has 4/);
  }
  expect(source.reads).toBe(0);
});

test.each(["want", "check"] as const)(
  "who asks (%s) more and more without taking anything is refused",
  (type) => {
    const { sender, blocks } = begin(() => new Promise(() => {}));
    const most = type === "want" ? MAX_WANTED : MAX_CHECKED;
    let asked = 0;
    expect(() => {
      for (; asked <= most + 8; asked += 4) sender.receive({ type, transfer: 1, first: 0, count: 4 });
    }).toThrow(`more than ${most}`);
    expect(asked).toBeGreaterThanOrEqual(most);
    expect(blocks.inUse).toBeLessThanOrEqual(2);
  },
);

test("what is said of a transfer that is over is ignored", async () => {
  const { sender, source } = begin();
  await sender.end(1);
  sender.receive({ type: "want", transfer: 1, first: 0, count: 1 });
  sender.receive({ type: "sum", transfer: 1 });
  sender.receive({ type: "sum", transfer: 99 });
  expect(source.reads).toBe(0);
});

test("a transfer's number can be used again after its end, not before", async () => {
  const { sender, source } = begin();
  const again = (): void => sender.begin(1, source, { algorithm: "blake3" });
  expect(again).toThrow(/has begun/);
  await sender.end(1);
  again();
});

test("a sum that is asked for again and again is told one at a time", async () => {
  let told = 0;
  const { sender, source } = begin(() => (told++, new Promise(() => {})));
  for (let asked = 0; asked < 1000; asked++) sender.receive({ type: "sum", transfer: 1 });
  await expect.poll(() => told).toBe(1);
  for (let asked = 0; asked < 1000; asked++) sender.receive({ type: "sum", transfer: 1 });
  expect(told).toBeLessThanOrEqual(3);
  expect(source.reads).toBe(4);
});

test("after its end nothing is being read, so that the file can be closed", async () => {
  const { sender, source, blocks } = begin();
  sender.receive({ type: "want", transfer: 1, first: 0, count: 4 });
  await Promise.resolve();
  await sender.end(1);
  expect(source.isBeingRead).toBe(false);
  const { reads } = source;
  await expect.poll(() => blocks.inUse).toBe(0);
  expect(source.reads).toBe(reads);
});

test("when the conversation is over its blocks come back", async () => {
  let hangUp = (_error: Error): void => {};
  const { sender, blocks } = begin(() => new Promise((_resolve, reject) => (hangUp = reject)));
  sender.receive({ type: "want", transfer: 1, first: 0, count: 1 });
  await expect.poll(() => blocks.inUse).toBe(1);
  await sender.close();
  hangUp(new Error("over"));
  await expect.poll(() => blocks.inUse).toBe(0);
});

test("a short chunk stays as it was said: `send` keeps it until the end of the tick, and settles before", async () => {
  const end = contentOf(10_000, random);
  const said: Uint8Array[] = [];
  const sender = new Sender({
    say: async (message) => void (message.type === "chunk" && said.push(message.hashAndData)),
    blocks: new Blocks({ count: 1, bytes: HASH_BYTES + CHUNK_BYTES }),
    onFailed: () => {},
  });
  sender.begin(1, new MemorySource(end, random), { algorithm: "blake3" });
  sender.begin(2, new MemorySource(content, random), { algorithm: "blake3" });
  for (const transfer of [1, 2]) sender.receive({ type: "want", transfer, first: 0, count: 1 });
  await expect.poll(() => said.length).toBe(2);
  expect(Buffer.compare(said[0]!.subarray(HASH_BYTES), end)).toBe(0);
});
