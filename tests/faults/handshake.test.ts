// WebSocket handshakes with every kind of fault, and plain HTTP at the same port: each gets a clear answer.
import { createHash } from "node:crypto";
import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { createServer, type Socket } from "node:net";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { connect, type ListenOptions } from "@socketlab/core";
import { echo, startEcho } from "../echo-on-core.ts";
import { whileOthersEcho } from "./bystander.ts";
import { HANDSHAKE, rawClient, request } from "./raw-client.ts";

const without = (name: string): string[] => HANDSHAKE.filter((line) => !line.startsWith(name));
const instead = (line: string): string[] =>
  HANDSHAKE.map((own) => (own.split(":")[0] === line.split(":")[0] ? line : own));
const first = (line: string): string[] => [line, ...HANDSHAKE.slice(1)];

test("the handshake of RFC 6455 §1.3 is answered with the key that it gives", async () => {
  await using server = await startEcho("ws://127.0.0.1:0");
  const { socket, received } = await rawClient(server.port);
  socket.write(request(HANDSHAKE));
  while (!received().includes("\r\n\r\n")) await once(socket, "data");
  expect(received()).toMatch(/^HTTP\/1\.1 101 /u);
  expect(received()).toMatch(/\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/u);
  expect(received()).not.toMatch(/sec-websocket-(?:protocol|extensions)/iu);
  socket.destroy();
});

test("header names and values in any case, a list in Connection, a subprotocol that we know", async () => {
  await using server = await startEcho("ws://127.0.0.1:0");
  const { socket, received } = await rawClient(server.port);
  const lines = [...first("GET /some/path?x=1 HTTP/1.1"), "Sec-WebSocket-Protocol: other, echo"].map((line) =>
    line
      .replace("Connection: Upgrade", "CONNECTION: keep-alive, UPGRADE")
      .replace("Upgrade: websocket", "upgrade: WebSocket"),
  );
  socket.write(request(lines));
  while (!received().includes("\r\n\r\n")) await once(socket, "data");
  expect(received()).toMatch(/^HTTP\/1\.1 101 /u);
  expect(received()).toMatch(/\r\nSec-WebSocket-Protocol: echo\r\n/u);
  socket.destroy();
});

describe("refused", () => {
  test.each([
    ["plain HTTP", ["GET / HTTP/1.1", "Host: x"], 426],
    ["POST", first("POST / HTTP/1.1"), 405],
    ["HTTP/1.0", first("GET / HTTP/1.0"), 400],
    ["no Host", without("Host"), 400],
    ["no Upgrade", without("Upgrade"), 426],
    ["another Upgrade", instead("Upgrade: h2c"), 426],
    ["no Connection: Upgrade", without("Connection"), 426],
    ["no key", without("Sec-WebSocket-Key"), 400],
    ["a short key", instead("Sec-WebSocket-Key: YWJj"), 400],
    ["a key that is not base64", instead("Sec-WebSocket-Key: %%%%%%%%%%%%%%%%%%%%%%%%"), 400],
    ["two keys", [...HANDSHAKE, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="], 400],
    ["no version", without("Sec-WebSocket-Version"), 426],
    ["an old version", instead("Sec-WebSocket-Version: 8"), 426],
    ["a page of another site", [...HANDSHAKE, "Origin: https://evil.example"], 403],
    ["no HTTP at all", ["hello, is this a chat?"], 400],
    ["a header of 100 KB", [...HANDSHAKE, `X-Long: ${"x".repeat(100_000)}`], 431],
  ])("%s", async (_what, lines, status) => {
    await using server = await startEcho("ws://127.0.0.1:0");
    await whileOthersEcho(server, async () => {
      const { socket, ended } = await rawClient(server.port);
      socket.write(request(lines));
      if (status === 426) socket.end();
      const answer = await ended;
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `, "u"));
      if (status === 426) expect(answer).toMatch(/websocket/iu);
    });
    expect(server.errors).toEqual([]);
  });

  test("a page of the server's own site is let in, and another if the server says so", async () => {
    const open = async (origin: string, options: ListenOptions = {}): Promise<string> => {
      await using server = await startEcho("ws://127.0.0.1:0", options);
      const { socket, received } = await rawClient(server.port);
      const lines = [
        ...HANDSHAKE.map((line) => (line.startsWith("Host") ? `Host: 127.0.0.1:${server.port}` : line)),
        `Origin: ${origin.replace("PORT", `${server.port}`)}`,
      ];
      socket.write(request(lines));
      while (!received().includes("\r\n")) await once(socket, "data");
      socket.destroy();
      return received().slice(9, 12);
    };
    expect(await open("http://127.0.0.1:PORT")).toBe("101");
    expect(await open("http://127.0.0.1:1")).toBe("403");
    expect(await open("null")).toBe("403");
    expect(
      await open("https://partner.example", {
        allowOrigin: (origin) => origin === "https://partner.example",
      }),
    ).toBe("101");
  });
});

describe("our client refuses a server", () => {
  const accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
  test.each([
    ["that answers 404", "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope", "404 Not Found: nope"],
    ["that answers 200 and nothing", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200 OK"],
    [
      "that answers 101 without Accept",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
      "Accept",
    ],
    [
      "that answers another's key",
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${accept}\r\n\r\n`,
      "Accept",
    ],
    ["that speaks no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "no WebSocket answers"],
    ["that hangs up", "", "no WebSocket answers"],
  ])("%s", async (_what, answer, sentence) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(answer));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    await expect(connect(echo, `ws://127.0.0.1:${port}`)).rejects.toMatchObject({
      name: "ClosedError",
      code: "not-a-websocket",
      message: expect.stringContaining(sentence) as string,
    });
    server.close();
  });

  test.each([
    [
      "that wants extensions we did not offer",
      "Sec-WebSocket-Extensions: permessage-deflate",
      "extensions (permessage-deflate)",
    ],
    ["that wants a subprotocol we did not offer", "Sec-WebSocket-Protocol: chat", "subprotocol chat"],
  ])("%s", async (_what, header, sentence) => {
    const server = createHttpServer().listen(0, "127.0.0.1");
    server.on("upgrade", ({ headers }: IncomingMessage, socket: Socket) => {
      const proof = createHash("sha1")
        .update(`${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest("base64");
      socket.on("error", () => {});
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${proof}\r\n${header}\r\n\r\n`,
      );
    });
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    await expect(connect(echo, `ws://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: "not-a-websocket",
      message: expect.stringContaining(sentence) as string,
    });
    server.close();
  });

  test("that begins an answer and stalls: at the deadline", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    await expect(connect(echo, `ws://127.0.0.1:${port}`, { connectTimeoutMs: 100 })).rejects.toMatchObject({
      name: "TimeoutError",
    });
    server.close();
  });
});
