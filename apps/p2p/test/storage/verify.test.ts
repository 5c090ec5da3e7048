// `p2p verify` as a person types it: what it prints of folders that are whole, partly so, or something else.
import { appendFileSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { p2p } from "../processes.ts";
import { storageTest } from "./torrents.ts";

const test = storageTest();
const photos = Buffer.alloc(40_000, "photo");

/** A folder "t" and its torrent, made by the command that makes torrents. */
async function made(folder: string): Promise<string> {
  mkdirSync(join(folder, "t", "sub"), { recursive: true });
  writeFileSync(join(folder, "t", "a.jpg"), photos);
  writeFileSync(join(folder, "t", "sub", "b.jpg"), photos);
  writeFileSync(join(folder, "t", "empty"), "");
  const torrent = join(dirname(folder), "t.torrent");
  const args = ["create", join(folder, "t"), "--piece-length", "16k", "-o", torrent];
  expect((await p2p(args)).code).toBe(0);
  return torrent;
}

async function verify(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const { code, stdout, stderr } = await p2p(["verify", ...args]);
  return { code, out: stdout.toString(), err: stderr };
}

test("what is whole is said in a line, and exits with 0; nothing is left behind", async ({ folder }) => {
  const torrent = await made(folder);
  const before = readdirSync(folder, { recursive: true });
  expect(await verify(torrent, folder)).toEqual({ code: 0, out: "whole: 3 files, 78.1 KiB\n", err: "" });
  expect(readdirSync(folder, { recursive: true })).toEqual(before);
  const { out } = await verify(torrent, folder, "--files");
  expect(out).toBe("whole    t/a.jpg\nwhole    t/empty\nwhole    t/sub/b.jpg\nwhole: 3 files, 78.1 KiB\n");
});

test("of what is partly there it names the files, exits with 3, and says all of it to programs", async ({
  folder,
}) => {
  const torrent = await made(folder);
  truncateSync(join(folder, "t", "a.jpg"), 20_000);
  rmSync(join(folder, "t", "empty"));
  expect(await verify(torrent, folder)).toEqual({
    code: 3,
    out: "partly   t/a.jpg: 1 of 3 pieces\nmissing  t/empty\npartly   t/sub/b.jpg: 2 of 3 pieces\n0 of 3 files whole, 3 of 5 pieces there\n",
    err: "",
  });
  const { code, out } = await verify(torrent, folder, "--json");
  expect([code, JSON.parse(out)]).toMatchObject([
    3,
    {
      event: "verified",
      name: "t",
      isWhole: false,
      pieceCount: 5,
      verifiedCount: 3,
      files: [
        { path: "t/a.jpg", length: 40_000, size: 20_000, state: "partly", pieceCount: 3, verifiedCount: 1 },
        { path: "t/empty", length: 0, state: "missing" },
        { path: "t/sub/b.jpg", state: "partly" },
      ],
    },
  ]);
});

test("a file that is longer than it is to be is not whole", async ({ folder }) => {
  const torrent = await made(folder);
  appendFileSync(join(folder, "t", "sub", "b.jpg"), "more");
  const { code, out } = await verify(torrent, folder);
  expect([code, out.split("\n")[0]]).toEqual([3, "partly   t/sub/b.jpg: 4 bytes longer than it is to be"]);
});

test("where nothing of it is, it exits with 1; where nothing can be, it says why", async ({ folder }) => {
  const torrent = await made(folder);
  rmSync(join(folder, "t"), { recursive: true });
  expect(await verify(torrent, folder)).toMatchObject({
    code: 1,
    out: expect.stringContaining("0 of 5 pieces there"),
  });
  const nowhere = join(folder, "nowhere");
  const said = `p2p: ${nowhere} cannot be used: there is nothing of that name\n`;
  expect(await verify(torrent, nowhere)).toEqual({ code: 1, out: "", err: said });
  mkdirSync(join(folder, "t", "a.jpg"), { recursive: true });
  expect(await verify(torrent, folder)).toMatchObject({
    code: 1,
    err: expect.stringContaining("t/a.jpg is a folder"),
  });
});

test("both a torrent and a folder are needed", async ({ folder }) => {
  const torrent = await made(folder);
  for (const args of [[], [torrent], [torrent, folder, "more"], [torrent, folder, "--fils"]])
    expect((await verify(...args)).code).toBe(2);
});
