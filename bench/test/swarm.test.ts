// Is the bound the book's, do the kernel's counts say what was sent, and does a swarm of real clients end with the file at all?
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { openLoopback } from "@socketlab/core/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build, findCompiler, type Binaries } from "../build.ts";
import { LeftOut } from "../commands/left-out.ts";
import { openWorkspace, type Workspace } from "../commands/workspace.ts";
import { swarmTools } from "../laboratory.ts";
import { swarmBoundSeconds, type Swarm } from "../swarm/bound.ts";
import { swarmFigures } from "../swarm/figures.ts";
import { measureSwarm, type Swarmed } from "../swarm/measure.ts";
import { sentBy, startMeter } from "../swarm/meter.ts";
import { swarms } from "../swarm/swarms.ts";
import { makeTorrent } from "../swarm/torrent.ts";

const MEBIBYTE = 1024 * 1024;
const usual: Swarm = {
  fileBytes: 32 * MEBIBYTE,
  pieceBytes: 256 * 1024,
  seedBytesPerSecond: 2 * MEBIBYTE,
  uploadBytesPerSecond: MEBIBYTE,
  downloadBytesPerSecond: Infinity,
};

// Kurose & Ross, chapter 2, problem P22: F = 15 Gbit, u_s = 30 Mbit/s, d_i = 2 Mbit/s.
test.for([
  [300_000, [7500, 25_000, 45_455]],
  [700_000, [7500, 15_000, 20_548]],
  [2_000_000, [7500, 7500, 7500]],
] as const)(
  "the bound with u_i = %i bit/s is the book's for 10, 100 and 1,000 peers",
  ([upload, seconds]) => {
    const swarm = {
      fileBytes: 15e9 / 8,
      pieceBytes: 1,
      seedBytesPerSecond: 30e6 / 8,
      uploadBytesPerSecond: upload / 8,
      downloadBytesPerSecond: 2e6 / 8,
    };
    expect([10, 100, 1000].map((peers) => Math.round(swarmBoundSeconds(swarm, peers)))).toEqual(seconds);
  },
);

test("what the seed must send once decides while there are few leechers", () => {
  expect([1, 2, 8].map((leechers) => swarmBoundSeconds(usual, leechers))).toEqual([16, 16, 25.6]);
});

test("without limits nothing but the machine decides", () => {
  const rates = { seedBytesPerSecond: Infinity, uploadBytesPerSecond: Infinity };
  expect(swarmBoundSeconds({ ...usual, ...rates }, 1)).toBe(0);
});

