import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { expect, test } from "vitest";
import { WebSocketServer } from "ws";
import type { AddressInfo } from "node:net";
import { connect, defineProtocol, lines, raw, type Payload } from "@socketlab/core/browser";
import { listen } from "@socketlab/core";
import * as z from "zod";
import { drain, echo, handleEcho, serveEcho, until } from "./server-kit/kit.ts";

// These run over the WebSocket of Node.js: the same interface that a browser has.

async function peer(
  options: object = {},
): Promise<{ url: string; server: WebSocketServer } & AsyncDisposable> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        for (const client of server.clients) client.terminate();
        server.close(() => resolve());
      }),
  };
}

test("text comes back as text and bytes as bytes, empty ones too", async () => {
  await using server = await serveEcho();
  await using socket = await connect(echo, server.url);
  for (const message of [
    "hello",
    "",
    "€🙂",
    new Uint8Array([0, 255, 1]),
    new Uint8Array(0),
    "x".repeat(100_000),
  ]) {
    await socket.send(message);
    expect(await socket.receive()).toEqual(message);
  }
  expect(socket.inspect()).toMatchObject({ role: "client", transport: "ws", messagesIn: 6, messagesOut: 6 });
  expect(socket.inspect().bytesOut).toBe(5 + 7 + 3 + 100_000);
});

test("typed messages are checked as everywhere", async () => {
  const chat = defineProtocol({
    name: "chat",
    version: 1,
    framing: lines({ maxBytes: 1000 }),
    client: { say: { text: z.string() } },
    server: { said: { text: z.string() } },
  });
  await using listener = await listen(chat, "ws://127.0.0.1:0");
  void (async () => {
    for await (const server of listener) {
      for await (const { text } of server) await server.send({ type: "said", text });
    }
  })();
  await using socket = await connect(chat, listener.endpoint);
  await socket.send({ type: "say", text: "hi" });
  expect(await socket.receive()).toEqual({ type: "said", text: "hi" });
});

test("nobody there is an error that says what a page can know", async () => {
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address() as AddressInfo;
  free.close();
  await expect(connect(echo, `ws://127.0.0.1:${port}`)).rejects.toMatchObject({
    code: "refused",
    message: expect.stringContaining(`ws://127.0.0.1:${port}`),
  });
});

test("a server that never answers is given up at the deadline, and on abort", async () => {
  await using silent = await (async () => {
    const server = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
    await once(server, "listening");
    const sockets = new Set<{ destroy(): void }>();
    server.on("connection", (socket) => sockets.add(socket));
    return {
      url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
      [Symbol.asyncDispose]: async () => {
        for (const socket of sockets) socket.destroy();
        server.close();
      },
    };
  })();
  await expect(connect(echo, silent.url, { connectTimeoutMs: 50 })).rejects.toMatchObject({
    code: "timed-out",
  });
  await expect(connect(echo, silent.url, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
    code: "aborted",
  });
  await expect(connect(echo, silent.url, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "aborted",
  });
});

