// Who breaks off, or ends in the middle: that conversation learns it, the others do not.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { describe, expect, test } from "vitest";
import { startEcho, startEchoOf } from "../echo-on-core.ts";
import { needs } from "@socketlab/core/test-kit";
import { until, whileOthersEcho, whileOthersTalk } from "./bystander.ts";
import { rawClient, rawWebSocket } from "./raw-client.ts";
import { chunkEcho, chunkTalk, lineEcho, lineTalk } from "./small-talk.ts";

describe("in the middle of a message", () => {
  test.each([
    ["a line", '{"type":"say"'],
    ["a line after good ones", '{"type":"say","n":1}\n{"type'],
  ])("%s: the end is a truncated message", async (_what, start) => {
    await using server = await startEchoOf(lineEcho, "tcp://127.0.0.1:0");
    await whileOthersTalk(
      server,
      async () => {
        const { socket, ended } = await rawClient(server.port);
        socket.end(start);
        await ended;
      },
      lineTalk,
    );
    expect(server.errors).toMatchObject([{ name: "ProtocolError", code: "truncated-message" }]);
  });

  test("half a length, half a body: the end is a truncated message", async () => {
    await using server = await startEchoOf(chunkEcho, "tcp://127.0.0.1:0");
    await whileOthersTalk(
      server,
      async () => {
        for (const start of ["\0\0", "\0\0\0\x05\x01abc"]) {
          const { socket, ended } = await rawClient(server.port);
          socket.end(start, "latin1");
          await ended;
        }
      },
      chunkTalk,
    );
    expect(server.errors.map((error) => (error as { code?: string }).code)).toEqual([
      "truncated-message",
      "truncated-message",
    ]);
  });

  test("an announced length over the limit is refused before the body comes", async () => {
    await using server = await startEchoOf(chunkEcho, "tcp://127.0.0.1:0");
    await whileOthersTalk(
      server,
      async () => {
        const { socket, ended } = await rawClient(server.port);
        socket.write(Uint8Array.of(0x7f, 0xff, 0xff, 0xff));
        await ended;
      },
      chunkTalk,
    );
    expect(server.errors).toMatchObject([
      {
        name: "ProtocolError",
        code: "message-too-long",
        message: expect.stringContaining("2147483647") as string,
      },
    ]);
  });

  test("an endless line is refused at the limit, not collected", async () => {
    await using server = await startEchoOf(lineEcho, "tcp://127.0.0.1:0");
    await whileOthersTalk(
      server,
      async () => {
        const { socket, ended } = await rawClient(server.port);
        const feed = setInterval(() => socket.write("x".repeat(500)), 1);
        await ended;
        clearInterval(feed);
      },
      lineTalk,
    );
    expect(server.errors).toMatchObject([{ name: "ProtocolError", code: "message-too-long" }]);
  });

  test.each(["tcp", "ws"])(
    "a reset over %s is a ClosedError of that conversation alone",
    async (transport) => {
      await using server = await startEcho(`${transport}://127.0.0.1:0`);
      await whileOthersEcho(server, async () => {
        const clients = await Promise.all(
          Array.from({ length: 20 }, () =>
            transport === "tcp" ? rawClient(server.port) : rawWebSocket(server.port),
          ),
        );
        await until(() => server.listener.sockets.size === 21, "all conversations to begin");
        for (const { socket } of clients) {
          socket.write(Uint8Array.of(0x82, 0x85, 1, 2, 3));
          socket.resetAndDestroy();
        }
        await Promise.all(clients.map(({ ended }) => ended));
        await until(() => server.errors.length === 20, "every reset to be noticed");
      });
      for (const error of server.errors) expect(error).toMatchObject({ name: "ClosedError", code: "reset" });
    },
  );

  test("a WebSocket that ends without a Close is a ClosedError", async () => {
    await using server = await startEcho("ws://127.0.0.1:0");
    await whileOthersEcho(server, async () => {
      const { socket, ended } = await rawWebSocket(server.port);
      socket.end();
      await ended;
    });
    expect(server.errors).toMatchObject([{ name: "ClosedError", code: "reset" }]);
  });
});

test("half-open: who has ended its side still gets what it asked for", async () => {
  await using server = await startEcho("tcp://127.0.0.1:0");
  await whileOthersEcho(server, async () => {
    const { socket, ended } = await rawClient(server.port);
    socket.end("x".repeat(200_000));
    expect(await ended).toHaveLength(200_000);
  });
  expect(server.errors).toEqual([]);
});

test(
  "a peer that vanishes without a word is noticed by the heartbeat (ws) and by the idle time-out (tcp)",
  { ...needs("network namespaces"), timeout: 30_000 },
  async () => {
    const ip = (...args: string[]): void => {
      const { status, stderr } = spawnSync("ip", args, { encoding: "utf8" });
      if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
    };
    const space = `vanish-${process.pid}`;
    // Addresses for such tests (RFC 2544), not the same for two runs at a time.
    const net = `198.18.${process.pid % 256}`;
    const [here, there] = [`v${process.pid}a`, `v${process.pid}b`];
    let child: ChildProcess | undefined;
    ip("netns", "add", space);
    try {
      ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", space);
      ip("addr", "add", `${net}.1/30`, "dev", here);
      ip("link", "set", here, "up");
      ip("-n", space, "addr", "add", `${net}.2/30`, "dev", there);
      ip("-n", space, "link", "set", there, "up");
      await using ws = await startEcho(`ws://${net}.1:0`, { heartbeatMs: 100 });
      await using tcp = await startEcho(`tcp://${net}.1:0`, { idleTimeoutMs: 400 });
      // The new link takes a moment: whoever is refused tries again.
      const script = `
        const wsUrl = "${ws.url}", tcpPort = ${tcp.port};
        (function talk() {
          const ws = new WebSocket(wsUrl);
          ws.onopen = () => ws.send("x");
          ws.onmessage = () => console.log("ws");
          ws.onerror = () => setTimeout(talk, 100);
        })();
        (function talk() {
          const tcp = require("node:net").connect(tcpPort, "${net}.1", () => tcp.write("x"));
          tcp.on("data", () => console.log("tcp"));
          tcp.on("error", () => setTimeout(talk, 100));
        })();
        setInterval(() => {}, 1000);`;
      child = spawn("ip", ["netns", "exec", space, process.execPath, "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let output = "";
      child.stdout?.on("data", (text: Buffer) => (output += String(text)));
      await until(() => output.includes("ws") && output.includes("tcp"), "both conversations to begin");
      ip("-n", space, "link", "set", there, "down");
      await until(() => ws.errors.length === 1 && tcp.errors.length === 1, "both to be noticed");
      expect(ws.errors).toMatchObject([{ name: "TimeoutError", code: "heartbeat" }]);
      expect(tcp.errors).toMatchObject([{ name: "TimeoutError", code: "idle" }]);
    } finally {
      child?.kill("SIGKILL");
      ip("link", "del", here);
      ip("netns", "del", space);
    }
  },
);
