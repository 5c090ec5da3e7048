// Other people's clients at our tracker, over HTTP and UDP: they are listed, they are found by others, and they leave.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, killRunning, needs, run, TestProcess, type Capability } from "@socketlab/core/test-kit";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { announce, scrape } from "../../src/tracker/client/announce.ts";
import { readTorrent } from "../../src/torrent/read-torrent.ts";
import { app, startTracker, type RunningTracker } from "./process.ts";
import { request } from "./wire.ts";

afterAll(killRunning);

let tracker: RunningTracker;
beforeAll(async () => {
  tracker = await startTracker();
});

interface Seeding {
  readonly torrent: string;
  /** What the torrent's content is in. */
  readonly folder: string;
  /** Where it is to wait for peers. */
  readonly port: number;
  /** For whatever it keeps. */
  readonly home: string;
}

const libtorrent = `
import libtorrent, signal, sys, time
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
torrent, folder, port = sys.argv[1:]
session = libtorrent.session({"listen_interfaces": f"127.0.0.1:{port}", "enable_dht": False, "enable_lsd": False,
  "enable_upnp": False, "enable_natpmp": False})
handle = session.add_torrent({"ti": libtorrent.torrent_info(torrent), "save_path": folder})
signal.sigwait([signal.SIGTERM])
session.remove_torrent(handle)
time.sleep(2)
`;

interface Running {
  /** As a person would end it, such that the tracker is told. */
  leave(): Promise<unknown>;
}

/** Programs of somebody else's that have all of a torrent, and give it to who asks. */
const clients: [Capability, (seeding: Seeding) => Promise<Running>][] = [
  [
    "aria2",
    async ({ torrent, folder, port, home }) => {
      // Without a node of the distributed hash table it has no socket for UDP; of other nodes it knows none.
      const aria2 = TestProcess.start("aria2c", [
        "--enable-dht=true",
        `--dht-listen-port=${port}`,
        `--dht-file-path=${join(home, "dht.dat")}`,
        "--no-conf",
        "--enable-dht6=false",
        "--bt-enable-lpd=false",
        "--check-integrity=true",
        "--seed-ratio=0.0",
        `--listen-port=${port}`,
        "-d",
        folder,
        torrent,
      ]);
      return { leave: () => aria2.stop("SIGINT") };
    },
  ],
  [
    "transmission",
    async ({ torrent, folder, port, home }) => {
      const [rpcPort] = await freePorts(1);
      TestProcess.start("transmission-daemon", [
        "--foreground",
        "--config-dir",
        home,
        "--download-dir",
        folder,
        "--no-dht",
        "--no-lpd",
        "--no-utp",
        "--no-portmap",
        "--no-auth",
        "--port",
        `${rpcPort}`,
        "--peerport",
        `${port}`,
        "--rpc-bind-address",
        "127.0.0.1",
      ]);
      const ask = (...args: string[]): Promise<number | null> =>
        run("transmission-remote", [`${rpcPort}`, ...args]).then(({ code }) => code);
      await expect.poll(() => ask("--add", torrent), { timeout: 20_000, interval: 300 }).toBe(0);
      // When the daemon is ended, it does not wait until it has told a tracker over HTTP.
      return { leave: () => ask("--torrent", "all", "--remove") };
    },
  ],
  [
    "python libtorrent",
    async ({ torrent, folder, port }) => {
      const seed = TestProcess.start("/usr/bin/python3", ["-c", libtorrent, torrent, folder, `${port}`]);
      return { leave: () => seed.stop() };
    },
  ],
];

describe.each(["http", "udp"] as const)("over %s", (transport) => {
  for (const [client, start] of clients)
    test(`${client} is listed as a seed, others are told of it, and it leaves`, needs(client), async () => {
      const home = mkdtempSync(join(tmpdir(), "tracker-client-"));
      onTestFinished(() => rmSync(home, { recursive: true }));
      const folder = join(home, "content");
      mkdirSync(folder);
      // A torrent of its own each time.
      writeFileSync(join(folder, "file.bin"), `${transport} ${client} `.repeat(20_000));
      const torrent = join(home, "file.torrent");
      const url = tracker[transport];
      const made = await app.run([
        "create",
        join(folder, "file.bin"),
        "--tracker",
        url,
        "--output",
        torrent,
        "--quiet",
      ]);
      expect(made.stderr + made.code).toBe("0");
      const { infoHash } = (await readTorrent(torrent)).info;
      const [port = 0] = await freePorts(1);

      const running = await start({ torrent, folder, port, home });
      const counts = (): ReturnType<typeof scrape> => scrape(url, [infoHash]);
      await expect
        .poll(counts, { timeout: 40_000, interval: 300 })
        .toMatchObject([{ seeds: 1, leechers: 0 }]);
      const { peers } = await announce(url, request({ infoHash, port: 1 }));
      expect(peers).toMatchObject([{ host: "127.0.0.1", port }]);
      await announce(url, request({ infoHash, port: 1, event: "stopped" }));
      await running.leave();
      // Over HTTP a torrent in which nobody is any more is not known; over UDP it has none.
      await expect.poll(async () => (await counts())[0]?.seeds ?? 0, { timeout: 10_000 }).toBe(0);
    });
});