test("any other transport is refused with the ones that a browser has", async () => {
  await expect(connect(echo, "tcp://127.0.0.1:7")).rejects.toThrow(/only ws:\/\/ and wss:\/\//);
});

test("the server's reason for the end arrives", async () => {
  const server = await serveEcho();
  const socket = await connect(echo, server.url);
  drain(socket);
  await server.close("maintenance");
  expect(await socket.closed).toMatchObject({ by: "remote", reason: "1000 maintenance", error: undefined });
});

test("our reason for the end arrives, cut to what a Close frame holds", async () => {
  await using there = await peer();
  const closed = new Promise<[number, string]>((resolve) => {
    there.server.once("connection", (socket) =>
      socket.once("close", (code, reason) => resolve([code, reason.toString()])),
    );
  });
  const socket = await connect(echo, there.url);
  await socket.close("€".repeat(60));
  expect(await closed).toEqual([1000, "€".repeat(41)]);
});

test("breaking the protocol is told with a code that a page may send", async () => {
  const strict = defineProtocol({ name: "strict", version: 1, framing: raw({ maxBytes: 4 }) });
  await using there = await peer();
  const closed = new Promise<number>((resolve) => {
    there.server.once("connection", (socket) => {
      socket.once("close", resolve);
      socket.send("much too long");
    });
  });
  const socket = await connect(strict, there.url);
  await expect(socket.receive()).rejects.toMatchObject({ code: "message-too-long" });
  expect(await closed).toBe(4009);
});

test("a connection that breaks is an error, not an end", async () => {
  await using there = await peer();
  there.server.once("connection", (socket) => socket.once("message", () => socket.terminate()));
  const socket = await connect(echo, there.url);
  await socket.send("x");
  await expect(socket.receive()).rejects.toMatchObject({ code: "reset" });
  expect((await socket.closed).error).toMatchObject({ code: "reset" });
});

test("whoever sends faster than the network takes it is made to wait", async () => {
  await using there = await peer();
  const received = Promise.withResolvers<number>();
  there.server.once("connection", (socket) => {
    let bytes = 0;
    socket.pause();
    setTimeout(() => socket.resume(), 100);
    socket.on("message", (data: Buffer) => {
      bytes += data.length;
      if (bytes === 32 * 1024 * 1024) received.resolve(bytes);
    });
  });
  await using socket = await connect(echo, there.url);
  const chunk = new Uint8Array(64 * 1024);
  let mostQueued = 0;
  for (let i = 0; i < 512; i++) {
    await socket.send(chunk);
    mostQueued = Math.max(mostQueued, socket.inspect().sendQueueBytes);
  }
  await received.promise;
  expect(mostQueued).toBeLessThanOrEqual(128 * 1024);
});

test("what is not read waits in order, up to a bound", async () => {
  await using there = await peer();
  there.server.once("connection", (socket) => {
    for (let i = 0; i < 300; i++) socket.send(`${i} ${"x".repeat(1000)}`);
    socket.close(1000, "done");
  });
  const socket = await connect(echo, there.url);
  await until(() => socket.inspect().bytesIn > 300_000);
  const heard: Payload[] = [];
  for await (const message of socket) heard.push(message);
  expect(heard.map((message) => Number.parseInt(message as string, 10))).toEqual(
    Array.from({ length: 300 }, (_, i) => i),
  );
  expect((await socket.closed).reason).toBe("1000 done");
});

test("above the bound, a reader that does not read loses the conversation, and is told why", async () => {
  await using there = await peer();
  there.server.once("connection", (socket) => {
    for (let i = 0; i < 20; i++) socket.send(new Uint8Array(1024 * 1024));
  });
  const socket = await connect(defineProtocol({ name: "x", version: 1, framing: raw() }), there.url);
  expect((await socket.closed).error).toMatchObject({ code: "receive-queue-full" });
});

test("it is as fast at a thousand messages in flight as one would hope: all come back in order", async () => {
  await using server = await serveEcho({}, ["ws://127.0.0.1:0"], handleEcho);
  await using socket = await connect(echo, server.url);
  void (async () => {
    for (let i = 0; i < 1000; i++) await socket.send(String(i));
  })();
  for (let i = 0; i < 1000; i++) expect(await socket.receive()).toBe(String(i));
});

test("nothing of Node.js is in what a browser loads", async () => {
  const entry = fileURLToPath(new URL("../src/browser.ts", import.meta.url));
  const seen: string[] = [];
  await build({
    configFile: false,
    logLevel: "silent",
    build: { write: false, minify: false, lib: { entry, formats: ["es"], fileName: "core" } },
    plugins: [
      {
        name: "no-node",
        enforce: "pre",
        resolveId(id) {
          if (id.startsWith("node:")) throw new Error(`${id} is imported`);
        },
        moduleParsed: ({ id }) => void seen.push(id),
      },
    ],
  });
  expect(seen).toContain(entry);
  expect(seen.some((id) => id.includes("/zod/"))).toBe(true);
  for (const id of seen.filter((one) => one.includes("/packages/core/"))) {
    expect(readFileSync(id, "utf8"), id).not.toMatch(/^import (?!type)[^;]* from "(node:|koffi|ws|pino)/m);
  }
});
