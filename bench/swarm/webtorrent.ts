// webtorrent in a swarm, through a small client (webtorrent-client.ts). It is fetched when it is first asked for: 135 packages
// are too many to install for everybody. Starts nothing but npm.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "../commands/account.ts";
import { LeftOut } from "../commands/left-out.ts";
import type { Place, SwarmClient } from "./client.ts";

export const WEBTORRENT_VERSION = "3.0.21";

const here = import.meta.dirname;
const installed = path.join(here, "..", "build", `webtorrent-${WEBTORRENT_VERSION}`);
const entry = path.join(installed, "node_modules", "webtorrent", "index.js");

// What it needs to speak to browsers downloads a binary when it is installed; here all speak TCP.
const noWebRtc =
  "export const RTCPeerConnection = undefined, RTCSessionDescription = undefined, RTCIceCandidate = undefined;";

/** Under its name only when it is whole. */
function install(): void {
  const folder = `${installed}.${process.pid}`;
  const stub = path.join(folder, "webrtc-polyfill");
  mkdirSync(stub, { recursive: true });
  const manifest = (place: string, content: object): void =>
    writeFileSync(path.join(place, "package.json"), JSON.stringify(content));
  manifest(stub, { name: "webrtc-polyfill", version: "1.0.0", type: "module", exports: "./index.js" });
  writeFileSync(path.join(stub, "index.js"), noWebRtc);
  manifest(folder, {
    private: true,
    dependencies: { webtorrent: WEBTORRENT_VERSION },
    overrides: { "webrtc-polyfill": "file:./webrtc-polyfill" },
  });
  const args = ["install", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"];
  const { status } = spawnSync("npm", args, { cwd: folder, stdio: "ignore", timeout: 300_000 });
  if (status === 0) renameSync(folder, installed);
  rmSync(folder, { recursive: true, force: true });
  if (status !== 0)
    throw new LeftOut(`webtorrent ${WEBTORRENT_VERSION} could not be installed (npm install)`);
}

const limit = (bytesPerSecond: number): number => (bytesPerSecond === Infinity ? -1 : bytesPerSecond);

const start = ({ host, port, torrent, folder, upload, download }: Place): Command => ({
  program: process.execPath,
  args: [
    path.join(here, "webtorrent-client.ts"),
    JSON.stringify({ entry, host, port, torrent, folder, upload: limit(upload), download: limit(download) }),
  ],
});

export const webtorrent: SwarmClient = {
  title: "webtorrent",
  prepare() {
    if (!existsSync(entry)) install();
  },
  seed: start,
  leech: start,
  saysComplete: (line) => line === "complete",
};
