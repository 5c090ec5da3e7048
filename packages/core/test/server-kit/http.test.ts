import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, UsageError, type DoorState } from "@socketlab/core";
import { drain, echo, serveEcho, until } from "./kit.ts";

let folder = "";
const big = "/* words that repeat */\n".repeat(400);

beforeAll(async () => {
  const root = await mkdtemp(join(tmpdir(), "page-"));
  folder = join(root, "page");
  await mkdir(join(folder, "assets"), { recursive: true });
  await writeFile(join(root, "secret.txt"), "secret");
  await writeFile(join(folder, "index.html"), "<!doctype html><title>Page</title>");
  await writeFile(join(folder, ".hidden"), "hidden");
  await writeFile(join(folder, "assets", "index-BxY1234z.js"), big);
  await writeFile(join(folder, "assets", "patient-AbCd1234.js"), big);
  await writeFile(
    join(folder, "assets", "patient-AbCd1234.js.br"),
    brotliCompressSync("/* compressed by the build */"),
  );
  await symlink(join(root, "secret.txt"), join(folder, "link.txt"));
});

afterAll(() => rm(join(folder, ".."), { recursive: true }));

/** One HTTP exchange exactly as written: `fetch` would tidy the path. */
async function exchange(port: number, request: string): Promise<string> {
  const socket = connectTcp(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
  socket.on("error", () => {});
  socket.write(request);
  await new Promise((resolve) => socket.once("close", resolve));
  return answer;
}

test("the page is served with a strict policy, and nothing of it may be guessed at", async () => {
  await using server = await serveEcho({ page: folder });
  const answer = await fetch(`${server.http}/`);
  expect(await answer.text()).toContain("<title>Page</title>");
  expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  const policy = answer.headers.get("content-security-policy")!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain("unsafe");
});

test("what has not changed is not sent again", async () => {
  await using server = await serveEcho({ page: folder });
  const etag = (await fetch(`${server.http}/`)).headers.get("etag")!;
  const again = await fetch(`${server.http}/`, { headers: { "If-None-Match": `"other", W/${etag}` } });
  expect([again.status, await again.text()]).toEqual([304, ""]);
  const changed = await fetch(`${server.http}/`, { headers: { "If-None-Match": '"other"' } });
  expect(changed.status).toBe(200);
});

test("files named by their content are kept for ever, and compressed for those who can read it", async () => {
  await using server = await serveEcho({ page: folder });
  const url = `${server.http}/assets/index-BxY1234z.js`;
  for (const coding of ["br", "gzip"]) {
    const answer = await fetch(url, { headers: { "Accept-Encoding": coding } });
    expect(await answer.text()).toBe(big);
    expect(answer.headers.get("content-encoding")).toBe(coding);
    expect(answer.headers.get("cache-control")).toContain("immutable");
  }
  const plain = await fetch(url, { headers: { "Accept-Encoding": "br;q=0, identity" } });
  expect(plain.headers.get("content-encoding")).toBeNull();
  expect(await plain.text()).toBe(big);
});

test("what the build has compressed is sent as it is, and is no file of its own", async () => {
  await using server = await serveEcho({ page: folder });
  const answer = await fetch(`${server.http}/assets/patient-AbCd1234.js`, {
    headers: { "Accept-Encoding": "br" },
  });
  expect(await answer.text()).toBe("/* compressed by the build */");
  expect((await fetch(`${server.http}/assets/patient-AbCd1234.js.br`)).status).toBe(404);
});

test("HEAD gets the headers of GET and no body", async () => {
  await using server = await serveEcho({ page: folder });
  for (const path of ["/", "/metrics"]) {
    const head = await fetch(server.http + path, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(10);
  }
});

test("no path leads outside the folder, to hidden files, or through links", async () => {
  await using server = await serveEcho({ page: folder });
  const { port } = server.endpoints[0]!;
  const paths = [
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "//etc/passwd",
  ];
  for (const path of [...paths, "/..\\secret.txt", "/.hidden", "/link.txt", "/assets", "/%"]) {
    const answer = await exchange(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer, path).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).not.toContain("secret");
  }
});

test("any other method is refused with the ones that are known", async () => {
  await using server = await serveEcho({ page: folder });
  const answer = await fetch(`${server.http}/`, { method: "POST", body: "x" });
  expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test("a page may compile WebAssembly only where its app says so", async () => {
  for (const pageRunsWasm of [false, true]) {
    await using server = await serveEcho({ page: folder, pageRunsWasm });
    const { headers } = await fetch(`${server.http}/`);
    const scripts = headers.get("content-security-policy")!.match(/script-src [^;]*/)![0];
    expect(scripts).toBe(pageRunsWasm ? "script-src 'self' 'wasm-unsafe-eval'" : "script-src 'self'");
  }
});

test("without a page, a plain request is told what this door speaks", async () => {
  await using server = await serveEcho();
  const answer = await fetch(`${server.http}/`);
  expect([answer.status, await answer.text()]).toEqual([426, "This door speaks WebSocket.\n"]);
});

test("a page folder that is not there is said at the start", async () => {
  const missing = serveEcho({ page: join(folder, "missing") });
  await expect(missing).rejects.toThrow(UsageError);
  await expect(serveEcho({ page: join(folder, "missing") })).rejects.toMatchObject({ code: "page-missing" });
});

test("a page of another site may not open a conversation", async () => {
  await using server = await serveEcho({ page: folder });
  const headers = { Origin: "https://elsewhere.example" };
  await expect(connect(echo, server.url, { headers })).rejects.toThrow(/403/);
  await using _own = await connect(echo, server.url, { headers: { Origin: server.http } });
});

test("a request that never ends is cut off, and others are served meanwhile", async () => {
  await using server = await serveEcho({ page: folder, handshakeTimeoutMs: 400 });
  const begun = performance.now();
  const socket = connectTcp(server.endpoints[0]!.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n");
  const drip = setInterval(() => socket.write("X-A: b\r\n"), 50);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  expect((await fetch(`${server.http}/`)).status).toBe(200);
  socket.resume();
  await closed;
  clearInterval(drip);
  expect(performance.now() - begun).toBeLessThan(3000);
});

test("a request that has not been finished does not outlive the server", async () => {
  const server = await serveEcho({ page: folder });
  const socket = connectTcp(server.endpoints[0]!.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.resume().write("GET / HTTP/1.1\r\nHost: x\r\n");
  await fetch(`${server.http}/`);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await server.close();
  await closed;
});

test("conversations outlive the listener's HTTP, since they are no requests any more", async () => {
  const server = await serveEcho({ closeTimeoutMs: 2500 });
  await using socket = await connect(echo, server.url);
  await socket.send("x");
  expect(await socket.receive()).toBe("x");
  drain(socket);
  await server.close();
  expect(await socket.closed).toMatchObject({ by: "remote", error: undefined });
});

const token = "abcdefghijklmnop-_01";

test("a page sees the server's side of its own conversation, live, until it ends", async () => {
  await using server = await serveEcho();
  await using socket = await connect(echo, `${server.url}/echo/${token}`);
  const answer = await fetch(`${server.http}/doors/${token}`);
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  let text = "";
  const reading = (async () => {
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) text += chunk;
  })();
  const states = (): DoorState[] =>
    [...text.matchAll(/^data: (\{"id".*)$/gm)].map(([, json]) => JSON.parse(json!) as DoorState);
  await until(() => states().length === 1);
  await socket.send("hello");
  await until(() => states().some(({ messagesIn }) => messagesIn === 1));
  expect(states().at(-1)).toMatchObject({
    role: "server",
    pid: process.pid,
    remote: { port: socket.local.port, addressInteger: 0x7f000001 },
  });
  await socket.close();
  await reading;
  expect(text).toContain("event: closed");
});

test("nobody sees a conversation without its token", async () => {
  await using server = await serveEcho();
  await using _socket = await connect(echo, `${server.url}/echo/${token}`);
  await using _short = await connect(echo, `${server.url}/echo/short`);
  for (const guess of ["", "short", token.slice(0, -1), token.slice(1), `${token}x`, `echo/${token}`]) {
    const answer = await fetch(`${server.http}/doors/${guess}`);
    expect(answer.status, guess).toBe(404);
    await answer.body?.cancel();
  }
});

test("a reader of a door that goes away or does not read costs nothing more", async () => {
  await using server = await serveEcho();
  await using socket = await connect(echo, `${server.url}/echo/${token}`);
  const stop = new AbortController();
  const answer = await fetch(`${server.http}/doors/${token}`, { signal: stop.signal });
  stop.abort();
  await answer.body?.cancel().catch(() => {});
  await socket.send("x");
  expect(await socket.receive()).toBe("x");
});