test("a torrent is what BEP 3 and 27 say, byte by byte", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "torrent-"));
  try {
    const file = path.join(folder, "file");
    writeFileSync(file, "abc");
    const { metainfo, infoHash } = makeTorrent(file, "file", 2, "http://127.0.0.1:1/announce");
    // SHA-1 of "ab", of "c", and of the info dictionary, by sha1sum.
    expect(metainfo.toString("latin1").replace(/6:pieces40:[^]{40}/, "PIECES")).toBe(
      "d8:announce27:http://127.0.0.1:1/announce4:infod6:lengthi3e4:name4:file12:piece lengthi2ePIECES7:privatei1eee",
    );
    expect(metainfo.toString("hex")).toContain(
      "da23614e02469a0d7c7bd1bdab5c9c474b1904dc84a516841ba77a5b4648de2cd0dfcb30ea46dbb4",
    );
    expect(infoHash.toString("hex")).toBe("efe213d47ded32c428f9740ade1d33e03d0f4a73");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("figures", () => {
  const cost = { startSeconds: 0, endSeconds: 0, cpuSeconds: 2, peakMemoryBytes: 5 };
  // From 100 s on, the seed and two leechers each send all that they may, and stop after 10 s; the last one has it at 20 s.
  const samples = [100, 110, 120].map((seconds, index) => ({
    seconds,
    sent: { 1: Math.min(index, 1) * 20 * MEBIBYTE, 2: Math.min(index, 1) * 20 * MEBIBYTE },
    received: { 1: 90_000, 3: index * 20 * MEBIBYTE },
  }));
  const swarmed: Swarmed = {
    leechers: 2,
    startSeconds: 100,
    doneSeconds: [20, 15],
    alikeDoneSeconds: [15],
    samples,
    seedHost: 1,
    seed: cost,
    leeching: [cost, { ...cost, peakMemoryBytes: 7 }],
  };

  test("uplinks are used as far as bytes have left, of what all could have sent until the last has it", () => {
    const { utilization, utilizationOverTime, fullestUplink } = swarmFigures(usual, swarmed);
    expect(utilization).toBeCloseTo(0.5);
    expect(fullestUplink).toBeCloseTo(1); // the leecher's, of half the seed's rate
    expect(utilizationOverTime?.map((share) => Math.round(share * 10))).toEqual([
      ...Array.from({ length: 5 }, () => 10),
      ...Array.from({ length: 5 }, () => 0),
    ]);
  });

  test("the last one's time is the swarm's, and what the seed has sent is counted in files", () => {
    expect(swarmFigures(usual, swarmed)).toMatchObject({
      seconds: 20,
      firstSeconds: 15,
      alikeSeconds: 15,
      boundRatio: 20 / 16,
      seedCopies: 20 / 32,
      firstByteSeconds: 10,
      seedCpuSeconds: 2,
      leecherCpuSeconds: 4,
      leecherPeakBytes: 7,
    });
  });

  test("what was sent between two samples is in proportion, and nothing before the first or after the last", () => {
    expect([90, 105, 115, 130].map((seconds) => sentBy(samples, seconds) / MEBIBYTE)).toEqual([
      0, 20, 40, 40,
    ]);
  });
});

const compiler = process.platform === "linux" ? findCompiler() : undefined;

describe.skipIf(compiler === undefined)("on this machine", () => {
  let binaries: Binaries;
  let workspace: Workspace;
  beforeAll(() => {
    binaries = build(compiler ?? "cc");
    workspace = openWorkspace();
  });
  afterAll(() => workspace.remove());

  test("the meter has what each host has sent and received, but nothing of the tracker", async () => {
    const site = openLoopback();
    const bytes = 300_000;
    const listen = async (host: string): Promise<net.Server> => {
      const server = net.createServer((socket) => socket.on("error", () => {}).resume());
      await once(server.listen(0, host), "listening");
      return server;
    };
    const [other, tracker] = [await listen(site.host().ip4), await listen(site.ip4)];
    const portOf = (server: net.Server): number => (server.address() as net.AddressInfo).port;
    const meter = startMeter(binaries.accountant, binaries.meter, site.network4, portOf(tracker), 100);
    const localAddress = site.host().ip4;
    const sockets = [other, tracker].map((server) => {
      const { address, port } = server.address() as net.AddressInfo;
      return net.connect({ host: address, port, localAddress });
    });
    try {
      for (const socket of sockets) socket.write(Buffer.alloc(bytes));
      await expect.poll(() => meter.samples.at(-1)?.received["1"]).toBe(bytes);
      // The kernel counts the beginning of a connection (SYN) as one byte that was acknowledged, and its end (FIN) as one.
      await expect.poll(() => meter.samples.at(-1)?.sent["2"]).toBe(bytes + 1);
      expect(Object.keys(meter.samples.at(-1)?.received ?? {})).toEqual(["1"]);
      // Also what was sent right before the end, between two samples.
      for (const socket of sockets) socket.end(Buffer.alloc(bytes));
      await expect.poll(() => meter.samples.at(-1)?.sent["2"]).toBe(2 * bytes + 2);
    } finally {
      for (const socket of sockets) socket.destroy();
      other.close();
      tracker.close();
      await meter.stop();
    }
  });

  const small: Swarm = { ...usual, fileBytes: MEBIBYTE, pieceBytes: 64 * 1024 };

  test.for(["ours", "libtorrent", "aria2"] as const)(
    "a swarm of %s ends with the file at both leechers, none faster than it may be",
    { timeout: 90_000 },
    async (name, context) => {
      const swarm = { ...small, seedBytesPerSecond: MEBIBYTE, uploadBytesPerSecond: MEBIBYTE / 2 };
      const { clients } = swarms[name];
      const swarmed = await measureSwarm(swarmTools(binaries), workspace, clients, swarm, 2).catch(
        (error: unknown) => {
          if (!(error instanceof LeftOut)) throw error;
          Object.assign(context.task.meta, { needs: error.message }); // printed at the end of `npm test`
          return context.skip(error.message);
        },
      );
      expect(swarmed.doneSeconds).toHaveLength(2);
      const figures = swarmFigures(swarm, swarmed);
      // What may leave at once, before the rate tells, is a part of this small file.
      expect(figures.boundRatio).toBeGreaterThan(0.7);
      expect(figures.seedCopies).toBeGreaterThan(1);
      expect(figures.seedCpuSeconds).toBeGreaterThan(0);
    },
  );
});
