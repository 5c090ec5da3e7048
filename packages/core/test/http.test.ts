// Asking somebody else's HTTP server: what is sent, what comes back, and what each bound does.
import { spawnSync } from "node:child_process";
import { createServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { requestHttp, UsageError } from "@socketlab/core";
import { generate } from "selfsigned";
import { describe, expect, onTestFinished, test } from "vitest";

async function listening(server: Server & { closeAllConnections(): void }): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function serving(answer: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listening(createServer(answer))}/`;
}

describe("an answer", () => {
  test("has its status, headers and bytes, where it came from, and who gave it", async () => {
    const url = await serving((_, response) => void response.writeHead(404, { "X-A": "b" }).end("none"));
    const { status, headers, body, ...rest } = await requestHttp(url);
    expect([status, headers["x-a"], Buffer.from(body).toString()]).toEqual([404, "b", "none"]);
    expect(rest).toEqual({ url, remoteHost: "127.0.0.1" });
  });

  test("is to what was asked: method, headers, body, from the address that was named", async () => {
    const url = await serving((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method, headers, socket } = request;
        response.end(
          `${method} ${headers["content-type"]} ${socket.remoteAddress} ${Buffer.concat(chunks).toString()}`,
        );
      });
    });
    const headers = { "Content-Type": "application/json" };
    const { body } = await requestHttp(url, {
      method: "POST",
      headers,
      body: '{"a":1}',
      localHost: "127.0.0.3",
    });
    expect(Buffer.from(body).toString()).toBe('POST application/json 127.0.0.3 {"a":1}');
  });

  test("comes over https from whom the authority that was named vouches for, and from nobody else", async () => {
    const { cert, private: key } = await generate([{ name: "commonName", value: "here" }], {
      extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
    });
    const url = `https://127.0.0.1:${await listening(createHttpsServer({ cert, key }, (_, response) => void response.end("safe")))}/`;
    expect(Buffer.from((await requestHttp(url, { ca: cert })).body).toString()).toBe("safe");
    await expect(requestHttp(url)).rejects.toThrow(/nobody whom we trust vouches/);
  });
});

describe("a redirect", () => {
  const toItself: RequestListener = ({ url = "" }, response) =>
    void response.writeHead(302, { Location: `${Number(url.slice(1)) + 1}` }).end(url);

  test("is followed so often, and no further", async () => {
    const url = await serving((request, response) =>
      request.url === "/5" ? void response.end("there") : toItself(request, response),
    );
    expect((await requestHttp(`${url}0`)).url).toBe(`${url}5`);
    await expect(requestHttp(`${url}0`, { maxRedirects: 4 })).rejects.toMatchObject({
      code: "too-many-redirects",
    });
  });

  test("is an answer to whoever has sent something", async () => {
    expect((await requestHttp(await serving(toItself), { method: "POST" })).status).toBe(302);
  });

  test.each(["file:///etc/passwd", "ftp://127.0.0.1/", "http://[", "javascript:1"])(
    "to %s leads nowhere",
    async (to) => {
      const url = await serving((_, response) => void response.writeHead(302, { Location: to }).end());
      await expect(requestHttp(url)).rejects.toMatchObject({ code: "bad-http" });
    },
  );
});

describe("is given up", () => {
  test("an answer that is too long", async () => {
    const url = await serving((_, response) => void response.end("12345"));
    expect((await requestHttp(url, { maxBytes: 5 })).body).toHaveLength(5);
    await expect(requestHttp(url, { maxBytes: 4 })).rejects.toMatchObject({ code: "too-long" });
  });

  test("one that does not come, or not to its end", async () => {
    const urls = [await serving(() => {}), await serving((_, response) => void response.write("a"))];
    for (const url of urls)
      await expect(requestHttp(url, { timeoutMs: 100 })).rejects.toMatchObject({ code: "timed-out" });
  });

  test("what whoever asks no longer wants", async () => {
    const url = await serving(() => {});
    const signal = AbortSignal.timeout(50);
    await expect(requestHttp(url, { signal })).rejects.toMatchObject({ code: "aborted" });
    await expect(requestHttp(url, { signal })).rejects.toMatchObject({ code: "aborted" });
  });

  test("what is no HTTP, and who breaks off", async () => {
    const garbage = await serving((_, response) => void response.socket!.end("garbage\r\n\r\n"));
    await expect(requestHttp(garbage)).rejects.toMatchObject({ code: "bad-http" });
    const rude = await serving((_, response) => void response.socket!.destroy());
    await expect(requestHttp(rude)).rejects.toMatchObject({ code: "reset" });
    const half = await serving((_, response) => {
      response.writeHead(200, { "Content-Length": 10 }).write("12345", () => response.socket!.destroy());
    });
    await expect(requestHttp(half)).rejects.toMatchObject({ code: "reset" });
  });

  test("a URL that is none of HTTP", async () => {
    for (const url of ["ws://127.0.0.1/", "here", ""])
      await expect(requestHttp(url)).rejects.toThrow(UsageError);
  });
});

test("Node.js's fetch is not loaded with it: 16 MiB", () => {
  const program = `
    const { requestHttp } = await import("@socketlab/core");
    const before = process.moduleLoadList.some((one) => / http$/.test(one));
    await requestHttp("http://127.0.0.1:1/").catch(() => {});
    await requestHttp("https://127.0.0.1:1/").catch(() => {});
    const after = process.moduleLoadList.filter((one) => /undici|_http_client/.test(one));
    console.log(JSON.stringify({ before, after }));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  expect(stdout === "" ? stderr : JSON.parse(stdout)).toEqual({
    before: false,
    after: ["NativeModule _http_client"],
  });
});
