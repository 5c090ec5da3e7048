// aria2 in a swarm: its own defaults, but a private swarm, an address of its own, and no end to seeding. Starts nothing.
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "../commands/account.ts";
import { programPath } from "../commands/programs.ts";
import type { Place, SwarmClient } from "./client.ts";

const limit = (flag: string, bytesPerSecond: number): string[] =>
  bytesPerSecond === Infinity ? [] : [`${flag}=${bytesPerSecond}`];

function start(place: Place, ...more: string[]): Command {
  return {
    program: programPath("aria2c"),
    args: [
      "--no-conf",
      "--quiet",
      `--interface=${place.host}`, // where it speaks from, and listens
      `--listen-port=${place.port}`,
      "--disable-ipv6",
      "--enable-dht=false",
      "--bt-enable-lpd=false",
      `--dir=${place.folder}`,
      "--seed-ratio=0.0",
      ...limit("--max-overall-upload-limit", place.upload),
      ...limit("--max-overall-download-limit", place.download),
      ...more,
      place.torrent,
    ],
  };
}

export const aria2: SwarmClient = {
  title: "aria2",
  prepare: () => void programPath("aria2c"),
  seed: (place) => start(place, "--check-integrity=true"),
  leech(place) {
    const hook = path.join(place.own, "complete.sh");
    writeFileSync(hook, "#!/bin/sh\necho complete\n", { mode: 0o755 });
    return start(place, `--on-bt-download-complete=${hook}`);
  },
  saysComplete: (line) => line === "complete",
};
