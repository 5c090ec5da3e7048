// Transmission in a swarm: its daemon with its own defaults, but a private swarm and no end to seeding. It speaks to no
// loopback address. Starts nothing.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "../commands/account.ts";
import { programPath } from "../commands/programs.ts";
import type { Place, SwarmClient } from "./client.ts";

// Its limits are in units of 1000 bytes a second.
const UNIT_BYTES = 1000;

const limit = (direction: "up" | "down", bytesPerSecond: number): object =>
  bytesPerSecond === Infinity
    ? {}
    : {
        [`speed-limit-${direction}`]: Math.round(bytesPerSecond / UNIT_BYTES),
        [`speed-limit-${direction}-enabled`]: true,
      };

function start({ host, port, torrent, folder, own, upload, download }: Place): Command {
  const [hook, watched] = [path.join(own, "complete.sh"), path.join(own, "watched")];
  writeFileSync(hook, "#!/bin/sh\necho complete\n", { mode: 0o755 });
  const settings = {
    "bind-address-ipv4": host,
    "peer-port": port,
    "download-dir": folder,
    "dht-enabled": false,
    "lpd-enabled": false,
    "utp-enabled": false,
    "port-forwarding-enabled": false,
    "rpc-enabled": false,
    "ratio-limit-enabled": false,
    "script-torrent-done-enabled": true,
    "script-torrent-done-filename": hook,
    "watch-dir": watched,
    "watch-dir-enabled": true,
    ...limit("up", upload),
    ...limit("down", download),
  };
  writeFileSync(path.join(own, "settings.json"), JSON.stringify(settings));
  mkdirSync(watched);
  copyFileSync(torrent, path.join(watched, "file.torrent"));
  return {
    program: programPath("transmission-daemon"),
    args: ["--foreground", "--log-error", "--config-dir", own],
  };
}

export const transmission: SwarmClient = {
  title: "Transmission",
  prepare: () => void programPath("transmission-daemon"),
  seed: start,
  leech: start,
  saysComplete: (line) => line === "complete",
  needsNamespace: true,
};
