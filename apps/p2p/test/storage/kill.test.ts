// A process that is killed at any moment: what the next one claims is there, and what was noted or found is not lost.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { seededRandom } from "@socketlab/core";
import { killed } from "./storage-process.ts";
import { contentOf, storageTest } from "./torrents.ts";

const test = storageTest();
const program = fileURLToPath(new URL("storage-process.ts", import.meta.url));

/** @returns what it had at the start, and what it said that it has kept. */
async function runUntilKilled(
  folder: string,
  seed: number,
  lifeMs: number,
): Promise<{ had: number[]; kept: number[] }> {
  const child = spawn(process.execPath, [program, "keep", folder, String(seed)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const kept: number[] = [];
  let had: number[] | undefined;
  let killing: Promise<void> | undefined;
  for await (const line of createInterface(child.stdout)) {
    const said = JSON.parse(line) as { had?: number[]; kept?: number };
    if (said.kept !== undefined) kept.push(said.kept);
    had ??= said.had;
    killing ??= delay(lifeMs).then(() => void child.kill("SIGKILL"));
  }
  await ended;
  return { had: had!, kept };
}

test("after kill -9 at any moment every piece that is claimed is there, and none that was kept is gone", async ({
  folder,
  open,
}) => {
  const random = seededRandom(7);
  let known = new Set<number>();
  for (let round = 0; round < 12; round++) {
    const { had, kept } = await runUntilKilled(folder, round, random() * 250);
    // A write that nobody could tell of any more may have come through as well.
    for (const piece of known) expect(had, `piece ${piece} in round ${round}`).toContain(piece);
    known = new Set(had.concat(kept));
  }
  expect(known.size).toBeGreaterThan(50);
  const storage = await open(killed);
  for (const piece of known) expect(storage.verified.has(piece)).toBe(true);
  for (const piece of storage.verified) {
    const block = await storage.readBlock(piece, 0, killed.piece(piece).length);
    expect(Buffer.from(block).equals(killed.piece(piece)), `piece ${piece}`).toBe(true);
  }
  for (const piece of storage.wanted) await storage.writePiece(piece, killed.piece(piece));
  for (const index of killed.info.files.keys())
    expect(contentOf(folder, killed, index).equals(killed.file(index))).toBe(true);
});
