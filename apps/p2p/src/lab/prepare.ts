// What the lab's swarm is about: a file of chance, in a folder of its own. Starts nothing.
import { randomBytes } from "node:crypto";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Plan } from "./plan.ts";

/** Everybody but the seed begins with nothing. */
export async function prepare({ file, torrent, peersFolder, setting }: Plan): Promise<void> {
  await rm(peersFolder, { recursive: true, force: true });
  await rm(torrent, { force: true });
  await mkdir(dirname(file), { recursive: true });
  const there = await stat(file).catch(() => undefined);
  if (there?.size !== setting.bytes) await writeFile(file, randomBytes(setting.bytes));
}
