// Our peer as a process among hostile ones: how it is started, how much memory it takes, and who must not suffer. Knows no fault.
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { Subject } from "../../conformance/peer/subject.ts";
import { Torrent } from "../../conformance/peer/torrent.ts";
import { Visitor } from "../../conformance/peer/visitor.ts";

const main = new URL("../../../apps/p2p/src/main.js", import.meta.url).pathname;
const door = ["--listen", "tcp://{host}:{port}"];
const seedCommand = [process.execPath, main, "share", "{file}", "--torrent", "{torrent}", ...door];
const leecherCommand = [process.execPath, main, "get", "{torrent}", "--to", "{folder}", "--seed", ...door];
const magnetCommand = [process.execPath, main, "get", "{magnet}", "--to", "{folder}", "--seed", ...door];
const TIMEOUT_MS = 20_000;
/** Nobody else may wait longer than that, whatever one does; this machine may be busy. */
const LONGEST_WAIT_MS = 3000;

export const startSeed = (torrent: Torrent = new Torrent()): Promise<Subject> =>
  Subject.seed(seedCommand, torrent);
export const startLeecher = (torrent: Torrent = new Torrent()): Promise<Subject> =>
  Subject.leecher(leecherCommand, torrent);
/** One that has a magnet link, and nothing else. */
export const startMagnetLeecher = (torrent: Torrent = new Torrent()): Promise<Subject> =>
  Subject.leecher(magnetCommand, torrent);

export async function visit(subject: Subject, host?: string): Promise<Visitor> {
  return (await Visitor.dial(subject, TIMEOUT_MS, host)).greet();
}

/** In bytes, of physical memory; where the system tells it. */
export function memoryOf({ processId }: Subject): number {
  const status = readFileSync(`/proc/${processId}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/u.exec(status)![1]) * 1024;
}

export interface Watched {
  /** Of our peer, at most, beyond what it had before. */
  readonly grownBytes: number;
  /** Of the bystander, for one block. */
  readonly longestWaitMs: number;
  readonly blocks: number;
}

/**
 * Does what is bad while somebody else fetches block after block from the same peer, each of which must be right and in time.
 * @throws Error when the peer is no more.
 */
export async function whileOthersFetch(subject: Subject, bad: () => Promise<void>): Promise<Watched> {
  const bystander = await (await visit(subject)).unchoked();
  const parts = subject.torrent.blocks;
  for (const part of parts.slice(0, 20)) await bystander.fetch(part);
  const before = memoryOf(subject);
  let [most, longestWaitMs, blocks, isOver] = [before, 0, 0, false];
  const fetching = (async () => {
    do {
      const sinceMs = performance.now();
      await bystander.fetch(parts[blocks++ % parts.length]!);
      longestWaitMs = Math.max(longestWaitMs, performance.now() - sinceMs);
      if (blocks % 20 === 0) most = Math.max(most, memoryOf(subject));
      bystander.wire.came.splice(0);
      await delay(2);
    } while (!isOver);
  })();
  try {
    await Promise.race([bad(), fetching]);
    isOver = true;
    await fetching;
  } finally {
    isOver = true;
    bystander.wire.close();
  }
  if (longestWaitMs > LONGEST_WAIT_MS)
    throw new Error(`somebody else waited ${longestWaitMs} ms for a block`);
  if (!subject.isAlive) throw new Error(`our peer has ended: ${subject.output}`);
  return { grownBytes: most - before, longestWaitMs, blocks };
}
