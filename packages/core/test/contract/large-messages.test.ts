// What sender and receiver of large messages may do with their memory: the same over every transport.
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { giveBack } from "../../src/index.ts";
import { chunks } from "./protocols.ts";
import { open, subjects } from "./transports.ts";

const FIRST_CHUNK = { type: "chunk", n: 0, data: Uint8Array.of(0) } as const;
const COUNT = 24;

// UDP carries no message of 64 KiB.
describe.each(subjects.filter(({ reliable }) => reliable))("over $name", (subject) => {
  let stop: () => Promise<void>;
  beforeEach(() => {
    stop = subject.run();
  });
  afterEach(() => stop());

  const ways = [64 * 1024, 512 * 1024].flatMap((bytes) => [
    { bytes, from: "client", to: "server" } as const,
    { bytes, from: "server", to: "client" } as const,
  ]);
  test.each(ways)(
    "who awaited send of $bytes bytes from $from to $to may write over them, however slow the reader",
    async ({ bytes, from, to }) => {
      await using pair = await open(subject, chunks, FIRST_CHUNK);
      const [sender, reader] = [pair[from], pair[to]];
      const sending = (async () => {
        const data = new Uint8Array(bytes);
        for (let n = 1; n <= COUNT; n++) {
          data.fill(n);
          // Something else was said in the same tick.
          if (n % 3 === 0) void sender.send({ type: "chunk", n: 0, data: Uint8Array.of(0) });
          await sender.send({ type: "chunk", n, data });
          data.fill(0xff);
        }
      })();
      for (let n = 1; n <= COUNT;) {
        const message = await reader.receive();
        if (message?.type !== "chunk") throw new Error("a chunk was due");
        if (message.n === 0) continue;
        expect(message.n).toBe(n);
        expect(message.data.length).toBe(bytes);
        expect(message.data.every((byte) => byte === n)).toBe(true);
        if (n++ % 8 === 0) await delay(20);
      }
      await sending;
    },
  );

  test("what is received stays as it is until it is given back, and nobody has to", async () => {
    await using pair = await open(subject, chunks, FIRST_CHUNK);
    const bytes = 200_000;
    const sending = (async () => {
      for (let n = 1; n <= COUNT; n++) {
        await pair.client.send({ type: "chunk", n, data: new Uint8Array(bytes).fill(n) });
        await pair.server.send({ type: "chunk", n, data: new Uint8Array(bytes).fill(n) });
      }
    })();
    const reading = async (socket: typeof pair.client | typeof pair.server): Promise<void> => {
      const kept: [number, Uint8Array][] = [];
      for (let n = 1; n <= COUNT; n++) {
        const message = await socket.receive();
        if (message?.type !== "chunk") throw new Error("a chunk was due");
        expect(message.n).toBe(n);
        expect(message.data.every((byte) => byte === n)).toBe(true);
        if (n % 3 === 0) kept.push([n, message.data]);
        else giveBack(message.data);
      }
      for (const [n, data] of kept) expect(data.every((byte) => byte === n)).toBe(true);
    };
    await Promise.all([sending, reading(pair.client), reading(pair.server)]);
  });
});
