// Who breaks the rules is told why, even if it is still speaking: our last word must arrive.
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { expect, test } from "vitest";
import * as z from "zod";
import { defineProtocol, lines, listen, type MessageListener, type MessageSocket } from "../../src/index.ts";

const strict = defineProtocol({
  name: "strict",
  version: 1,
  framing: lines({ maxBytes: 1000 }),
  client: { say: { text: z.string() } },
  server: { refused: { code: z.string(), detail: z.string() } },
  farewell: ({ code, message }) => ({ type: "refused", code, detail: message }),
});

async function readAll(listener: MessageListener<unknown, unknown>): Promise<void> {
  for await (const socket of listener) {
    for (;;) if ((await socket.receive().catch(() => undefined)) === undefined) break;
  }
}

test("a client in the middle of 20 MiB without a newline gets the farewell and an orderly end", async () => {
  await using listener = await listen(strict, "tcp://127.0.0.1:0", { closeTimeoutMs: 2000 });
  void readAll(listener);
  const { promise: accepted, resolve: accept } = Promise.withResolvers<MessageSocket<unknown, unknown>>();
  const watch = setInterval(() => listener.sockets.forEach((socket) => accept(socket)), 1);
  const client = connectTcp({ port: listener.endpoint.port, host: "127.0.0.1", allowHalfOpen: true });
  await once(client, "connect");
  // All of it is taken, though nothing of it is wanted: a reset would throw away our last word, too.
  client.end(Buffer.alloc(20 * 1024 * 1024, "x"));
  await once(client, "finish");
  const farewell = JSON.parse(await textOf(client)) as { type: string; code: string };
  expect(farewell).toMatchObject({ type: "refused", code: "message-too-long" });
  clearInterval(watch);
  // Taken, and not kept.
  expect((await accepted).inspect().receiveQueueBytes).toBeLessThan(1024 * 1024);
});

test("a WebSocket in the middle of 5 MiB is closed with 1009 and the reason", async () => {
  await using listener = await listen(strict, "ws://127.0.0.1:0", { closeTimeoutMs: 2000 });
  void readAll(listener);
  const socket = new WebSocket(`ws://127.0.0.1:${listener.endpoint.port}/`);
  await once(socket, "open");
  const closed = once(socket, "close") as Promise<[CloseEvent]>;
  socket.send("x".repeat(5 * 1024 * 1024));
  const [{ code, reason }] = await closed;
  expect(code).toBe(1009);
  expect(reason).toContain("at most 1000");
});
