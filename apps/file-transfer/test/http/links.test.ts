import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StoreError } from "../../src/server/store.ts";
import { randomBytes, serveHttp, type Serving } from "./serving.ts";

const alphabet = Buffer.from("abcdefghijklmnopqrstuvwxyz");
const large = randomBytes(5 * 1024 * 1024 + 123);
let serving: Serving;
let url = "";

beforeAll(async () => {
  serving = await serveHttp();
  url = `${serving.url}/files`;
  serving.store.put("letters.txt", alphabet);
  serving.store.put("large.bin", large);
  serving.store.put("empty", new Uint8Array());
  serving.store.put("folder/page.html", Buffer.from("<script>alert(1)</script>"));
  serving.store.put("folder/Grüße — 100%.txt", alphabet);
});
afterAll(() => serving[Symbol.asyncDispose]());

async function get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Response> {
  return fetch(url + path, { method, headers });
}
async function bytesOf(answer: Response): Promise<Buffer> {
  return Buffer.from(await answer.arrayBuffer());
}

test("a link gives the file, byte by byte, and says what it is", async () => {
  const answer = await get("/large.bin");
  expect(answer.status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "application/octet-stream",
    "content-length": String(large.length),
    "accept-ranges": "bytes",
    "last-modified": "Thu, 29 Feb 2024 12:00:00 GMT",
    etag: expect.stringMatching(/^"[\w-]{22}"$/) as string,
  });
  expect((await bytesOf(answer)).equals(large)).toBe(true);
});

test("HEAD says what GET would, and ignores Range", async () => {
  const headers = { Range: "bytes=0-1" };
  const answer = await get("/large.bin", headers, "HEAD");
  expect([answer.status, answer.headers.get("content-length")]).toEqual([200, String(large.length)]);
  expect((await bytesOf(answer)).length).toBe(0);
});

describe("ranges", () => {
  test.each([
    ["bytes=0-2", "abc", "bytes 0-2/26"],
    ["bytes=23-", "xyz", "bytes 23-25/26"],
    ["bytes=-3", "xyz", "bytes 23-25/26"],
    ["bytes=20-100", "uvwxyz", "bytes 20-25/26"],
    ["bytes=0-3,2-5", "abcdef", "bytes 0-5/26"],
  ])("%s", async (range, text, contentRange) => {
    const answer = await get("/letters.txt", { Range: range });
    expect([answer.status, await answer.text()]).toEqual([206, text]);
    expect(answer.headers.get("content-range")).toBe(contentRange);
    expect(answer.headers.get("content-length")).toBe(String(text.length));
    expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  });

  test("several of them come as parts, in their order, and the length is announced", async () => {
    const answer = await get("/letters.txt", { Range: "bytes=-2, 0-1" });
    const [, boundary = ""] =
      /^multipart\/byteranges; boundary=(\S+)$/.exec(answer.headers.get("content-type")!) ?? [];
    expect(answer.status).toBe(206);
    expect(answer.headers.has("content-range")).toBe(false);
    const part = (contentRange: string, text: string): string =>
      `\r\n--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: ${contentRange}\r\n\r\n${text}`;
    const body = await answer.text();
    expect(body).toBe(`${part("bytes 24-25/26", "yz")}${part("bytes 0-1/26", "ab")}\r\n--${boundary}--\r\n`);
    expect(answer.headers.get("content-length")).toBe(String(body.length));
  });

  test("parts of more than a block each are whole", async () => {
    const answer = await get("/large.bin", { Range: "bytes=3000000-4200000,0-1300000" });
    const body = await bytesOf(answer);
    expect(body.length).toBe(Number(answer.headers.get("content-length")));
    for (const [first, last] of [
      [3000000, 4200001],
      [0, 1300001],
    ])
      expect(body.includes(Buffer.from(large.subarray(first, last)))).toBe(true);
  });

  test("none that is there: 416 with the size", async () => {
    const answer = await get("/letters.txt", { Range: "bytes=26-" });
    expect([answer.status, answer.headers.get("content-range")]).toEqual([416, "bytes */26"]);
    expect(await answer.text()).toContain("26 bytes");
  });

  test.each(["bytes=2-1", "lines=0-1", "bytes=x-"])("%s is ignored", async (range) => {
    const answer = await get("/letters.txt", { Range: range });
    expect([answer.status, await answer.text()]).toEqual([200, alphabet.toString()]);
  });

  test("an empty file is empty, whatever is asked for", async () => {
    const answer = await get("/empty", { Range: "bytes=0-" });
    expect([answer.status, await answer.text(), answer.headers.get("content-length")]).toEqual([
      200,
      "",
      "0",
    ]);
  });
});

