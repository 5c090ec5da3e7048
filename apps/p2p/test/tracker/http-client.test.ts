// The side that asks over HTTP, against trackers that lie, stall, never end, and send it in circles.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { ClosedError, LimitError, ProtocolError, TimeoutError, UsageError } from "@socketlab/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { encode } from "../../src/bencode/encode.ts";
import { announce, scrape } from "../../src/tracker/client/announce.ts";
import { TrackerError } from "../../src/tracker/messages.ts";
import { hash, request } from "./wire.ts";

/** Its announce URL. */
async function tracker(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`;
}

const saying = (body: Uint8Array | string, status = 200): Promise<string> =>
  tracker((_, response) => void response.writeHead(status).end(body));

const fine = encode({ interval: 60, peers: [{ ip: "127.0.0.5", port: 5 }] });

describe("is understood", () => {
  test("a list of dictionaries, with names left out: a name is no address", async () => {
    const peers = [
      { ip: "127.0.0.5", port: 5, "peer id": hash(7) },
      { ip: "victim.example", port: 80 },
      { ip: "::ffff:127.0.0.6", port: 6 },
    ];
    const reply = await announce(await saying(encode({ interval: 60, peers })), request());
    expect(reply.peers).toEqual([
      { host: "127.0.0.5", port: 5, peerId: Buffer.from(hash(7)) },
      { host: "127.0.0.6", port: 6 },
    ]);
  });

  test("a redirect, to wherever it leads", async () => {
    const there = await saying(fine);
    const here = await tracker((_, response) => void response.writeHead(302, { Location: there }).end());
    expect((await announce(here, request())).peers).toHaveLength(1);
  });

  test("a failure, with whatever status", async () => {
    const url = await saying(encode({ "failure reason": "go away" }), 403);
    await expect(announce(url, request())).rejects.toThrow(TrackerError);
    await expect(announce(url, request())).rejects.toThrow("go away");
  });

  test("a warning beside an answer", async () => {
    const url = await saying(encode({ interval: 60, peers: "", "warning message": "soon closed" }));
    expect((await announce(url, request())).warning).toBe("soon closed");
  });
});

describe("is refused", () => {
  test.each([
    ["HTML", "<html>", 200, /bencode|value belongs here/],
    ["an error page", "<html>", 500, /HTTP status 500/],
    ["nothing", "", 200, /value belongs here/],
  ])("%s", async (_, body, status, words) => {
    const url = await saying(body, status);
    await expect(announce(url, request())).rejects.toThrow(ProtocolError);
    await expect(announce(url, request())).rejects.toThrow(words);
  });

  test("an answer that never ends: at its bound", async () => {
    let sent = 0;
    const url = await tracker((_, response) => {
      const more = (): void => {
        sent += 16_384;
        if (!response.destroyed) response.write(Buffer.alloc(16_384, "l"), more);
      };
      more();
    });
    await expect(announce(url, request())).rejects.toThrow(LimitError);
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  test("one who is silent, before or within the answer: at the deadline", async () => {
    const silent = await tracker(() => {});
    const stalling = await tracker((_, response) => void response.writeHead(200).write("d8:interval"));
    for (const url of [silent, stalling])
      await expect(announce(url, request(), { timeoutMs: 200 })).rejects.toThrow(TimeoutError);
  });

  test("one who sends us in circles, or to where no HTTP is", async () => {
    const circle = await tracker(
      (asked, response) => void response.writeHead(301, { Location: asked.url }).end(),
    );
    await expect(announce(circle, request())).rejects.toThrow(/sent elsewhere more than 5 times/);
    const file = await tracker(
      (_, response) => void response.writeHead(302, { Location: "file:///etc/passwd" }).end(),
    );
    await expect(announce(file, request())).rejects.toThrow(ProtocolError);
  });

  test("one who hangs up, or is not there", async () => {
    const rude = await tracker((_, response) => void response.destroy());
    await expect(announce(rude, request())).rejects.toThrow(ClosedError);
    await expect(announce("http://127.0.0.1:1/announce", request())).rejects.toThrow(/nothing listens there/);
  });

  test("a URL that is no tracker's", async () => {
    for (const url of ["wss://127.0.0.1/announce", "nonsense", "udp://127.0.0.1"])
      await expect(announce(url, request())).rejects.toThrow(UsageError);
    await expect(scrape("http://127.0.0.1/x", [hash(1)])).rejects.toThrow(/only trackers whose path/);
  });
});

test("whoever asks can give up", async () => {
  const url = await tracker(() => {});
  const stop = AbortSignal.timeout(100);
  await expect(announce(url, request(), { signal: stop })).rejects.toMatchObject({ code: "aborted" });
});
