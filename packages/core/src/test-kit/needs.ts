// What a test needs of the machine: `test("…", needs("chromium"), async () => …)`. Knows no test.
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { networkInterfaces } from "node:os";
import { delimiter, join } from "node:path";
import type { TaskMeta } from "vitest";

/** What a machine may lack. */
export type Capability =
  | "chromium"
  | "network namespaces"
  | "nc"
  | "curl"
  | "wget"
  | "aria2"
  | "mktorrent"
  | "python libtorrent"
  | "transmission"
  | "opentracker"
  | "rclone"
  | "ncat"
  | "socat"
  | "openssl"
  | "tmux"
  | "nats-server"
  | "git"
  | "python websockets"
  | "a disk of its own"
  | "a mount namespace"
  | "another user"
  | "chattr +i"
  | "strace"
  | "benchmarks"
  | "IPv6 loopback"
  | "11,000 descriptors"
  | "npm registry";

/** How to find out, and what to install. */
const capabilities: Record<Capability, { present: () => boolean; get: string }> = {
  chromium: { present: () => findChromium() !== undefined, get: "apt-get install chromium" },
  "network namespaces": { present: canMakeNamespaces, get: "Linux, root, apt-get install iproute2 nftables" },
  curl: { present: () => findProgram("curl") !== undefined, get: "apt-get install curl" },
  wget: { present: () => findProgram("wget") !== undefined, get: "apt-get install wget" },
  aria2: { present: () => findProgram("aria2c") !== undefined, get: "apt-get install aria2" },
  mktorrent: { present: () => findProgram("mktorrent") !== undefined, get: "apt-get install mktorrent" },
  "python libtorrent": {
    present: () => succeeds("/usr/bin/python3", "-c", "import libtorrent"),
    get: "apt-get install python3-libtorrent",
  },
  transmission: {
    present: () =>
      ["transmission-daemon", "transmission-remote"].every((name) => findProgram(name) !== undefined),
    get: "apt-get install transmission-daemon transmission-cli",
  },
  opentracker: {
    present: () => findProgram("opentracker") !== undefined,
    get: "apt-get install opentracker",
  },
  rclone: { present: () => findProgram("rclone") !== undefined, get: "apt-get install rclone" },
  nc: { present: () => findProgram("nc") !== undefined, get: "apt-get install netcat-openbsd" },
  ncat: { present: () => findProgram("ncat") !== undefined, get: "apt-get install ncat" },
  socat: { present: () => findProgram("socat") !== undefined, get: "apt-get install socat" },
  openssl: { present: () => findProgram("openssl") !== undefined, get: "apt-get install openssl" },
  tmux: { present: () => succeeds("tmux", "-V"), get: "apt-get install tmux" },
  "nats-server": {
    present: () => succeeds("nats-server", "--version"),
    get: "apt-get install nats-server",
  },
  git: { present: () => findProgram("git") !== undefined, get: "apt-get install git" },
  "python websockets": {
    present: () => succeeds("/usr/bin/python3", "-c", "import websockets"),
    get: "apt-get install python3-websockets",
  },
  "a disk of its own": {
    present: () => succeeds("unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"),
    get: "Linux, root",
  },
  "a mount namespace": {
    present: () => succeeds("unshare", "--mount", "--map-root-user", "mount", "-t", "tmpfs", "none", "/tmp"),
    get: "apt-get install util-linux, and permission",
  },
  "another user": { present: () => process.getuid?.() === 0, get: "to be root" },
  "chattr +i": {
    present: () =>
      succeeds("sh", "-c", 'f=$(mktemp) && chattr +i "$f" && chattr -i "$f"; r=$?; rm -f "$f"; exit $r'),
    get: "apt-get install e2fsprogs, and to be root",
  },
  strace: {
    present: () => succeeds("strace", "-o", "/dev/null", "true"),
    get: "Linux, the right to trace one's own processes, apt-get install strace",
  },
  benchmarks: {
    present: () => process.platform === "linux" && findProgram("cc") !== undefined,
    get: "Linux, apt-get install gcc libc6-dev",
  },
  "IPv6 loopback": { present: hasIpv6Loopback, get: "an interface with the address ::1" },
  "11,000 descriptors": {
    present: () => hardDescriptorLimit() >= 11_000,
    get: "a hard limit of open files (ulimit -Hn) of that many",
  },
  "npm registry": {
    present: () => succeeds("npm", "ping", "--fetch-retries=0"),
    get: "a network connection",
  },
};

declare module "vitest" {
  interface TaskMeta {
    /** Why a test is skipped: printed beside its name at the end of `npm test`. */
    needs?: string;
  }
}

/**
 * Options for vitest's `test` and `describe` that skip what this machine cannot run, and say why. With
 * SOCKETLAB_REQUIRE_ALL=1, `npm test` counts each skipped test as a failure.
 * Hooks of a skipped `describe` do not run either; of a skipped `test` they do.
 */
export function needs(...names: Capability[]): { skip?: true; meta?: Pick<TaskMeta, "needs"> } {
  const missing = names.filter((name) => !has(name));
  if (missing.length === 0) return {};
  return {
    skip: true,
    meta: { needs: `needs ${missing.map((name) => `${name}: ${capabilities[name].get}`).join("; ")}` },
  };
}

const known = new Map<Capability, boolean>();

/** Whether this machine has it; found out once. */
export function has(name: Capability): boolean {
  const present = known.get(name) ?? capabilities[name].present();
  known.set(name, present);
  return present;
}

/** Chromium, or a browser that is built from it: the path of the program. */
export function findChromium(): string | undefined {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    const path = findProgram(name);
    if (path !== undefined) return path;
  }
  return undefined;
}

/** The path of a program on PATH: one that can be started by its name. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function canMakeNamespaces(): boolean {
  return (
    findProgram("ip") !== undefined &&
    findProgram("nft") !== undefined &&
    succeeds("unshare", "--net", "true")
  );
}

function hasIpv6Loopback(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === "::1"),
  );
}

function succeeds(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore", timeout: 20_000 }).status === 0;
}

function hardDescriptorLimit(): number {
  const limit = spawnSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).stdout.trim();
  return limit === "unlimited" ? Infinity : Number(limit);
}
