// A folder with something to share, a tracker, and the commands as processes, as a user would start them. Promises nothing.
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { killRunning, TestProcess } from "@socketlab/core/test-kit";
import { afterAll, beforeAll } from "vitest";
import { readTorrent } from "../../src/torrent/read-torrent.ts";
import { scrape } from "../../src/tracker/client/announce.ts";
import type { ScrapeCounts } from "../../src/tracker/messages.ts";
import { p2p } from "../processes.ts";
import { app, startTracker, type RunningTracker } from "../tracker/process.ts";

export const KIB = 1024;
export const PIECE = 16 * KIB;
/** Somewhere, and nowhere else than here. */
export const LISTEN: readonly string[] = ["--listen", "127.0.0.1:0"];

export interface Scene {
  /** Removed at the end. */
  readonly folder: string;
  readonly tracker: RunningTracker;
}

/** For all tests of a file. */
export function openScene(): Scene {
  const scene = { folder: "", tracker: {} as RunningTracker };
  beforeAll(async () => {
    scene.folder = mkdtempSync(join(tmpdir(), "p2p-commands-"));
    scene.tracker = await startTracker();
  });
  afterAll(() => {
    killRunning();
    rmSync(scene.folder, { recursive: true, force: true });
  });
  return scene;
}

export const FILM_BYTES = 3_000_000;
const contents = {
  "film.mkv": { "film.mkv": FILM_BYTES },
  photos: { "photos/a.jpg": 100_000, "photos/b.jpg": 200_001, "photos/sub/c": 70_000 },
};

/** Something to share, and its torrent. */
export interface Made {
  /** Where film.mkv or photos is. */
  readonly folder: string;
  readonly name: string;
  readonly torrent: string;
  readonly magnet: string;
}

let number = 0;

/** With content of its own each time, so that nobody else has it. */
export async function make(
  scene: Scene,
  name: keyof typeof contents,
  ...flags: readonly string[]
): Promise<Made> {
  const folder = join(scene.folder, `made-${++number}`);
  for (const [path, bytes] of Object.entries(contents[name])) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), randomBytes(bytes));
  }
  const torrent = join(folder, "the.torrent");
  const to = ["--output", torrent, "--piece-length", `${PIECE}`, "--json"];
  const { stdout, stderr } = await p2p(["create", join(folder, name), ...to, ...flags]);
  if (stdout.length === 0) throw new Error(stderr);
  const { magnet } = JSON.parse(stdout.toString()) as { magnet: string };
  return { folder, name, torrent, magnet };
}

/** A command that goes on until it is told to stop. */
export const start = (...args: readonly string[]): TestProcess =>
  TestProcess.start(process.execPath, [app.main, ...args]);

/** A seed, and where others reach it. */
export async function seed(
  { folder, name, torrent }: Made,
  ...flags: readonly string[]
): Promise<{ process: TestProcess; at: string }> {
  const seeding = start("share", join(folder, name), "--torrent", torrent, "--json", ...LISTEN, ...flags);
  const [, at = ""] = await seeding.says(/"event":"listening","endpoint":"tcp:\/\/([\d.:]+)"/);
  return { process: seeding, at };
}

/** What was printed with --json. */
export function records(output: string | Buffer): Record<string, unknown>[] {
  const lines = output.toString().split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** What the tracker knows of a torrent. */
export async function counts({ tracker }: Scene, { torrent }: Made): Promise<Required<ScrapeCounts>> {
  const { infoHash } = (await readTorrent(torrent)).info;
  const [found] = await scrape(tracker.http, [infoHash]);
  return { seeds: 0, leechers: 0, downloaders: 0, completed: 0, ...found };
}
