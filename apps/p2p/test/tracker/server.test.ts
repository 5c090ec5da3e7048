// The tracker as a process: what it says to whoever asks, over HTTP and UDP, and what bad and greedy clients get. Black box.
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killRunning, needs } from "@socketlab/core/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { announceUrl } from "../../src/tracker/http-requests.ts";
import type { AnnounceRequest } from "../../src/tracker/messages.ts";
import { encodeUdpRequest } from "../../src/tracker/udp-messages.ts";
import { app, Datagrams, startTracker, type RunningTracker } from "./process.ts";
import { hash, request } from "./wire.ts";

afterAll(killRunning);

let tracker: RunningTracker;
beforeAll(async () => {
  tracker = await startTracker(["--peers-per-address", "5"]);
});

let torrents = 1;
/** A torrent of its own for each test. */
const newTorrent = (): Uint8Array => hash(++torrents);

async function get(url: string): Promise<string> {
  return Buffer.from(await (await fetch(url)).arrayBuffer()).toString("latin1");
}

function announced(changes: Partial<AnnounceRequest>, url = tracker.http): Promise<string> {
  return get(announceUrl(url, request(changes)));
}

const at = (path: string): string => tracker.http.replace(/\/announce$/, path);

describe("over HTTP", () => {
  test("the first is told of nobody, the second of the first, in six bytes", async () => {
    const infoHash = newTorrent();
    expect(await announced({ infoHash, port: 0x1ae1, left: 0 })).toBe(
      "d8:completei1e11:external ip4:\x7f\0\0\x0110:incompletei0e8:intervali1800e12:min intervali60e5:peers0:e",
    );
    expect(await announced({ infoHash, port: 2, peerId: hash(3) })).toContain(
      "5:peers6:\x7f\0\0\x01\x1a\xe1e",
    );
  });

  test("an address in the query is nobody's: who asks is listed as its socket says", async () => {
    const infoHash = newTorrent();
    await get(
      `${announceUrl(tracker.http, request({ infoHash }))}&ip=192.0.2.7&ipv4=192.0.2.7&ipv6=2001:db8::1`,
    );
    expect(await announced({ infoHash, port: 2, peerId: hash(3) })).toContain(
      "5:peers6:\x7f\0\0\x01\x1a\xe1e",
    );
  });

  test("what is wrong is said in the answer, with status 200, as clients read it", async () => {
    const response = await fetch(at("/announce?info_hash=short"));
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(/^d14:failure reason\d+:port is missing/);
    expect(await get(at("/announce?info_hash=short&peer_id=x&port=1"))).toContain("5 bytes, not 20");
    expect(await get(at("/announce?%"))).toContain("percent-encoded");
    expect(await get(at("/scrape"))).toContain("name the torrents");
  });

  test("a scrape tells of those torrents that are known", async () => {
    const infoHash = newTorrent();
    await announced({ infoHash, left: 0 });
    const key = Buffer.from(infoHash).toString("latin1");
    expect(await get(at(`/scrape?info_hash=${"%FE".repeat(20)}&info_hash=${encodeURIComponent(key)}`))).toBe(
      `d5:filesd20:${key}d8:completei1e10:downloadedi0e11:downloadersi0e10:incompletei0eeee`,
    );
  });

  test("whatever number of peers is wanted, no more than 200 are told of, and never fewer than none", async () => {
    const infoHash = newTorrent();
    await announced({ infoHash, port: 1 });
    const url = announceUrl(tracker.http, request({ infoHash, port: 2, peerId: hash(3) }));
    for (const wanted of ["-5", "99999999999999999999", "1"])
      expect(await get(`${url}&numwant=${wanted}`)).toContain("5:peers6:");
    expect(await get(`${url}&numwant=0`)).toContain("5:peers0:");
    expect(await get(`${url}&numwant=many`)).toContain("numwant is no whole number");
  });

  test("one address cannot fill a swarm", async () => {
    const infoHash = newTorrent();
    for (let port = 1; port <= 5; port++) await announced({ infoHash, port, peerId: hash(port) });
    expect(await announced({ infoHash, port: 6, peerId: hash(6) })).toContain(
      "5 peers of this torrent are at 127.0.0.1",
    );
  });

  test("people and programs find out what it is, and how much is going on", async () => {
    expect(await get(at("/"))).toContain("BitTorrent tracker");
    expect(JSON.parse(await get(at("/stats")))).toMatchObject({ peers: expect.any(Number) as number });
    expect(await get(at("/metrics"))).toMatch(/^tracker_announces_total\{server="tracker"\} \d+$/m);
    expect((await fetch(at("/nothing"))).status).toBe(404);
    expect((await fetch(at("/announce"), { method: "POST", body: "x" })).status).toBe(405);
  });

  test("garbage in place of HTTP costs the one who sends it its connection, and nobody else anything", async () => {
    const { hostname, port } = new URL(tracker.http);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    socket.write("\0\x01\x02 garbage\r\n\r\n");
    await new Promise((resolve) => socket.once("close", resolve).resume());
    expect(await get(at("/"))).toContain("BitTorrent tracker");
  });
});

