// Disks that are full, read-only or not as they were left: a sentence for people, and what is verified stays so.
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "vitest";
import { needs } from "@socketlab/core/test-kit";
import { large } from "./storage-process.ts";
import { storageTest, torrentOf, writePieces } from "./torrents.ts";

const test = storageTest();
const program = fileURLToPath(new URL("storage-process.ts", import.meta.url));
const run = promisify(execFile);
const torrent = torrentOf(
  [
    { path: "a", length: 5000 },
    { path: "sub/b", length: 5000 },
  ],
  1024,
);

/** Runs it in a mount namespace of its own, on a disk of its own. @returns what it saw. */
async function onDisk(options: string, scenario: string, folder: string): Promise<Record<string, unknown>> {
  mkdirSync(folder, { recursive: true });
  const script = `mount -t tmpfs -o ${options} none "$0" && exec "$1" "$2" ${scenario} "$0"`;
  const args = ["--mount", "--map-root-user", "sh", "-c", script, folder, process.execPath, program];
  return JSON.parse((await run("unshare", args)).stdout) as Record<string, unknown>;
}

test(
  "on a full disk a piece is refused, those before stay, and with room again all are kept",
  needs("a mount namespace"),
  async ({ folder }) => {
    const seen = await onDisk("size=8m", "full", folder);
    const errors = seen["errors"] as string[];
    expect(errors.length).toBeGreaterThan(5);
    for (const error of errors)
      expect(error).toMatch(/^disk-full: t\/a cannot be written: the disk is full: make room/u);
    expect((seen["kept"] as number[]).length).toBe(24 - errors.length);
    expect(seen).toMatchObject({ found: seen["kept"], isWhole: true });
    for (const what of ["closing", "opening"])
      expect(seen[what]).toMatch(/^disk-full: what is there cannot be/u);
  },
);

test("a disk that is read-only is refused at once", needs("a mount namespace"), async ({ folder }) => {
  const seen = await onDisk("ro,size=1m", "readOnly", folder);
  expect(seen["seen"]).toMatch(/^not-permitted: what is there cannot be noted: the disk is read-only$/u);
});

test.for<[what: string, inject: string, closing: RegExp, hashed: number]>([
  ["keeps all", "fsync:delay_enter=1", /^closed$/u, 0],
  ["keeps nothing", "fsync:error=EIO", /^disk: t\/a cannot be kept: the disk failed$/u, 24],
  // What it could not write then it has forgotten, and says nothing of it the next time.
  ["fails once", "fsync:error=EIO:when=1", /^closed$/u, 24],
])(
  "of a disk that %s only what it has kept is believed the next time, and all else is hashed",
  needs("strace"),
  async ([, inject, said, expected], { folder, open }) => {
    mkdirSync(folder, { recursive: true });
    const tracing = ["-f", "-qq", "-o", "/dev/null", "-P", join(folder, "t", "a"), "-e", `inject=${inject}`];
    const { stdout } = await run("strace", [...tracing, process.execPath, program, "whole", folder]);
    expect((JSON.parse(stdout) as { closing: string }).closing).toMatch(said);
    let hashed = 0;
    const storage = await open(large, { onChecked: () => hashed++ });
    expect([storage.verified.isFull, hashed]).toEqual([true, expected]);
  },
);

test("where a file is to be there is a folder, or a file where a folder is to be: it is named", async ({
  folder,
  open,
}) => {
  mkdirSync(join(folder, "t", "a"), { recursive: true });
  await expect(open(torrent)).rejects.toMatchObject({
    code: "bad-file",
    message: "t/a is a folder, and a file is to be there",
  });
  rmSync(join(folder, "t", "a"), { recursive: true });
  writeFileSync(join(folder, "t", "sub"), "mine");
  await expect(open(torrent)).rejects.toThrow(
    "t/sub/b cannot be used: something on the way is a file or a link",
  );
});

test("a folder that is a file, or that is not there to be shared, is named", async ({ folder, open }) => {
  await expect(open(torrent, { readOnly: true })).rejects.toThrow(
    `${folder} cannot be used: there is nothing of`,
  );
  mkdirSync(dirname(folder), { recursive: true });
  writeFileSync(folder, "mine");
  await expect(open(torrent)).rejects.toMatchObject({ code: "bad-file" });
});

test("after a write that failed the others are as they were, and it can be tried again", async ({
  folder,
  open,
}) => {
  const storage = await open(torrent);
  await writePieces(storage, torrent, [0, 1]);
  mkdirSync(join(folder, "t", "sub", "b"), { recursive: true });
  // In a and b.
  await expect(storage.writePiece(4, torrent.piece(4))).rejects.toMatchObject({ code: "bad-file" });
  expect([...storage.verified]).toEqual([0, 1]);
  rmSync(join(folder, "t", "sub", "b"), { recursive: true });
  await writePieces(storage, torrent);
  expect(storage.verified.isFull).toBe(true);
});

test("what this user may not write is said to be so", needs("another user"), async ({ folder }) => {
  mkdirSync(folder, { recursive: true });
  for (const path of [dirname(folder), folder]) chmodSync(path, 0o755);
  const { stdout } = await run(process.execPath, [program, "denied", folder]);
  expect((JSON.parse(stdout) as { seen: string }).seen).toMatch(
    /^not-permitted: .*you have no permission to$/u,
  );
});
