import { describe, expect, test } from "vitest";
import { Upload, type DetailedError, type HttpRequest, type UploadOptions } from "tus-js-client";
import { VirtualClock } from "@socketlab/core";
import { StoreError } from "../../src/server/store.ts";
import { randomBytes, serveHttp, type Serving } from "./serving.ts";

const large = Buffer.from(randomBytes(6 * 1024 * 1024 + 789));

/** tus-js-client, as a program would use it. @returns the upload's URL. @throws its DetailedError. */
function upload(
  serving: Serving,
  bytes: Buffer,
  options: Partial<UploadOptions> & { onUpload?: (upload: Upload) => void } = {},
): Promise<string> {
  const { onUpload, ...more } = options;
  return new Promise((resolve, reject) => {
    const client = new Upload(bytes, {
      endpoint: `${serving.url}/uploads/`,
      retryDelays: null,
      storeFingerprintForResuming: false,
      metadata: { filename: "a folder/Größe.bin", lastModified: "1700000000000" },
      onSuccess: () => resolve(client.url!),
      onError: reject,
      ...more,
    });
    onUpload?.(client);
    client.start();
  });
}

/** One request exactly as written. */
function tus(
  url: string,
  method: string,
  headers: Record<string, string> = {},
  body?: Buffer,
): Promise<Response> {
  return fetch(url, {
    method,
    headers: { "Tus-Resumable": "1.0.0", ...headers },
    ...(body !== undefined && { body: new Uint8Array(body) }),
  });
}
const encoded = (name: string): string => `filename ${Buffer.from(name).toString("base64")}`;
async function create(serving: Serving, size: number, name = "file"): Promise<string> {
  const headers = { "Upload-Length": String(size), "Upload-Metadata": encoded(name) };
  const answer = await tus(`${serving.url}/uploads`, "POST", headers);
  expect(answer.status).toBe(201);
  return new URL(answer.headers.get("location")!, serving.url).href;
}
function patch(url: string, offset: number, body: Buffer): Promise<Response> {
  const type = "application/offset+octet-stream";
  return tus(url, "PATCH", { "Upload-Offset": String(offset), "Content-Type": type }, body);
}

describe("tus-js-client", () => {
  test("uploads a file, which then is under its name, byte by byte", async () => {
    await using serving = await serveHttp();
    await upload(serving, large);
    const file = serving.store.files.get("a folder/Größe.bin")!;
    expect(large.equals(file.bytes)).toBe(true);
    expect(file.mtimeMs).toBe(1_700_000_000_000);
    expect(serving.store.writing.size).toBe(0);
  });

  test("uploads in pieces, and with the first piece at once", async () => {
    await using serving = await serveHttp();
    const requests: string[] = [];
    await upload(serving, large, {
      chunkSize: 1_000_000,
      uploadDataDuringCreation: true,
      onBeforeRequest: (request: HttpRequest) => void requests.push(request.getMethod()),
    });
    expect(requests).toEqual(["POST", ...Array<string>(6).fill("PATCH")]);
    expect(large.equals(serving.store.files.get("a folder/Größe.bin")!.bytes)).toBe(true);
  });

  test("is aborted, and goes on where it was: nobody sees the file before, and no byte is sent twice", async () => {
    await using serving = await serveHttp();
    let first: Upload | undefined;
    const url = await new Promise<string>((resolve) => {
      const options: Partial<UploadOptions> = {
        chunkSize: 1_000_000,
        onChunkComplete: (_size, accepted) => {
          if (accepted >= 3_000_000) void first!.abort().then(() => resolve(first!.url!));
        },
      };
      void upload(serving, large, { ...options, onUpload: (client) => (first = client) });
    });
    expect([...serving.store.files.keys()]).toEqual([]);
    const sent: number[] = [];
    await upload(serving, large, { uploadUrl: url, onProgress: (bytes) => sent.push(bytes) });
    expect(Math.min(...sent)).toBeGreaterThanOrEqual(3_000_000);
    expect(large.equals(serving.store.files.get("a folder/Größe.bin")!.bytes)).toBe(true);
  });

  test("uploads an empty file", async () => {
    await using serving = await serveHttp();
    await upload(serving, Buffer.alloc(0));
    expect(serving.store.files.get("a folder/Größe.bin")!.bytes).toHaveLength(0);
  });

  test("ends an upload, and nothing of it is left", async () => {
    await using serving = await serveHttp();
    const url = await create(serving, 1000);
    await (await patch(url, 0, Buffer.alloc(500))).text();
    await Upload.terminate(url, { retryDelays: null });
    expect((await tus(url, "HEAD")).status).toBe(404);
    expect([serving.store.files.size, serving.store.writing.size, serving.store.suspended.size]).toEqual([
      0, 0, 0,
    ]);
  });

  test("is told at once that a file is too large", async () => {
    await using serving = await serveHttp({ maxFileBytes: 1_000_000 });
    const refused = (await upload(serving, large).catch((error: unknown) => error)) as DetailedError;
    expect(refused.originalResponse?.getStatus()).toBe(413);
    expect(serving.store.writing.size).toBe(0);
  });

  test("is told what the store says", async () => {
    await using serving = await serveHttp();
    serving.store.maxFileBytes = 10;
    const refused = (await upload(serving, large).catch((error: unknown) => error)) as DetailedError;
    expect(refused.originalResponse?.getStatus()).toBe(413);
    expect(refused.originalResponse?.getBody()).toContain("too many bytes");
  });
});

