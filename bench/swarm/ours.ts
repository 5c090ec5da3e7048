// Our P2P app, built as for a product (`build:command`); and its tracker, which all clients get. Starts neither.
import { execFileSync } from "node:child_process";
import path from "node:path";
import type { Command } from "../commands/account.ts";
import type { Place, SwarmClient } from "./client.ts";

const app = path.join(import.meta.dirname, "..", "..", "apps", "p2p");

const p2p = (...args: string[]): Command => ({
  program: process.execPath,
  args: ["--initial-heap-size=64", path.join(app, "build", "main.cjs"), ...args],
});

let isBuilt = false;

/** Once: nobody changes it while it is measured. */
function build(): void {
  if (isBuilt) return;
  const vite = path.join(app, "node_modules", ".bin", "vite");
  execFileSync(vite, ["build", "--config", "vite.command.config.ts", "--logLevel", "error"], { cwd: app });
  isBuilt = true;
}

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
  prepare: build,
  seed: (place) =>
    p2p("share", path.join(place.folder, place.name), "--torrent", place.torrent, ...whereAndHowFast(place)),
  leech: (place) => p2p("get", place.torrent, "--to", place.folder, "--seed", ...whereAndHowFast(place)),
  saysComplete: (line) => /"event":"complete"/.test(line),
};

export function ourTracker(host: string, port: number): Command {
  build();
  return p2p("tracker", "--listen", `http://${host}:${port}`, "--json");
}
