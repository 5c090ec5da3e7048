// What is noted beside a torrent's files, so that they need not be hashed again: pieces, and what each file looked like
// when the disk had them. Trusts nothing that is not as it was noted. Knows no piece's content.
import { hash } from "node:crypto";
import { closeSync, constants, fsync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { z } from "zod";
import type { Folder } from "@socketlab/disk-kit";
import { hexOf } from "../hex.ts";
import type { Stamp } from "./stamp.ts";

export interface Note {
  /** The pieces that were verified, as a bitfield. */
  readonly pieces: Uint8Array;
  /** Of each file that was there and not being written, by its path. */
  readonly stamps: ReadonlyMap<string, Stamp>;
}

const Kept = z.object({
  version: z.literal(1),
  pieces: z.base64(),
  stamps: z.array(z.tuple([z.string(), z.string()])),
});
const sync = promisify(fsync);

export function noteName(infoHash: Uint8Array): string {
  return `.${hexOf(infoHash)}.resume`;
}

/** @returns undefined when there is none, or none that is whole: a line with the hash of the rest, and JSON. */
export function readNote(folder: Folder, infoHash: Uint8Array): Note | undefined {
  try {
    const fd = folder.open(noteName(infoHash), constants.O_RDONLY);
    let text: string;
    try {
      text = readFileSync(fd, "utf8");
    } finally {
      closeSync(fd);
    }
    const end = text.indexOf("\n");
    const body = text.slice(end + 1);
    if (text.slice(0, end) !== hash("sha256", body)) return undefined;
    const { pieces, stamps } = Kept.parse(JSON.parse(body));
    return { pieces: Buffer.from(pieces, "base64"), stamps: new Map(stamps) };
  } catch {
    return undefined;
  }
}

/** In one step: after a crash there is the one before, or this. Call it when the disk has what is noted. */
export async function writeNote(folder: Folder, infoHash: Uint8Array, note: Note): Promise<void> {
  const pieces = Buffer.from(note.pieces).toString("base64");
  const body = JSON.stringify({ version: 1, pieces, stamps: [...note.stamps] });
  const name = noteName(infoHash);
  const next = `${name}.next`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
  folder.confirm();
  const fd = folder.open(next, flags, 0o600);
  try {
    writeFileSync(fd, `${hash("sha256", body)}\n${body}`);
    await sync(fd);
  } finally {
    closeSync(fd);
  }
  folder.confirm();
  renameSync(folder.at(next), folder.at(name));
}
