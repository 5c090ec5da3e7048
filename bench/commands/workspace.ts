// The folders of one benchmark, in memory (tmpfs): what is moved, where it is to arrive, and what servers need. Moves nothing.
import { spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import path from "node:path";

const MEMORY = "/dev/shm";
const PREFIX = "socketlab-bench-";
const BLOCK_BYTES = 16 * 1024 * 1024;

/** What is moved: a file, or a folder of equal files. */
export type Goods =
  | { readonly name: string; readonly bytes: number }
  | { readonly name: string; readonly files: number; readonly bytes: number };

export interface Workspace {
  /** What is there to be moved. */
  readonly from: string;
  /** Where it arrives. */
  readonly to: string;
  /** Keys, settings, logs. */
  readonly own: string;
  /** Makes it, if it is not there. Incompressible. */
  add(goods: Goods): void;
  /** Removes all that has arrived, and what a server keeps beside it. */
  empty(): void;
  /** Removes one thing that has arrived. */
  discard(name: string): void;
  /** @throws when what has arrived (in `into`, or else in `to`) is not, byte by byte, what was there. */
  compare(name: string, into?: string): void;
  remove(): void;
}

export function openWorkspace(): Workspace {
  removeLeftovers();
  const folder = mkdtempSync(path.join(MEMORY, `${PREFIX}${process.pid}-`));
  const [from, to, own] = [path.join(folder, "from"), path.join(folder, "to"), path.join(folder, "own")];
  for (const one of [from, to, own]) mkdirSync(one, { recursive: true });
  const there = new Set<string>();
  return {
    from,
    to,
    own,
    add(goods) {
      if (there.has(goods.name)) return;
      const place = path.join(from, goods.name);
      if ("files" in goods) {
        mkdirSync(place);
        for (let file = 0; file < goods.files; file++) fill(path.join(place, `file-${file}`), goods.bytes);
      } else fill(place, goods.bytes);
      there.add(goods.name);
    },
    empty() {
      rmSync(to, { recursive: true });
      mkdirSync(to);
    },
    discard: (name) => rmSync(path.join(to, name), { recursive: true, force: true }),
    compare(name, into = to) {
      const [sent, arrived] = [path.join(from, name), path.join(into, name)];
      const { status, stdout, stderr } = spawnSync("diff", ["-rq", sent, arrived], { encoding: "utf8" });
      if (status !== 0) throw new Error(`what has arrived is not what was sent: ${(stdout + stderr).trim()}`);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function fill(file: string, bytes: number): void {
  const block = Buffer.allocUnsafe(Math.min(bytes, BLOCK_BYTES));
  const descriptor = openSync(file, "wx");
  for (let left = bytes; left > 0; left -= block.length)
    writeSync(descriptor, randomFillSync(block), 0, Math.min(left, block.length));
  closeSync(descriptor);
}

/** A benchmark that was killed could not remove its folder, which costs memory. */
function removeLeftovers(): void {
  for (const name of readdirSync(MEMORY).filter((one) => one.startsWith(PREFIX))) {
    if (!isAlive(Number.parseInt(name.slice(PREFIX.length), 10)))
      rmSync(path.join(MEMORY, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
