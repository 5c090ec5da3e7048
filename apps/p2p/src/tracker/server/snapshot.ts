// The file that a tracker's swarms are kept in while it does not run: lines of JSON. Knows no network.
import { open, readFile, rename } from "node:fs/promises";
import { isIpv4, UsageError, addressToBytes } from "@socketlab/core";
import { z } from "zod";
import type { Swarms } from "./swarms.ts";

const header = z.strictObject({ socketlab: z.literal("tracker"), version: z.literal(1) });
const hash = z.string().regex(/^[\da-f]{40}$/);
const port = z.int().min(1).max(65_535);
const host = z.string().refine((text) => isIpv4(text) || addressToBytes(text) !== undefined);
/** Short, since there may be a million: the torrent, and then what an `Entry` is. */
const line = z.union([
  z.strictObject({ torrent: hash, completed: z.int().min(1) }),
  z.tuple([
    hash,
    host,
    port,
    z.string().length(20),
    z.int().min(0).nullable(),
    z.boolean(),
    z.boolean(),
    z.number(),
  ]),
]);

/** How many lines are written between two breaths: whoever asks meanwhile is answered. */
const LINES_PER_WRITE = 2000;

/** Takes what is there; a file that is not there yet is an empty one. @throws UsageError `bad-file`. */
export async function readSnapshot(file: string, swarms: Swarms): Promise<void> {
  const text = await readFile(file, "latin1").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw new UsageError("bad-file", `${file} cannot be read: ${error.message}`, { cause: error });
  });
  if (text === "") return;
  const [first = "", ...lines] = text.trimEnd().split("\n");
  try {
    header.parse(JSON.parse(first));
    for (const each of lines) {
      const read = line.parse(JSON.parse(each));
      if (!Array.isArray(read)) swarms.setCompleted(read.torrent, read.completed);
      else {
        const [infoHash, at, atPort, peerId, key, isSeed, isPaused, atMs] = read;
        const entry = { host: at, port: atPort, peerId, key: key ?? undefined, isSeed, isPaused, atMs };
        swarms.restore(infoHash, entry);
      }
    }
  } catch (error) {
    throw new UsageError(
      "bad-file",
      `${file} is no snapshot of a tracker, or is damaged: move it away to begin with none`,
      { cause: error },
    );
  }
}

/** All of it, or nothing: what was there before stays until the new one is on disk. */
export async function writeSnapshot(file: string, swarms: Swarms): Promise<void> {
  const part = `${file}.part`;
  const handle = await open(part, "w", 0o600);
  try {
    for (const lines of chunks(snapshotLines(swarms)))
      await handle.write(`${lines.join("\n")}\n`, null, "latin1");
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, file);
}

function* snapshotLines(swarms: Swarms): Generator<string> {
  yield JSON.stringify({ socketlab: "tracker", version: 1 });
  for (const { infoHash, completed } of swarms.completed())
    yield JSON.stringify({ torrent: infoHash, completed });
  for (const { infoHash, entry } of swarms.entries()) {
    const { host: at, port: atPort, peerId, key = null, isSeed, isPaused, atMs } = entry;
    yield JSON.stringify([infoHash, at, atPort, peerId, key, isSeed, isPaused, atMs]);
  }
}

function* chunks(lines: Iterable<string>): Generator<string[]> {
  let chunk: string[] = [];
  for (const each of lines) {
    chunk.push(each);
    if (chunk.length < LINES_PER_WRITE) continue;
    yield chunk;
    chunk = [];
  }
  yield chunk;
}
