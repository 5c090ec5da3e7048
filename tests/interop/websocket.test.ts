// Our WebSocket against others': the ws package, Node.js's own (undici), and Python's websockets, each in both roles it has.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import { WebSocket as WsClient, WebSocketServer } from "ws";
import { connect, type MessageSocket, type Payload } from "@socketlab/core";
import { certificate, echo, startEcho } from "../echo-on-core.ts";
import { needs } from "@socketlab/core/test-kit";

const MEBIBYTE = new Uint8Array(1024 * 1024).map((_, i) => i ^ (i >> 8));

/** Sends text, an empty message, bytes and 1 MiB through our client, and expects each back. */
async function converse(socket: MessageSocket<Payload, Payload>): Promise<void> {
  for (const message of ["grüße 👋", "", Uint8Array.of(0, 1, 255), "x".repeat(70_000), MEBIBYTE]) {
    await socket.send(message);
    const answer = await socket.receive();
    expect(typeof answer).toBe(typeof message);
    expect(Buffer.compare(Buffer.from(answer as string), Buffer.from(message as string))).toBe(0);
  }
}

describe("our server and the ws package's client", () => {
  async function open(
    url: string,
    options: object = {},
  ): Promise<{ client: WsClient; next: () => Promise<[Buffer, boolean]> }> {
    const client = new WsClient(url, options);
    const queue: [Buffer, boolean][] = [];
    client.on("message", (data, isBinary) => queue.push([data as Buffer, isBinary]));
    await once(client, "open");
    const next = async (): Promise<[Buffer, boolean]> => {
      while (queue.length === 0) await once(client, "message");
      return queue.shift()!;
    };
    return { client, next };
  }

  test("text comes back as text, bytes as bytes, 1 MiB whole", async () => {
    await using server = await startEcho("ws://127.0.0.1:0");
    const { client, next } = await open(server.url);
    client.send("grüße");
    expect(await next()).toEqual([Buffer.from("grüße"), false]);
    client.send(Uint8Array.of(0, 255));
    expect(await next()).toEqual([Buffer.from([0, 255]), true]);
    client.send("");
    expect(await next()).toEqual([Buffer.alloc(0), false]);
    client.send(MEBIBYTE);
    expect(Buffer.compare((await next())[0], MEBIBYTE)).toBe(0);
    client.close();
    await once(client, "close");
  });

  test("fragments become one message, a ping between them is answered with its payload", async () => {
    await using server = await startEcho("ws://127.0.0.1:0");
    const { client, next } = await open(server.url);
    client.send("one ", { fin: false });
    const pong = once(client, "pong");
    client.ping("are you there?");
    client.send("two ", { fin: false });
    client.send("three", { fin: true });
    expect(await next()).toEqual([Buffer.from("one two three"), false]);
    expect(String((await pong)[0])).toBe("are you there?");
    client.terminate();
  });

  test("our heartbeat is answered, and the conversation outlives it", async () => {
    await using server = await startEcho("ws://127.0.0.1:0", { heartbeatMs: 20 });
    const { client, next } = await open(server.url);
    for (let i = 0; i < 4; i++) await once(client, "ping");
    client.send("alive");
    expect(String((await next())[0])).toBe("alive");
    client.terminate();
  });

  test.each([1000, 1001, 3000, 4999])("a Close with code %i is answered with the same code", async (code) => {
    await using server = await startEcho("ws://127.0.0.1:0");
    const { client } = await open(server.url);
    client.close(code, "because");
    expect((await once(client, "close"))[0]).toBe(code);
  });

  test("our Close carries code and reason", async () => {
    await using server = await startEcho("ws://127.0.0.1:0");
    const { client } = await open(server.url);
    const closed = once(client, "close");
    await server.listener.close("closing time");
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1000, "closing time"]);
  });

  test("a message over the limit is refused with 1009, text that is not UTF-8 with 1007, a bad frame with 1002", async () => {
    await using server = await startEcho("ws://127.0.0.1:0");
    for (const [offend, code] of [
      [(client: WsClient) => client.send(new Uint8Array(5 * 1024 * 1024)), 1009],
      [(client: WsClient) => client.send(Uint8Array.of(0xff), { binary: false }), 1007],
      [(client: WsClient) => client["_socket" as "_socket" & keyof WsClient], 1002],
    ] as const) {
      const { client } = await open(server.url);
      client.on("error", () => {});
      const closed = once(client, "close");
      const raw = offend(client) as unknown as { write(bytes: Uint8Array): void } | undefined;
      // An opcode that is not defined, straight to the socket.
      raw?.write(Uint8Array.of(0x83, 0x80, 0, 0, 0, 0));
      expect((await closed)[0]).toBe(code);
    }
  });

  test("over TLS too", async () => {
    await using server = await startEcho("wss://127.0.0.1:0");
    const { client, next } = await open(server.url, { ca: (await certificate()).cert });
    client.send("private");
    expect(String((await next())[0])).toBe("private");
    client.terminate();
  });
});

