// libtorrent in a swarm, through a small client in Python (libtorrent-client.py). Starts nothing but a look at its version.
import { spawnSync } from "node:child_process";
import path from "node:path";
import type { Command } from "../commands/account.ts";
import { LeftOut } from "../commands/left-out.ts";
import type { Place, SwarmClient } from "./client.ts";

// Debian's Python, which has Debian's libtorrent: another one may come first on PATH.
const PYTHON = "/usr/bin/python3";
const script = path.join(import.meta.dirname, "libtorrent-client.py");

/** Makes it tell its version. */
export const libtorrentVersion = [PYTHON, "-c", "import libtorrent; print(libtorrent.__version__)"] as const;

const limit = (bytesPerSecond: number): number => (bytesPerSecond === Infinity ? 0 : bytesPerSecond);

const start = ({ host, port, torrent, folder, upload, download }: Place): Command => ({
  program: PYTHON,
  args: [
    script,
    JSON.stringify({ host, port, torrent, folder, upload: limit(upload), download: limit(download) }),
  ],
});

export const libtorrent: SwarmClient = {
  title: "libtorrent",
  prepare() {
    const [program, ...args] = libtorrentVersion;
    if (spawnSync(program, args).status !== 0)
      throw new LeftOut("libtorrent is not installed (Debian: apt-get install python3-libtorrent)");
  },
  seed: start,
  leech: start,
  saysComplete: (line) => line === "complete",
};
