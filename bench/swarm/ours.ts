// Our P2P app as a user starts it, but for npm's own start; and its tracker, which all clients get. Starts nothing.
import path from "node:path";
import type { Command } from "../commands/account.ts";
import type { Place, SwarmClient } from "./client.ts";

const app = path.join(import.meta.dirname, "..", "..", "apps", "p2p", "src", "main.js");

const p2p = (...args: string[]): Command => ({ program: process.execPath, args: [app, ...args] });

const limit = (flag: string, bytesPerSecond: number): string[] =>
  bytesPerSecond === Infinity ? [] : [flag, String(bytesPerSecond)];

const whereAndHowFast = ({ host, port, upload, download }: Place): string[] => [
  "--listen",
  `tcp://${host}:${port}`,
  ...limit("--upload-limit", upload),
  ...limit("--download-limit", download),
  "--json",
];

export const ours: SwarmClient = {
  title: "ours",
  seed: (place) =>
    p2p("share", path.join(place.folder, place.name), "--torrent", place.torrent, ...whereAndHowFast(place)),
  leech: (place) => p2p("get", place.torrent, "--to", place.folder, "--seed", ...whereAndHowFast(place)),
  saysComplete: (line) => /"event":"complete"/.test(line),
};

export const ourTracker = (host: string, port: number): Command =>
  p2p("tracker", "--listen", `http://${host}:${port}`, "--json");