describe("over UDP", () => {
  test("connect, announce, scrape: as BEP 15 has them", async () => {
    const infoHash = newTorrent();
    await announced({ infoHash, port: 7 });
    using socket = new Datagrams(tracker.udp);
    const connectionId = await socket.connect();
    const announce = request({ infoHash, port: 8, peerId: hash(4) });
    expect(await socket.ask({ action: "announce", transactionId: 5, connectionId, announce })).toEqual({
      action: "announce",
      transactionId: 5,
      reply: { intervalMs: 1_800_000, seeds: 0, leechers: 2, peers: [{ host: "127.0.0.1", port: 7 }] },
    });
    const infoHashes = [infoHash, hash(255)];
    const [known, unknown] = [2, 0].map((leechers) => ({ seeds: 0, completed: 0, leechers }));
    expect(await socket.ask({ action: "scrape", transactionId: 6, connectionId, infoHashes })).toEqual({
      action: "scrape",
      transactionId: 6,
      counts: [known, unknown],
    });
  });

  test("datagrams that come together are each answered", async () => {
    using socket = new Datagrams(tracker.udp);
    const connectionId = await socket.connect();
    const scrape = { action: "scrape" as const, connectionId, infoHashes: [hash(1)] };
    for (let transactionId = 0; transactionId < 20; transactionId++)
      socket.send(encodeUdpRequest({ ...scrape, transactionId }));
    const answered = new Set<number>();
    while (answered.size < 20) {
      const reply = await socket.receive();
      if (reply === undefined) break;
      answered.add(Buffer.from(reply).readUInt32BE(4));
    }
    expect(answered.size).toBe(20);
  });

  test("a connection id that was not given, or to another address, is refused, and nobody is listed by it", async () => {
    const infoHash = newTorrent();
    using socket = new Datagrams(tracker.udp);
    using other = new Datagrams(tracker.udp, "127.0.0.2");
    const connectionId = await other.connect();
    const announce = request({ infoHash });
    for (const guess of [connectionId, 0n, 2n ** 64n - 1n]) {
      const asked = { action: "announce" as const, transactionId: 5, connectionId: guess, announce };
      expect(await socket.ask(asked)).toEqual({
        action: "error",
        transactionId: 5,
        message: "connect again",
      });
    }
    expect(await announced({ infoHash, port: 2, peerId: hash(3) })).toContain("5:peers0:");
  });

  test("whoever has proved nothing is never sent more than came", async () => {
    using socket = new Datagrams(tracker.udp);
    const announce = { action: "announce" as const, transactionId: 5, connectionId: 1n, announce: request() };
    for (const asked of [
      { action: "connect" as const, transactionId: 1 },
      announce,
      { action: "scrape" as const, transactionId: 1, connectionId: 1n, infoHashes: [] },
    ]) {
      const datagram = encodeUdpRequest(asked);
      const reply = socket.receive(300);
      socket.send(datagram);
      expect((await reply)?.length ?? 0).toBeLessThanOrEqual(datagram.length);
    }
  });

  test("what makes no sense is not answered: cut off, unknown, too long", async () => {
    using socket = new Datagrams(tracker.udp);
    const connectionId = await socket.connect();
    const whole = encodeUdpRequest({
      action: "announce",
      transactionId: 5,
      connectionId,
      announce: request(),
    });
    const unknown = Uint8Array.from(whole);
    unknown[11] = 9;
    const nonsense = [
      whole.subarray(0, 97),
      whole.subarray(0, 15),
      new Uint8Array(1),
      unknown,
      new Uint8Array(60_000).fill(7),
    ];
    const reply = socket.receive(500);
    for (const datagram of nonsense) socket.send(datagram);
    expect(await reply).toBeUndefined();
    expect(await socket.connect()).toBeGreaterThan(0n);
  });

  test("port 0 is refused in words", async () => {
    using socket = new Datagrams(tracker.udp);
    const connectionId = await socket.connect();
    const announce = request({ port: 0 });
    const reply = await socket.ask({ action: "announce", transactionId: 5, connectionId, announce });
    expect(reply).toMatchObject({ action: "error", message: expect.stringContaining("port 0") as string });
  });
});

