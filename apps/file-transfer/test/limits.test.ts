// Each limit at each door: a message, a tus upload, a link. Refused with a code and a sentence, and nothing has changed.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { get as httpGet } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@socketlab/core";
import type { TestProcess } from "@socketlab/core/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileTransfer, MAX_TRANSFERS, type FromClient, type FromServer } from "../src/protocol.ts";
import { converseWith } from "./conversing.ts";
import { serveHttp } from "./http/serving.ts";
import { MemoryStore } from "./memory-store.ts";
import { fileTransfer as command, startServer } from "./processes.ts";

const put = (id: number, path: string, size: number): FromClient & { type: "put" } => ({
  type: "put",
  id,
  path,
  size,
  mtimeMs: 1_700_000_000_000,
  mode: 0o644,
  algorithm: "blake3",
  upload: `upload ${id}`,
});

function postTus(url: string, path: string, size: number): Promise<Response> {
  return fetch(`${url}/uploads`, {
    method: "POST",
    headers: {
      "Tus-Resumable": "1.0.0",
      "Upload-Length": String(size),
      "Upload-Metadata": `path ${Buffer.from(path).toString("base64")}`,
    },
  });
}

describe("of a server with flags", () => {
  let folder = "";
  let server: TestProcess;
  let [tcp, http] = ["", ""];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "file-transfer-limits-"));
    mkdirSync(join(folder, "there"));
    writeFileSync(join(folder, "there/old"), Buffer.alloc(1000));
    const limits = ["--max-file", "2000", "--max-total", "2500", "--max-files", "3"];
    const started = await startServer(
      join(folder, "there"),
      ["tcp://127.0.0.1:0", "ws://127.0.0.1:0"],
      limits,
    );
    server = started.server;
    tcp = started.urls[0]!;
    http = started.urls[1]!.replace(/^ws/, "http").replace(/\/$/, "");
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const deep = (names: number): string => Array.from({ length: names }, () => "d").join("/");
  const long = (bytes: number): string =>
    `${"n".repeat(99)}/`.repeat(Math.floor(bytes / 100)) + "x".repeat(bytes % 100);

  test.each([
    ["one file's size", "big", 2001, "too-large", 413],
    ["all files' size", "more", 1501, "too-large", 413],
    ["the number of files and folders", "a/b/c", 1, "too-many", 503],
    ["depth", deep(65), 1, "bad-path", 400],
    ["a path's length", long(4097), 1, "bad-path", 400],
    ["a name's length", "n".repeat(256), 1, "bad-path", 400],
  ])("of %s", async (_what, path, size, code, status) => {
    await using socket = await connect(fileTransfer, tcp);
    await socket.send(put(1, path, size));
    let answer: FromServer | undefined;
    for await (const message of socket) {
      answer = message;
      break;
    }
    expect(answer).toMatchObject({ type: "refused", id: 1, code });
    const created = await postTus(http, path, size);
    expect([created.status, (await created.text()).length > 10]).toEqual([status, true]);
    if (code === "bad-path") expect((await fetch(`${http}/files/${path}`)).status).toBe(400);
    expect(readdirSync(join(folder, "there")).toSorted()).toEqual([".socketlab", "old"]);
  });

  test("tus clients are told the largest file before they begin", async () => {
    const answer = await fetch(`${http}/uploads`, { method: "OPTIONS" });
    expect(answer.headers.get("tus-max-size")).toBe("2000");
  });
});

describe("of what one client has under way", () => {
  test("in a conversation", async () => {
    const store = new MemoryStore();
    const questions = [1, 2, 3].map((id) => put(id, `file ${id}`, 10));
    const answers = await converseWith({ store, maxTransfers: 2 }, questions);
    expect(answers.filter(({ type }) => type === "refused")).toMatchObject([{ id: 3, code: "too-many" }]);
    const usual = Array.from({ length: MAX_TRANSFERS + 1 }, (_, id) => put(id, `file ${id}`, 10));
    expect((await converseWith({}, usual)).filter(({ type }) => type === "refused")).toMatchObject([
      { id: MAX_TRANSFERS, code: "too-many" },
    ]);
  });

  test("by tus; another client is not affected, and what has ended does not count", async () => {
    await using serving = await serveHttp({ maxTransfers: 2 });
    const first = await postTus(serving.url, "one", 5);
    await postTus(serving.url, "two", 5);
    const third = await postTus(serving.url, "three", 5);
    expect([third.status, await third.text()]).toEqual([
      503,
      "you have 2 transfers under way; wait for one to end\n",
    ]);
    const given = { "Tus-Resumable": "1.0.0" };
    await fetch(new URL(first.headers.get("location")!, serving.url), { method: "DELETE", headers: given });
    expect((await postTus(serving.url, "empty", 0)).status).toBe(201);
    // Nor does what the store refuses.
    serving.store.maxFileBytes = 5;
    for (let count = 0; count < 3; count++) expect((await postTus(serving.url, "large", 6)).status).toBe(413);
    expect((await postTus(serving.url, "three", 5)).status).toBe(201);
  });

  test("by links; another address is not affected", async () => {
    await using serving = await serveHttp({ maxTransfers: 2 });
    serving.store.put("file", new Uint8Array(64 * 1024 * 1024));
    const ask = (localAddress: string): Promise<{ status: number | undefined; end: () => void }> =>
      new Promise((resolve, reject) => {
        const request = httpGet(`${serving.url}/files/file`, { localAddress }, (response) => {
          response.pause();
          resolve({ status: response.statusCode, end: () => request.destroy() });
        });
        request.on("error", reject);
      });
    const [one, two] = [await ask("127.0.0.1"), await ask("127.0.0.1")];
    expect([one.status, two.status]).toEqual([200, 200]);
    expect((await ask("127.0.0.1")).status).toBe(503);
    // Linux alone has all of 127.0.0.0/8 without being asked.
    const other = process.platform === "linux" ? await ask("127.0.0.2") : undefined;
    expect(other?.status ?? 200).toBe(200);
    one.end();
    await expect
      .poll(async () => (await fetch(`${serving.url}/files/file`, { method: "HEAD" })).status)
      .toBe(200);
    two.end();
    other?.end();
  });
});

test("fewer transfers than our own client has at a time are wrong usage", async () => {
  const { code, stderr } = await command(["server", "--max-transfers", "31"]);
  expect(stderr).toMatch(/--max-transfers: .*32/);
  expect(code).toBe(2);
});
