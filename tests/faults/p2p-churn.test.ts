// The promise of p2p under churn: peers are killed with -9 and started again all the time, seeds and leechers alike; the file
// arrives at everybody as it is, and nobody loses a piece that was there. SOCKETLAB_P2P_KILLS sets how many kills,
// SOCKETLAB_P2P_SEED which, SOCKETLAB_P2P_PEERS how many leechers.
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRandom, type Random } from "@socketlab/core";
import { freePorts, killRunning, run, TestProcess } from "@socketlab/core/test-kit";
import { main, RestlessPeer } from "./p2p/peer.ts";

const KILLS = Number(process.env["SOCKETLAB_P2P_KILLS"] ?? 12);
const SEED = Number(process.env["SOCKETLAB_P2P_SEED"] ?? 1);
const LEECHERS = Number(process.env["SOCKETLAB_P2P_PEERS"] ?? 4);

const KIB = 1024;
const PIECE = 64 * KIB;
const [SEED_RATE, LEECHER_RATE] = [600 * KIB, 300 * KIB];
/** Between two kills, on average; and what it takes to be there again. */
const [PAUSE_MS, RESTART_MS] = [800, 800];
/** Of what all can upload, so much comes through: who is dead uploads nothing, and who comes back has to be found. */
const SHARE = 0.6;
const BYTES_PER_MS = (SEED_RATE + LEECHERS * LEECHER_RATE) / 1000;
const BYTES = Math.round((KILLS * (PAUSE_MS + RESTART_MS) * BYTES_PER_MS * SHARE) / LEECHERS) | 1;

let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "p2p-churn-"))));
const peers: RestlessPeer[] = [];
afterAll(async () => {
  killRunning();
  await Promise.all(peers.map((peer) => peer.kill()));
  rmSync(folder, { recursive: true, force: true });
});

/** @returns what went wrong, and how many were killed before they had all. */
async function killAgainAndAgain(random: Random): Promise<{ wrong: string[]; early: number }> {
  const wrong: string[] = [];
  let early = 0;
  /** By the peer: pieces that it has had once. */
  const had = new Map<RestlessPeer, number>();
  const look = (peer: RestlessPeer): void => {
    const before = had.get(peer) ?? 0;
    if (peer.first !== undefined && peer.first < before)
      wrong.push(`${peer.name} had ${before} pieces, and in its life ${peer.lives} it has ${peer.first}`);
    had.set(peer, Math.max(before, peer.last));
  };
  for (let kills = 0; kills < KILLS; kills++) {
    await delay(random() * 2 * PAUSE_MS);
    const peer = peers[Math.floor(random() * peers.length)]!;
    if (!peer.isComplete) early++;
    await peer.kill();
    look(peer);
    if (random() < 0.5) await delay(random() * 500);
    if (random() < 0.15) {
      // As it starts.
      void peer.launch();
      await delay(random() * 400);
      await peer.kill();
    }
    await peer.start();
  }
  for (const peer of peers) await expect.poll(() => peer.first, { timeout: 20_000 }).toBeDefined();
  for (const peer of peers) look(peer);
  return { wrong, early };
}

test(`${KILLS} kills of ${LEECHERS} leechers and a seed`, { timeout: 120_000 + KILLS * 5000 }, async () => {
  const tracker = TestProcess.start(process.execPath, [
    main,
    "tracker",
    "--listen",
    "http://127.0.0.1:0",
    "--json",
  ]);
  const [url = ""] = await tracker.listening();
  const [file, torrent] = [join(folder, "file"), join(folder, "file.torrent")];
  const content = randomBytes(BYTES);
  writeFileSync(file, content);
  const create = ["create", file, "--tracker", url, "--piece-length", `${PIECE}`, "--output", torrent];
  expect(await run(process.execPath, [main, ...create])).toMatchObject({ code: 0 });

  const ports = await freePorts(LEECHERS + 1);
  const flags = (n: number, rate: number): string[] => [
    "--listen",
    `tcp://127.0.0.1:${ports[n]}`,
    "--upload-limit",
    `${rate}`,
    "--json",
  ];
  peers.push(new RestlessPeer("the seed", "share", file, "--torrent", torrent, ...flags(0, SEED_RATE)));
  const folders = Array.from({ length: LEECHERS }, (_, n) => join(folder, `${n}`));
  for (const [n, to] of folders.entries()) {
    mkdirSync(to);
    const args = ["get", torrent, "--to", to, "--seed", ...flags(n + 1, LEECHER_RATE)];
    peers.push(new RestlessPeer(`leecher ${n}`, ...args));
  }
  for (const peer of peers) await peer.start();
  const { wrong, early } = await killAgainAndAgain(seededRandom(SEED));
  const atEnd = peers.map(({ last }) => last).join(" ");
  await expect.poll(() => peers.slice(1).every((peer) => peer.isComplete), { timeout: 100_000 }).toBe(true);

  for (const to of folders) expect(readFileSync(join(to, "file")).equals(content)).toBe(true);
  expect(await Promise.all(peers.map((peer) => peer.kill("SIGTERM")))).toEqual(peers.map(() => 0));
  const lives = peers.reduce((sum, peer) => sum + peer.lives, 0);
  console.log(
    `seed ${SEED}: ${KILLS} kills (${early} before they had all), ${lives} lives of ${peers.length} peers, ${BYTES} bytes in ` +
      `${Math.ceil(BYTES / PIECE)} pieces; after the last kill they had ${atEnd}`,
  );
  // The seed has all from the first, but never says that it is complete.
  expect(early).toBeGreaterThan(KILLS / 2);
  expect(wrong, `with seed ${SEED}`).toEqual([]);
  expect(peers.map(({ errors }) => errors).join("")).toBe("");
});