describe("our server and Node.js's own client, a browser's", () => {
  test("text, bytes, 1 MiB and a clean close", async () => {
    await using server = await startEcho("ws://127.0.0.1:0");
    const client = new WebSocket(server.url);
    client.binaryType = "arraybuffer";
    await once(client, "open");
    for (const message of ["grüße 👋", Uint8Array.of(1, 2), MEBIBYTE]) {
      client.send(message);
      const [{ data }] = (await once(client, "message")) as [{ data: string | ArrayBuffer }];
      expect(typeof data === "string").toBe(typeof message === "string");
      expect(Buffer.compare(Buffer.from(data as string), Buffer.from(message as string))).toBe(0);
    }
    client.close(3001, "done");
    const [{ code, wasClean }] = (await once(client, "close")) as [{ code: number; wasClean: boolean }];
    expect([code, wasClean]).toEqual([3001, true]);
    expect(server.errors).toEqual([]);
  });
});

describe("our client and the ws package's server", () => {
  async function openServer(): Promise<{
    url: string;
    server: WebSocketServer;
    connection: Promise<WsClient>;
  }> {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    const connection = once(server, "connection").then(([socket]) => socket as WsClient);
    await once(server, "listening");
    return { url: `ws://127.0.0.1:${(server.address() as { port: number }).port}`, server, connection };
  }

  test("text, nothing, bytes and 1 MiB, then our Close with its reason", async () => {
    const { url, server, connection } = await openServer();
    void connection.then((peer) => peer.on("message", (data, binary) => peer.send(data, { binary })));
    const socket = await connect(echo, url);
    await converse(socket);
    const closed = connection.then((peer) => once(peer, "close"));
    await socket.close("bye");
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1000, "bye"]);
    expect(await socket.closed).toEqual({ by: "local", reason: "bye", error: undefined });
    server.close();
  });

  test("fragments and pings from the server; its Close ends our loop with code and reason", async () => {
    const { url, server, connection } = await openServer();
    const socket = await connect(echo, url);
    const peer = await connection;
    peer.send("a", { fin: false });
    peer.ping("x");
    const pong = once(peer, "pong");
    peer.send("b", { fin: true });
    expect(await socket.receive()).toBe("ab");
    expect(String((await pong)[0])).toBe("x");
    peer.close(4000, "enough");
    expect(await socket.receive()).toBeUndefined();
    expect(await socket.closed).toEqual({ by: "remote", reason: "4000 enough", error: undefined });
    server.close();
  });

  test("a server that breaks off is a ClosedError, not an orderly end", async () => {
    const { url, server, connection } = await openServer();
    const socket = await connect(echo, url);
    const reading = socket.receive();
    reading.catch(() => {});
    (await connection).terminate();
    await expect(reading).rejects.toMatchObject({ name: "ClosedError", code: "reset" });
    server.close();
  });
});

const pythonServer = `
import asyncio, websockets
async def echo(socket, path=None):
    async for message in socket:
        await socket.send(message)
async def main():
    async with websockets.serve(echo, "127.0.0.1", 0, max_size=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()
asyncio.run(main())
`;

const pythonClient = `
import asyncio, sys, websockets
async def main():
    async with websockets.connect(sys.argv[1], max_size=None) as socket:
        for message in ["grüße", "", b"\\x00\\xff", "x" * 70000, bytes(1 << 20)]:
            await socket.send(message)
            assert await socket.recv() == message, message[:20]
        await socket.send(["one ", "two ", "three"])
        assert await socket.recv() == "one two three"
        await asyncio.wait_for(await socket.ping(b"there?"), 5)
        await socket.close(4001, "done")
        print(socket.close_code)
asyncio.run(main())
`;

function python(script: string, ...args: string[]): ChildProcess {
  return spawn("/usr/bin/python3", ["-c", script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
}

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) return line;
  throw new Error("it printed nothing");
}

describe("Python's websockets", needs("python websockets"), () => {
  test(
    "as a client of our server: text, bytes, 1 MiB, fragments, ping, close",
    { timeout: 20_000 },
    async () => {
      await using server = await startEcho("ws://127.0.0.1:0");
      expect(await firstLine(python(pythonClient, server.url))).toBe("4001");
      expect(server.errors).toEqual([]);
    },
  );

  test("as a server of our client: text, bytes, 1 MiB, close", { timeout: 20_000 }, async () => {
    const child = python(pythonServer);
    try {
      const socket = await connect(echo, `ws://127.0.0.1:${await firstLine(child)}`);
      await converse(socket);
      await socket.close("bye");
      expect(await socket.closed).toMatchObject({ by: "local", error: undefined });
    } finally {
      child.kill();
    }
  });
});