describe("over IPv6", needs("IPv6 loopback"), () => {
  test("peers of IPv6 are told of in 18 bytes, over HTTP beside those of IPv4, over UDP alone", async () => {
    const both = await startTracker([], ["http://127.0.0.1:0", "http://[::1]:0", "udp://[::1]:0"]);
    const infoHash = newTorrent();
    await announced({ infoHash, port: 1, peerId: hash(1) }, both.urls[0]);
    await announced({ infoHash, port: 2, peerId: hash(2) }, both.urls[1]);
    const third = await announced({ infoHash, port: 3, peerId: hash(3) }, both.urls[1]);
    expect(third).toContain(`5:peers6:\x7f\0\0\x01\0\x016:peers618:${"\0".repeat(15)}\x01\0\x02e`);
    using socket = new Datagrams(both.urls[2]!, "::1");
    const connectionId = await socket.connect();
    const announce = request({ infoHash, port: 4, peerId: hash(4) });
    const reply = await socket.ask({ action: "announce", transactionId: 5, connectionId, announce });
    if (reply.action !== "announce") throw new Error(reply.action);
    expect(reply.reply.peers.toSorted((a, b) => a.port - b.port)).toEqual([
      { host: "::1", port: 2 },
      { host: "::1", port: 3 },
    ]);
    await both.process.stop();
  });
});

describe("the command", () => {
  test("knows its peers again after a restart, and ends with 0 when it is told to", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tracker-"));
    const state = ["--state", join(folder, "state")];
    const before = await startTracker(state);
    await announced({ port: 0x1ae1 }, before.http);
    expect((await before.process.stop("SIGINT")).code).toBe(0);
    const after = await startTracker(state);
    expect(await announced({ port: 2, peerId: hash(3) }, after.http)).toContain(
      "5:peers6:\x7f\0\0\x01\x1a\xe1e",
    );
    await after.process.stop();
    rmSync(folder, { recursive: true });
  });

  test("says what is wrong with how it is called, and ends with 2", async () => {
    for (const [flags, words] of [
      [["--listen", "tcp://127.0.0.1:1"], "is no door of a tracker"],
      [["--listen", "ws://127.0.0.1:1"], "is no door of a tracker"],
      [["--listen", "127.0.0.1:6969"], "127.0.0.1:6969 is no door of a tracker: there are http://"],
      [["--listen", "http://127.0.0.1:99999"], 'endpoint "http://127.0.0.1:99999": the port'],
      [["--listen", "http://127.0.0.1:1/x"], "no path but /announce"],
      [["--interval", "2d"], "not from 1 s to 1 h"],
      [["--store", "redis://x"], "there is no store redis://x"],
      [["--store", "nats://x", "--state", "x"], "give either"],
      [["--intervall", "1"], "did you mean --interval?"],
    ] as const) {
      const { code, stderr } = await app.run(["tracker", ...flags]);
      expect(stderr).toContain(words);
      expect(code).toBe(2);
    }
  });

  test("says that a port is busy in the words it was called with, and ends with 1", async () => {
    const door = tracker.http.replace("/announce", "");
    const { code, stderr } = await app.run(["tracker", "--listen", door]);
    expect(stderr).toContain(`cannot listen at ${door}: another process listens there already`);
    expect(stderr).toContain("Other doors: p2p tracker --listen http://127.0.0.1:0");
    expect(code).toBe(1);
  });
});