test("a connection that breaks in the middle costs what was on its way, and no more", async () => {
  const serving = await serveHttp();
  const url = await create(serving, large.length);
  const stop = new AbortController();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(large.subarray(0, 2_000_000))),
  });
  const headers = {
    "Tus-Resumable": "1.0.0",
    "Upload-Offset": "0",
    "Content-Type": "application/offset+octet-stream",
  };
  const broken = fetch(url, { method: "PATCH", headers, body, duplex: "half", signal: stop.signal });
  broken.catch(() => {});
  let arrived = 0;
  // To ask is what makes the server end the request that has been given up.
  await new Promise((resolve) => setTimeout(resolve, 200));
  stop.abort();
  arrived = Number((await tus(url, "HEAD")).headers.get("upload-offset"));
  expect(arrived).toBeGreaterThan(0);
  const rest = await patch(url, arrived, large.subarray(arrived));
  expect(rest.status).toBe(204);
  expect(large.equals(serving.store.files.get("file")!.bytes)).toBe(true);
  await serving[Symbol.asyncDispose]();
  expect(serving.entries, "no request was left behind").toEqual([]);
});

test("a request that hangs makes way for the client that comes back", async () => {
  await using serving = await serveHttp();
  const url = await create(serving, large.length);
  const stop = new AbortController();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(large.subarray(0, 100_000))),
  });
  const headers = {
    "Tus-Resumable": "1.0.0",
    "Upload-Offset": "0",
    "Content-Type": "application/offset+octet-stream",
  };
  fetch(url, { method: "PATCH", headers, body, duplex: "half", signal: stop.signal }).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 200));
  const head = await tus(url, "HEAD");
  expect([head.status, head.headers.get("upload-offset")]).toEqual([200, "100000"]);
  expect((await patch(url, 100_000, large.subarray(100_000))).status).toBe(204);
  expect(large.equals(serving.store.files.get("file")!.bytes)).toBe(true);
  stop.abort();
});

