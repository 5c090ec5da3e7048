// A process that stores pieces until it is killed, or in which a disk fails: for the tests that start it. Knows no promise.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom, type Clock } from "@socketlab/core";
import { Storage } from "../../src/storage/storage.ts";
import { torrentOf, writePieces } from "./torrents.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const [scenario, folder = "", seed = "1"] = process.argv.slice(2);
/** Nobody runs this but tests. */
const tell = (seen: unknown): void => void process.stdout.write(`${JSON.stringify(seen)}\n`);
const refused = (error: unknown): string => {
  const { code, message } = error as Error & { code?: string };
  return `${code}: ${message}`;
};

export const killed = torrentOf(
  Array.from({ length: 40 }, (_, index) => ({ path: `f${index}`, length: 150 * KIB + index * 999 })),
  32 * KIB,
);
export const large = torrentOf([{ path: "a", length: 6 * MIB }], 256 * KIB);
const pieces = Array.from({ length: 24 }, (_, piece) => piece);

/** Notes are written at once, not after seconds. */
const clock: Clock = {
  now: () => Date.now(),
  after: (_delayMs, act) => {
    const timer = setTimeout(act, 5);
    return { clear: () => clearTimeout(timer) };
  },
};

const scenarios: Record<string, () => Promise<void>> = {
  /** Says what it has at the start, and each piece that it has from then on; notes often. */
  async keep() {
    const random = seededRandom(Number(seed));
    const storage = await Storage.open(killed.info, folder, { clock });
    tell({ had: [...storage.verified] });
    for (;;) {
      const piece = Math.floor(random() * killed.info.pieceCount);
      if (storage.verified.has(piece)) {
        await storage.readBlock(piece, 0, KIB);
        await new Promise(setImmediate);
        continue;
      }
      await storage.writePiece(piece, killed.piece(piece));
      tell({ kept: piece });
      await new Promise((resolve) => setTimeout(resolve, random() * 4));
    }
  },

  async full() {
    const storage = await Storage.open(large.info, folder);
    const errors: string[] = [];
    for (const piece of pieces)
      await writePieces(storage, large, [piece]).catch((error) => errors.push(refused(error)));
    const kept = [...storage.verified];
    const closing = await storage.close().catch(refused);
    const opening = await Storage.open(large.info, folder).catch(refused);
    rmSync(join(folder, "ballast"));
    const again = await Storage.open(large.info, folder);
    const found = [...again.verified];
    await writePieces(again, large);
    await again.close();
    tell({ errors, kept, found, closing, opening, isWhole: again.verified.isFull });
  },

  /** Keeps all, as far as the disk does. @returns what the end of it said. */
  async whole() {
    const storage = await Storage.open(large.info, folder, { clock });
    await writePieces(storage, large, [0]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await writePieces(storage, large);
    tell({ closing: (await storage.close().catch(refused)) ?? "closed" });
  },

  async denied() {
    process.setgroups!([]);
    process.setgid!(65_534);
    process.setuid!(65_534);
    await this["readOnly"]!();
  },

  /** What the test has put there cannot be changed. */
  async readOnly() {
    const seen = await Storage.open(large.info, folder).catch(refused);
    tell({ seen: typeof seen === "string" ? seen : [...seen.verified].length });
  },
};

if (scenario === "full") {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "ballast"), Buffer.alloc(5 * MIB));
}
await scenarios[scenario ?? ""]?.();
