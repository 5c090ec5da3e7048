// BitTorrent clients as users start them, ours and others', each with one torrent, as a seed or a leecher. Knows no test.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { run, TestProcess, type Capability, type Host } from "@socketlab/core/test-kit";

export const main: string = fileURLToPath(new URL("../../../apps/p2p/src/main.js", import.meta.url));
const PYTHON = "/usr/bin/python3";
const libtorrentScript = fileURLToPath(new URL("libtorrent-client.py", import.meta.url));
const READY_MS = 20_000;

export type Role = "seed" | "leecher";

/** Where one process lives, and what it may do. */
export interface Place {
  readonly host: Host;
  /** One of the host's, where it listens and speaks from. */
  readonly ip: string;
  readonly port: number;
  /** A file; a leecher that has a magnet link does not look at it. */
  readonly torrent: string;
  readonly magnet?: string | undefined;
  /** Where the content is, or is to arrive. */
  readonly folder: string;
  /** The name of the content in it. */
  readonly name: string;
  /** For settings; nobody else's. */
  readonly home: string;
  /** Bytes a second. */
  readonly upload?: number | undefined;
  readonly download?: number | undefined;
  /** A node of the DHT to begin with, HOST:PORT; without it the DHT is not looked in. */
  readonly dht?: string | undefined;
  /** Whether it calls out to the local network. */
  readonly lsd?: boolean | undefined;
  /** Only ours: others that it is told of, HOST:PORT. */
  readonly peers?: readonly string[];
}

export interface Client {
  readonly name: "ours" | "aria2" | "libtorrent" | "Transmission";
  readonly needs: readonly Capability[];
  /** It speaks to no loopback address. */
  readonly isShyOfLoopback?: true;
  /** It does nothing in a DHT of a few nodes. */
  readonly isShyOfFewNodes?: true;
  /** Of a folder it leaves out the files in which nothing is. */
  readonly leavesOutEmptyFiles?: true;
  /** As it says itself. */
  version(): string;
  start(place: Place, role: Role): Promise<TestProcess>;
}

export const ours: Client = {
  name: "ours",
  needs: [],
  version: () => versionOf(process.execPath, main, "--version"),
  async start(
    { host, ip, port, torrent, magnet, folder, name, upload, download, dht, lsd, peers = [] },
    role,
  ) {
    const what =
      role === "seed"
        ? ["share", join(folder, name), "--torrent", torrent]
        : ["get", magnet ?? torrent, "--to", folder, "--seed"];
    const args = [main, ...what, "--listen", `tcp://${inUrl(ip)}:${port}`, "--json"];
    const told = peers.flatMap((peer) => ["--peer", peer]);
    const limits = [...flag("--upload-limit", upload), ...flag("--download-limit", download)];
    const looks = [...flag("--dht-bootstrap", dht), ...flag("--lsd", lsd === true ? ip : undefined)];
    return TestProcess.start(...host.command(process.execPath, [...args, ...told, ...limits, ...looks]));
  },
};

export const aria2: Client = {
  name: "aria2",
  needs: ["aria2"],
  version: () => versionOf("aria2c", "--version"),
  async start({ host, ip, port, torrent, magnet, folder, home, upload, download, dht, lsd }, role) {
    const args = [
      "--no-conf",
      `--listen-port=${port}`,
      // Without a node of the distributed hash table it has no socket for UDP trackers; of other nodes it knows none.
      ...(ip.includes(":")
        ? ["--enable-dht=false", "--disable-ipv6=false"]
        : [`--interface=${ip}`, "--enable-dht=true", `--dht-listen-port=${port}`, "--disable-ipv6"]),
      `--dht-file-path=${join(home, "dht.dat")}`,
      ...(dht === undefined ? [] : [`--dht-entry-point=${dht}`]),
      ...(lsd === true ? ["--bt-enable-lpd=true", `--bt-lpd-interface=${ip}`] : ["--bt-enable-lpd=false"]),
      "--seed-ratio=0.0",
      ...(role === "seed" ? ["--check-integrity=true"] : []),
      ...(upload === undefined ? [] : [`--max-overall-upload-limit=${upload}`]),
      ...(download === undefined ? [] : [`--max-overall-download-limit=${download}`]),
      `--dir=${folder}`,
      magnet ?? torrent,
    ];
    return TestProcess.start(...host.command("aria2c", args));
  },
};

export const libtorrent: Client = {
  name: "libtorrent",
  needs: ["python libtorrent"],
  version: () => versionOf(PYTHON, "-c", "import libtorrent; print(libtorrent.__version__)"),
  async start({
    host,
    ip,
    port,
    torrent,
    magnet = null,
    folder,
    upload = 0,
    download = 0,
    dht = null,
    lsd = false,
  }) {
    const listen = `${inUrl(ip)}:${port}`;
    const place = { listen, ip, torrent, magnet, folder, upload, download, dht, lsd };
    return TestProcess.start(...host.command(PYTHON, [libtorrentScript, JSON.stringify(place)]));
  },
};

export const transmission: Client = {
  name: "Transmission",
  needs: ["transmission", "network namespaces"],
  isShyOfLoopback: true,
  isShyOfFewNodes: true,
  leavesOutEmptyFiles: true,
  version: () => versionOf("transmission-daemon", "--version"),
  async start({ host, port, torrent, magnet, folder, home, upload, download, lsd = false }) {
    const settings = {
      "peer-port": port,
      "download-dir": folder,
      "dht-enabled": false,
      "lpd-enabled": lsd,
      "utp-enabled": false,
      "port-forwarding-enabled": false,
      "ratio-limit-enabled": false,
      // Its limits are in units of 1000 bytes.
      ...(upload !== undefined && { "speed-limit-up": upload / 1000, "speed-limit-up-enabled": true }),
      ...(download !== undefined && {
        "speed-limit-down": download / 1000,
        "speed-limit-down-enabled": true,
      }),
    };
    writeFileSync(join(home, "settings.json"), JSON.stringify(settings));
    const daemon = TestProcess.start(
      ...host.command("transmission-daemon", ["--foreground", "--config-dir", home]),
    );
    const add = host.command("transmission-remote", ["127.0.0.1:9091", "--add", magnet ?? torrent]);
    for (const untilMs = Date.now() + READY_MS; (await run(...add)).code !== 0; await delay(200))
      if (Date.now() > untilMs) throw new Error(`it takes no torrent: ${daemon.stderr}`);
    return daemon;
  },
};

/** An address as it stands in a URL. */
export const inUrl = (ip: string): string => (ip.includes(":") ? `[${ip}]` : ip);

const flag = (name: string, value: number | string | undefined): string[] =>
  value === undefined ? [] : [name, `${value}`];

function versionOf(program: string, ...args: string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return /\d+(\.\d+)+/.exec(stdout + stderr)?.[0] ?? "";
}