describe("the protocol, as written", () => {
  test("OPTIONS says what is known here", async () => {
    await using serving = await serveHttp({ maxFileBytes: 5000 });
    const answer = await fetch(`${serving.url}/uploads/`, { method: "OPTIONS" });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "tus-version": "1.0.0",
      "tus-extension": "creation,creation-with-upload,termination",
      "tus-max-size": "5000",
    });
  });

  test("a wrong offset is 409, and writes nothing", async () => {
    await using serving = await serveHttp();
    const url = await create(serving, 10);
    expect((await patch(url, 0, Buffer.from("hello"))).headers.get("upload-offset")).toBe("5");
    for (const offset of [0, 4, 6]) expect((await patch(url, offset, Buffer.from("XXXX"))).status).toBe(409);
    expect((await tus(url, "HEAD")).headers.get("upload-offset")).toBe("5");
    expect((await patch(url, 5, Buffer.from("world"))).status).toBe(204);
    expect(Buffer.from(serving.store.files.get("file")!.bytes).toString()).toBe("helloworld");
  });

  test("more than was announced is 413, and the file does not appear", async () => {
    await using serving = await serveHttp();
    const url = await create(serving, 10);
    expect((await patch(url, 0, Buffer.alloc(11))).status).toBe(413);
    expect(serving.store.files.size).toBe(0);
  });

  test("when it is complete, HEAD says so, also to who has missed it", async () => {
    await using serving = await serveHttp();
    const url = await create(serving, 5);
    await patch(url, 0, Buffer.from("hello"));
    const head = await tus(url, "HEAD");
    expect([head.headers.get("upload-offset"), head.headers.get("upload-length")]).toEqual(["5", "5"]);
    expect(head.headers.get("upload-metadata")).toBe(encoded("file"));
    expect(head.headers.get("cache-control")).toBe("no-store");
  });

  test.each([
    ["no name", undefined, 400],
    ["a name that leads out", "../secret", 400],
    ["a name that is absolute", "/etc/passwd", 400],
    ["the server's own folder", ".socketlab/x", 400],
  ])("%s is refused", async (_what, name, status) => {
    await using serving = await serveHttp();
    const headers = {
      "Upload-Length": "5",
      ...(name !== undefined && { "Upload-Metadata": encoded(name) }),
    };
    const answer = await tus(`${serving.url}/uploads`, "POST", headers);
    expect(answer.status).toBe(status);
    expect((await answer.text()).length).toBeGreaterThan(10);
    expect(serving.store.writing.size).toBe(0);
  });

  test("an upload that nobody knows is 404", async () => {
    await using serving = await serveHttp();
    expect((await tus(`${serving.url}/uploads/0123456789abcdef`, "HEAD")).status).toBe(404);
    expect((await patch(`${serving.url}/uploads/0123456789abcdef`, 0, Buffer.from("x"))).status).toBe(404);
    expect((await fetch(`${serving.url}/uploads/0123456789abcdef`)).status).toBe(404);
  });

  test("a page of another site gets no permission to write here", async () => {
    await using serving = await serveHttp();
    const answer = await fetch(`${serving.url}/uploads/`, {
      method: "OPTIONS",
      headers: { Origin: "https://elsewhere.example", "Access-Control-Request-Method": "POST" },
    });
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    // Without asking first, a page cannot send this header; without the header, nothing is done.
    const simple = await fetch(`${serving.url}/uploads/`, { method: "POST", body: "x" });
    expect(simple.status).toBe(412);
  });
});

test("two writers of one name: the second is told, while the first is at it", async () => {
  await using serving = await serveHttp();
  const other = await serving.store.write("file", { size: 5, mtimeMs: 0, mode: 0o644 });
  const headers = { "Upload-Length": "5", "Upload-Metadata": encoded("file") };
  expect((await tus(`${serving.url}/uploads`, "POST", headers)).status).toBe(423);
  await other.discard();
  expect((await tus(`${serving.url}/uploads`, "POST", headers)).status).toBe(201);
});

test("more uploads at a time than may be open are asked to come later; those that are complete do not count", async () => {
  await using serving = await serveHttp({ maxTransfers: Infinity });
  const post = (name: string, size: number): Promise<Response> =>
    tus(`${serving.url}/uploads`, "POST", {
      "Upload-Length": String(size),
      "Upload-Metadata": encoded(name),
    });
  for (let i = 0; i < 20; i++) expect((await post(`empty ${i}`, 0)).status).toBe(201);
  for (let i = 0; i < 256; i++) expect((await post(`file ${i}`, 5)).status).toBe(201);
  expect((await post("one more", 5)).status).toBe(503);
});

