// What waits behind a remote side that does not read must arrive as it was said, however many ticks later.
import { createServer, type AddressInfo, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import * as z from "zod";
import { connect, defineProtocol, lines } from "../../src/index.ts";

const counting = defineProtocol({
  name: "counting",
  version: 1,
  framing: lines({ maxBytes: 1024 }),
  client: { count: { n: z.int(), padding: z.string() } },
  server: {},
});

test("messages said in many ticks to a side that does not read arrive whole and in order when it does", async () => {
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer({ highWaterMark: 1024 }, (socket) => accepted.resolve(socket.pause()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const client = await connect(counting, `tcp://127.0.0.1:${port}`);
  const reader = await accepted.promise;

  // More than the operating system takes on both sides, so that the rest waits in this process.
  let sent = 0;
  const said: Promise<void>[] = [];
  while (client.inspect().sendQueueBytes < 256 * 1024) {
    for (let i = 0; i < 50; i++) {
      said.push(client.send({ type: "count", n: sent++, padding: "x".repeat(500) }));
    }
    await setImmediate();
  }

  const received: number[] = [];
  let text = "";
  reader.setEncoding("latin1");
  reader.on("data", (chunk: string) => (text += chunk));
  reader.resume();
  await Promise.all(said);
  await client.close();
  for (const line of text.trimEnd().split("\n")) received.push((JSON.parse(line) as { n: number }).n);
  expect(received).toEqual(Array.from({ length: sent }, (_, n) => n));
  reader.destroy();
  server.close();
});
