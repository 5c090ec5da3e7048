// One message to many sockets: all get it, in order, over every framing; who does not read is cut off alone.
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import * as z from "zod";
import {
  broadcast,
  connect,
  defineProtocol,
  layout,
  lengthPrefixed,
  lines,
  listen,
  type MessageListener,
  u32,
} from "../../src/index.ts";

const text = defineProtocol({
  name: "text",
  version: 1,
  framing: lines({ maxBytes: 4096 }),
  client: {},
  server: { tick: { n: z.int(), padding: z.string().optional() } },
});
const binary = defineProtocol({
  name: "binary",
  version: 1,
  framing: lengthPrefixed({ maxBytes: 4096 }),
  client: {},
  server: { tick: layout(1, { n: u32 }) },
});

const COUNT = 50;

for (const transport of ["tcp", "ws", "mem"]) {
  for (const protocol of [text, binary]) {
    test(`${COUNT} messages reach 20 clients in order: ${protocol.name} over ${transport}`, async () => {
      await using listener = await listen(protocol, `${transport}://127.0.0.1:0`, { closeTimeoutMs: 100 });
      const clients = await Promise.all(
        Array.from({ length: 20 }, () => connect(protocol, listener.endpoint)),
      );
      await expect.poll(() => listener.sockets.size).toBe(20);
      for (let n = 0; n < COUNT; n++) {
        broadcast(listener.sockets, { type: "tick", n });
        if (n % 7 === 0) await setImmediate();
      }
      for (const client of clients) {
        for (let n = 0; n < COUNT; n++) expect(await client.receive()).toMatchObject({ type: "tick", n });
      }
    });
  }
}

for (const transport of ["tcp", "ws"]) {
  test(`what is said in one tick to all, to some and to one alone keeps its order over ${transport}`, async () => {
    await using listener = await listen(text, `${transport}://127.0.0.1:0`, { closeTimeoutMs: 100 });
    const clients = await Promise.all(Array.from({ length: 6 }, () => connect(text, listener.endpoint)));
    await expect.poll(() => listener.sockets.size).toBe(6);
    const sockets = [...listener.sockets];
    const due = sockets.map((): number[] => []);
    for (let n = 0; n < 40; n++) {
      const told = sockets.filter((_, index) => n % 4 === 0 || (n + index) % 3 === 0);
      // Every fifth one to one alone; the rest to all, or to a third of them. Large ones are not copied.
      const to = n % 5 === 3 ? [sockets[n % 6]!] : told;
      const message = { type: "tick", n, padding: "é".repeat(n % 6 === 0 ? 1500 : 3) } as const;
      if (n % 5 === 3) void to[0]!.send(message);
      else broadcast(to, message);
      sockets.forEach((socket, index) => to.includes(socket) && due[index]!.push(n));
    }
    for (const client of clients) {
      // Clients and sockets may have met in another order.
      const index = sockets.findIndex((socket) => socket.remote.port === client.local.port);
      const got: number[] = [];
      while (got.length < due[index]!.length) got.push((await client.receive())!.n);
      expect(got).toEqual(due[index]);
    }
  });
}

/** As a server must, even one that only sends: reads, so that it learns of the end, and answers it. */
async function answerEnds(listener: MessageListener<never, never>): Promise<void> {
  for await (const socket of listener)
    void socket.receive().then(
      () => socket.close(),
      () => {},
    );
}

test("a message that the protocol does not allow reaches nobody, and is a UsageError", async () => {
  await using listener = await listen(text, "tcp://127.0.0.1:0", { closeTimeoutMs: 100 });
  void answerEnds(listener);
  await using _client = await connect(text, listener.endpoint);
  await expect.poll(() => listener.sockets.size).toBe(1);
  expect(() => broadcast(listener.sockets, { type: "tock" } as never)).toThrow(
    expect.objectContaining({ name: "UsageError", code: "unknown-message" }),
  );
  for (const socket of listener.sockets) expect(socket.inspect().messagesOut).toBe(0);
});

test("who does not read is cut off at its bound, and the others get everything", async () => {
  await using listener = await listen(text, "tcp://127.0.0.1:0", {
    closeTimeoutMs: 100,
    maxSendQueueBytes: 64 * 1024,
    sendBufferBytes: 16 * 1024,
  });
  void answerEnds(listener);
  const slow = await connect(text, listener.endpoint, {
    receiveBufferBytes: 16 * 1024,
    receiveQueueBytes: 1,
  });
  await expect.poll(() => listener.sockets.size).toBe(1);
  const [served] = listener.sockets;
  await using quick = await connect(text, listener.endpoint);
  await expect.poll(() => listener.sockets.size).toBe(2);

  let said = 0;
  let over = false;
  void served!.closed.then(() => (over = true));
  while (!over) {
    broadcast(listener.sockets, { type: "tick", n: said, padding: "x".repeat(2000) });
    expect(await quick.receive()).toMatchObject({ n: said++ });
  }
  expect(await served!.closed).toMatchObject({ by: "local", error: { code: "send-queue-full" } });
  broadcast(listener.sockets, { type: "tick", n: said });
  expect(await quick.receive()).toMatchObject({ n: said });
  slow.abort();
});