describe("conditions", () => {
  test("what the client has is not sent again", async () => {
    const { headers } = await get("/letters.txt", {}, "HEAD");
    const [etag, modified] = [headers.get("etag")!, headers.get("last-modified")!];
    for (const condition of [{ "If-None-Match": etag }, { "If-Modified-Since": modified }]) {
      const answer = await get("/letters.txt", condition);
      expect([answer.status, await answer.text(), answer.headers.get("etag")]).toEqual([304, "", etag]);
    }
    const unlike = await get("/letters.txt", { "If-Match": '"other"', Range: "bytes=0-1" });
    expect(unlike.status).toBe(412);
    await unlike.text();
  });

  test("If-Range: a part of the same file, or all of the new one", async () => {
    const { store } = serving;
    store.put("changing.txt", Buffer.from("old words"));
    const etag = (await get("/changing.txt", {}, "HEAD")).headers.get("etag")!;
    const asked = { "If-Range": etag, Range: "bytes=4-" };
    const same = await get("/changing.txt", asked);
    expect([same.status, await same.text()]).toEqual([206, "words"]);
    store.put("changing.txt", Buffer.from("new words"));
    const other = await get("/changing.txt", asked);
    expect([other.status, await other.text()]).toEqual([200, "new words"]);
    expect(other.headers.get("etag")).not.toBe(etag);
  });
});

test("a page among the files cannot act as ours", async () => {
  const answer = await get("/folder/page.html");
  expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  const policy = answer.headers.get("content-security-policy")!;
  expect(policy).toMatch(/^sandbox;/);
  expect(policy).not.toContain("script");
  await answer.text();
});

test("a name in any script arrives as it is, and is saved under it when asked for", async () => {
  const answer = await get(`/folder/${encodeURIComponent("Grüße — 100%.txt")}?download`);
  expect(await answer.text()).toBe(alphabet.toString());
  expect(answer.headers.get("content-disposition")).toBe(
    `attachment; filename="Gr__e _ 100_.txt"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%E2%80%94%20100%25.txt`,
  );
});

test.each([
  ["/nothing", 404],
  ["/folder", 404],
  ["/folder/", 404],
  ["/", 404],
  ["/%2e%2e%2fsecret", 400],
  ["/a%00b", 400],
  ["/%ff", 400],
  ["/%", 400],
  ["/.socketlab/incoming", 400],
])("%s is refused with %d and a sentence", async (path, status) => {
  const answer = await get(path);
  expect(answer.status).toBe(status);
  expect((await answer.text()).length).toBeGreaterThan(10);
});

test("other methods are refused, and told where to write", async () => {
  for (const method of ["PUT", "POST", "DELETE"]) {
    const answer = await fetch(`${url}/letters.txt`, { method, body: "words" });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    expect(await answer.text()).toContain("/uploads/");
  }
});

test("programs get a folder's list, page by page", async () => {
  for (let i = 0; i < 501; i++) serving.store.put(`many/${String(i).padStart(4, "0")}`, alphabet);
  const list = async (query: string): Promise<{ entries: { path: string }[]; more: boolean }> =>
    (await (await get(`/many/${query}`, { Accept: "application/json" })).json()) as never;
  const first = await list("");
  expect([first.entries.length, first.more]).toEqual([500, true]);
  const second = await list(`?after=${first.entries.at(-1)!.path}`);
  expect([second.entries.map(({ path }) => path), second.more]).toEqual([["many/0500"], false]);
});

test("a client that goes away ends the reading, and that is no fault", async () => {
  const { store, entries } = serving;
  const socket = connectTcp(Number(new URL(url).port), "127.0.0.1");
  socket.write("GET /files/large.bin HTTP/1.1\r\nHost: x\r\n\r\n");
  await once(socket, "data");
  expect(store.openFiles).toBe(1);
  socket.resetAndDestroy();
  await until(() => store.openFiles === 0);
  expect(entries).toEqual([]);
});

