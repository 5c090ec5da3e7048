import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { HttpHandler } from "@socketlab/core/server-kit";
import { readableLog, serveEcho, until } from "./kit.ts";

/** Answers under `/app` with the request's method and body, and leaves the rest. */
const app: HttpHandler = async (request, response) => {
  if (!request.url!.startsWith("/app")) return false;
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk as string;
  response.setHeader("Content-Security-Policy", "sandbox");
  response.end(`${request.method} ${body}`);
  return true;
};

/** A client that can be slow at will. */
async function dialRaw(port: number): Promise<ReturnType<typeof connectTcp>> {
  const socket = connectTcp(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

test("an app answers every method under its own paths, and its headers replace the page's", async () => {
  await using server = await serveEcho({ onRequest: app });
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    const answer = await fetch(`${server.http}/app`, { method, body: "words" });
    expect(await answer.text()).toBe(`${method} words`);
    expect(answer.headers.get("content-security-policy")).toBe("sandbox");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  }
  expect(await (await fetch(`${server.http}/app`)).text()).toBe("GET ");
});

test("what the app leaves is answered as before: metrics before it, the page after it, 405 for the rest", async () => {
  const page = await mkdtemp(join(tmpdir(), "page-"));
  await writeFile(join(page, "index.html"), "<!doctype html><title>Page</title>");
  const asked: string[] = [];
  await using server = await serveEcho({
    page,
    onRequest: (request) => {
      asked.push(`${request.method} ${request.url}`);
      return false;
    },
  });
  expect((await fetch(`${server.http}/metrics`)).status).toBe(200);
  expect(await (await fetch(`${server.http}/`)).text()).toContain("<title>Page</title>");
  expect((await fetch(`${server.http}/`, { method: "POST", body: "x" })).status).toBe(405);
  expect(asked).toEqual(["GET /", "POST /"]);
  await rm(page, { recursive: true });
});

test("what the app throws is logged once and ends that connection alone", async () => {
  const { log, entries } = readableLog();
  await using server = await serveEcho({
    log,
    onRequest: (request) => {
      if (request.url === "/broken") throw new TypeError("a fault of ours");
      return false;
    },
  });
  await expect(fetch(`${server.http}/broken`)).rejects.toThrow();
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ level: 50, err: { message: "a fault of ours" } });
  expect((await fetch(`${server.http}/metrics`)).status).toBe(200);
});

test("a body that goes on arriving is not cut off, however long it takes", async () => {
  await using server = await serveEcho({ onRequest: app, handshakeTimeoutMs: 200, stalledTimeoutMs: 300 });
  const socket = await dialRaw(server.endpoints[0]!.port);
  let answer = "";
  socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
  socket.write("POST /app HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 12\r\n\r\n");
  for (let sent = 0; sent < 12; sent++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.write("x");
  }
  await once(socket, "close");
  expect(answer).toContain("POST xxxxxxxxxxxx");
});

test("who stops sending, and who stops reading, is cut off", async () => {
  const ends: string[] = [];
  const large = Buffer.alloc(32 * 1024 * 1024);
  await using server = await serveEcho({
    stalledTimeoutMs: 200,
    onRequest: async (request, response) => {
      response.once("close", () => ends.push(request.url!));
      if (request.url === "/large") return (response.end(large), true);
      return app(request, response);
    },
  });
  const { port } = server.endpoints[0]!;
  const sender = await dialRaw(port);
  sender.resume();
  sender.write("POST /app HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\nx");
  const reader = await dialRaw(port);
  reader.pause();
  reader.write("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  await until(() => ends.length === 2);
  expect(ends.toSorted()).toEqual(["/app", "/large"]);
  reader.destroy();
});

test("a client that waits for a slow answer is not cut off", async () => {
  await using server = await serveEcho({
    stalledTimeoutMs: 50,
    onRequest: async (_request, response) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      response.end("at last");
      return true;
    },
  });
  expect(await (await fetch(`${server.http}/slow`)).text()).toBe("at last");
});

test("an answer under way does not outlive the server, and its handler is waited for", async () => {
  let isOver = false;
  const server = await serveEcho({
    onRequest: async (_request, response) => {
      response.write("the beginning");
      await once(response, "close");
      isOver = true;
      return true;
    },
  });
  const answer = await fetch(`${server.http}/endless`);
  const reading = answer.text();
  reading.catch(() => {});
  await server.close();
  expect(isOver).toBe(true);
  await expect(reading).rejects.toThrow();
});
