// Who connects and then says nothing, too little, or never reads: the place is taken back, and nobody else waits.
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { startEcho } from "../echo-on-core.ts";
import { until, whileOthersEcho } from "./bystander.ts";
import { HANDSHAKE, rawClient, rawWebSocket, request } from "./raw-client.ts";

const IDLE = { idleTimeoutMs: 150 };
const HURRY = { handshakeTimeoutMs: 150 };
const hello = request(HANDSHAKE);

describe("who says nothing", () => {
  test("over TCP is cut off after idleTimeoutMs", async () => {
    await using server = await startEcho("tcp://127.0.0.1:0", IDLE);
    await whileOthersEcho(server, async () => {
      const clients = await Promise.all(Array.from({ length: 20 }, () => rawClient(server.port)));
      await Promise.all(clients.map(({ ended }) => ended));
    });
    expect(server.errors).toHaveLength(20);
    for (const error of server.errors) expect(error).toMatchObject({ name: "TimeoutError", code: "idle" });
  });

  test("after a WebSocket handshake is cut off after idleTimeoutMs", async () => {
    await using server = await startEcho("ws://127.0.0.1:0", IDLE);
    await whileOthersEcho(server, async () => void (await (await rawWebSocket(server.port)).ended));
    expect(server.errors).toMatchObject([{ name: "TimeoutError", code: "idle" }]);
  });

  test.each([
    ["tls, not a byte", "tls", ""],
    ["tls, half a ClientHello", "tls", "\x16\x03\x01\x02\x00\x01\x00"],
    ["ws, not a byte", "ws", ""],
    ["ws, half a handshake", "ws", hello.slice(0, 60)],
    ["ws, a handshake without its last line", "ws", hello.slice(0, -2)],
    ["wss, not a byte", "wss", ""],
  ])("in the handshake (%s) is cut off after handshakeTimeoutMs", async (_what, transport, start) => {
    await using server = await startEcho(`${transport}://127.0.0.1:0`, HURRY);
    await whileOthersEcho(server, async () => {
      const { socket, ended } = await rawClient(server.port);
      socket.write(start, "latin1");
      await ended;
    });
    expect(server.errors).toEqual([]);
  });

  test.each(["tls", "ws", "wss"])(
    "in the handshake does not keep a %s server from closing",
    async (transport) => {
      const server = await startEcho(`${transport}://127.0.0.1:0`, { handshakeTimeoutMs: 3_600_000 });
      const { socket, ended } = await rawClient(server.port);
      socket.write("GET / HT");
      await delay(20);
      await server.listener.close();
      await ended;
    },
  );
});

describe("who says a byte now and then", () => {
  test("of a WebSocket handshake is cut off all the same", async () => {
    await using server = await startEcho("ws://127.0.0.1:0", HURRY);
    await whileOthersEcho(server, async () => {
      const { socket, ended } = await rawClient(server.port);
      let at = 0;
      const trickle = setInterval(() => socket.write(hello[at++ % 30]!), 20);
      await ended;
      clearInterval(trickle);
    });
  });

  test("of a WebSocket message is cut off all the same: only whole messages count", async () => {
    await using server = await startEcho("ws://127.0.0.1:0", IDLE);
    await whileOthersEcho(server, async () => {
      const { socket, ended } = await rawWebSocket(server.port);
      socket.write(Uint8Array.of(0x82, 0xfe, 0xff, 0xff, 0, 0, 0, 0));
      const trickle = setInterval(() => socket.write(Uint8Array.of(1)), 20);
      await ended;
      clearInterval(trickle);
    });
    expect(server.errors).toMatchObject([{ name: "TimeoutError", code: "idle" }]);
  });
});

describe("who sends and never reads", () => {
  test.each(["tcp", "ws"])(
    "over %s is made to wait, in bounded memory, and then cut off",
    async (transport) => {
      await using server = await startEcho(`${transport}://127.0.0.1:0`, { idleTimeoutMs: 1000 });
      await whileOthersEcho(server, async () => {
        const { socket, ended } =
          transport === "tcp" ? await rawClient(server.port) : await rawWebSocket(server.port);
        socket.pause();
        const frame = Buffer.alloc(10_008);
        frame.set([0x82, 0xfe, 10_000 >> 8, 10_000 & 255, 0, 0, 0, 0]);
        // More than every buffer between the two can hold.
        for (let sent = 0; sent < 64 * 1024 * 1024; sent += frame.length) socket.write(frame);
        const doors = [...server.listener.sockets];
        await until(
          () => doors.some((door) => door.inspect().sendQueueBytes > 0),
          "the server's answers to pile up",
        );
        while (!socket.destroyed && server.listener.sockets.size > 1) {
          for (const door of server.listener.sockets) {
            const { sendQueueBytes, receiveQueueBytes } = door.inspect();
            expect(sendQueueBytes).toBeLessThan(1024 * 1024);
            expect(receiveQueueBytes).toBeLessThan(1024 * 1024);
          }
          await delay(20);
        }
        socket.destroy();
        await ended;
      });
      expect(server.errors.length).toBe(1);
    },
  );
});