test("a file is not closed while it is still being read for a client that has left", async () => {
  await using other = await serveHttp();
  const { store } = other;
  store.put("file", large);
  const open = store.open.bind(store);
  const happened: string[] = [];
  const goOn = Promise.withResolvers<void>();
  store.open = async (path) => {
    const file = await open(path);
    return {
      ...file,
      read: async (into, offset) => {
        happened.push("read");
        await goOn.promise;
        happened.push("has read");
        return file.read(into, offset);
      },
      close: () => {
        happened.push("close");
        return file.close();
      },
    };
  };
  const socket = connectTcp(Number(new URL(other.url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write("GET /files/file HTTP/1.1\r\nHost: x\r\n\r\n");
  await until(() => happened.length > 0);
  socket.resetAndDestroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  goOn.resolve();
  await until(() => store.openFiles === 0);
  expect(happened).toEqual(["read", "has read", "close"]);
});

test("more downloads at a time than there is memory for are asked to come later", async () => {
  await using other = await serveHttp({ maxTransfers: Infinity });
  const { store } = other;
  store.put("file", alphabet);
  const open = store.open.bind(store);
  const goOn = Promise.withResolvers<void>();
  store.open = async (path) => {
    await goOn.promise;
    return open(path);
  };
  const refused: Response[] = [];
  const answers = Array.from({ length: 140 }, async () => {
    const answer = await fetch(`${other.url}/files/file`);
    if (answer.status === 503) refused.push(answer);
    return answer.status;
  });
  await until(() => refused.length === 12);
  expect(refused[0]!.headers.get("retry-after")).toBe("5");
  goOn.resolve();
  expect((await Promise.all(answers)).filter((status) => status === 200)).toHaveLength(128);
  expect((await fetch(`${other.url}/files/file`)).status).toBe(200);
});

test("a client that does not read costs no memory: no more is read than has room on the way", async () => {
  await using other = await serveHttp();
  other.store.put("file", new Uint8Array(64 * 1024 * 1024));
  const socket = connectTcp(Number(new URL(other.url).port), "127.0.0.1");
  socket.pause();
  socket.write("GET /files/file HTTP/1.1\r\nHost: x\r\n\r\n");
  await until(() => other.store.bytesRead > 0);
  let before = 0;
  while (other.store.bytesRead > before) {
    before = other.store.bytesRead;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(before).toBeLessThan(32 * 1024 * 1024);
  socket.destroy();
  await until(() => other.store.openFiles === 0);
});

test("a file that changes while it is read ends short of its announced length, and is logged", async () => {
  await using other = await serveHttp();
  other.store.put("file", large);
  const answer = await fetch(`${other.url}/files/file`);
  const reading = answer.arrayBuffer();
  reading.catch(() => {});
  other.store.put("file", alphabet);
  await expect(reading).rejects.toThrow();
  await until(() => other.entries.length > 0);
  expect(other.entries[0]).toMatchObject({ err: { message: "file has changed" } });
  expect(other.store.openFiles).toBe(0);
});

test("who may not read is told so, in every form in which a token may come", async () => {
  const asked: (string | undefined)[] = [];
  await using other = await serveHttp({
    allow: (token, action, path) => {
      asked.push(token, action, path);
      if (token === undefined) throw new StoreError("token-needed", "this server asks for a token");
      if (token !== "a.b-c") throw new StoreError("not-allowed", "this token is for another folder");
    },
  });
  other.store.put("file", alphabet);
  const ask = (query: string, headers = {}): Promise<Response> =>
    fetch(`${other.url}/files/file${query}`, { headers });
  const none = await ask("");
  expect([none.status, none.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  expect((await ask("", { Authorization: "Bearer other" })).status).toBe(403);
  expect((await ask("", { Authorization: "Bearer a.b-c" })).status).toBe(200);
  expect((await ask("?token=a.b-c")).status).toBe(200);
  expect(asked.slice(0, 3)).toEqual([undefined, "read", "file"]);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
