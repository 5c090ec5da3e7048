// An abort in the same tick as an orderly close: the socket must go all the same, and its place must become free.
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { expect, test } from "vitest";
import { defineProtocol, listen, raw } from "../../src/index.ts";

const bytes = defineProtocol({ name: "bytes", version: 1, framing: raw() });

test.each(["", "a last word"])(
  "close and abort in one tick free the place at once (said: %j)",
  async (word) => {
    await using listener = await listen(bytes, "tcp://127.0.0.1:0", { maxConnections: 1 });
    const accepted = listener[Symbol.asyncIterator]();
    for (let visit = 0; visit < 3; visit++) {
      const client = connectTcp({ port: listener.endpoint.port, host: "127.0.0.1", allowHalfOpen: true });
      client.on("error", () => {});
      client.resume();
      const { value: socket } = await accepted.next();
      if (word !== "") void socket!.send(word);
      void socket!.close();
      socket!.abort();
      await socket!.closed;
      client.destroy();
      await once(client, "close");
    }
    expect(listener.sockets.size).toBe(0);
  },
);