test("who has lost the place and begins again is not in the own way", async () => {
  await using serving = await serveHttp();
  const lost = await create(serving, 10);
  await patch(lost, 0, Buffer.from("XXXXX"));
  const again = await create(serving, 10);
  expect((await tus(again, "HEAD")).headers.get("upload-offset")).toBe("0");
  expect((await patch(lost, 5, Buffer.from("XXXXX"))).status).toBe(404);
  await patch(again, 0, Buffer.from("helloworld"));
  expect(Buffer.from(serving.store.files.get("file")!.bytes).toString()).toBe("helloworld");
});

test("what the store cannot finish is not taken for done, and may be tried again", async () => {
  await using serving = await serveHttp();
  const { store } = serving;
  const write = store.write.bind(store);
  let failures = 2;
  store.write = async (path, file) => {
    const whole = await write(path, file);
    const finish = whole.finish.bind(whole);
    return Object.assign(whole, {
      finish: () =>
        failures-- > 0 ? Promise.reject(new StoreError("no-space", "the disk is full")) : finish(),
    });
  };
  const url = await create(serving, 5);
  expect((await patch(url, 0, Buffer.from("hello"))).status).toBe(507);
  expect((await tus(url, "HEAD")).status).toBe(507);
  expect(store.files.size).toBe(0);
  expect((await tus(url, "HEAD")).headers.get("upload-offset")).toBe("5");
  expect(Buffer.from(store.files.get("file")!.bytes).toString()).toBe("hello");
});

test("what fails in the server is logged, and not told to the client", async () => {
  const faults: unknown[] = [];
  await using serving = await serveHttp({ onError: (error) => faults.push(error) });
  serving.store.write = () => Promise.reject(new TypeError("a fault of ours"));
  const headers = { "Upload-Length": "5", "Upload-Metadata": encoded("file") };
  const answer = await tus(`${serving.url}/uploads`, "POST", headers);
  expect([answer.status, await answer.text()]).toEqual([500, "The server failed.\n"]);
  expect(faults).toEqual([new TypeError("a fault of ours")]);
});

test("an upload about which nobody asks is put by, and its name is free", async () => {
  const clock = new VirtualClock();
  await using serving = await serveHttp({ clock, idleMs: 60_000 });
  const url = await create(serving, 10);
  await clock.advance(59_000);
  await patch(url, 0, Buffer.from("hello"));
  await clock.advance(59_000);
  expect((await tus(url, "HEAD")).status).toBe(200);
  await clock.advance(61_000);
  expect((await tus(url, "HEAD")).status).toBe(404);
  expect([serving.store.writing.size, serving.store.suspended.size]).toEqual([0, 1]);
});

test("who may not write is told so before anything is written", async () => {
  await using serving = await serveHttp({
    allow: (token, action, path) => {
      if (token !== "good") throw new StoreError("not-allowed", `this token may not ${action} ${path}`);
    },
  });
  const refused = (await upload(serving, large).catch((error: unknown) => error)) as DetailedError;
  expect(refused.originalResponse?.getStatus()).toBe(403);
  expect(refused.originalResponse?.getBody()).toContain("may not write a folder/Größe.bin");
  expect(serving.store.writing.size).toBe(0);
  await upload(serving, large, { headers: { Authorization: "Bearer good" } });
  expect(serving.store.files.size).toBe(1);
});

test("a server that stops keeps what has arrived", async () => {
  const serving = await serveHttp();
  const url = await create(serving, 10);
  await patch(url, 0, Buffer.from("hello"));
  await serving[Symbol.asyncDispose]();
  expect(Buffer.from(serving.store.suspended.get("file")!).toString("latin1")).toMatch(/^hello/);
});
