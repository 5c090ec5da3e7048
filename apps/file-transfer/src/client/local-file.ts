// Files of this machine as the two ends of a transfer: one that is sent, and one that arrives. Knows no conversation.
import { hash } from "node:crypto";
import { constants, openSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { SocketlabError } from "@socketlab/core";
import { Descriptor, FolderSync, makeFolder } from "@socketlab/disk-kit";
import type { Entry } from "../protocol.ts";
import type { Sink, Source } from "../transfer/ends.ts";

/** All files that are fetched into a folder at the same time wait for it together. */
const folderSync = new FolderSync();

export class LocalFileError extends SocketlabError {}

export interface LocalSource extends Source {
  readonly mtimeMs: number;
  readonly mode: number;
  close(): Promise<void>;
}

/** @throws LocalFileError `bad-file`; while it is read, `changed` when it is no longer the one that was opened. */
export function openSource(path: string): LocalSource {
  const file = open(path, "read", () => openSync(path, constants.O_RDONLY));
  const { size, mtimeNs, mode } = file.stat();
  const bytes = Number(size);
  const read = async (into: Uint8Array, offset: number): Promise<number> => {
    const wanted = Math.max(0, Math.min(into.length, bytes - offset));
    const count = await file.read(into.subarray(0, wanted), offset);
    const now = count < wanted || offset + count === bytes ? file.stat() : undefined;
    if (now !== undefined && (now.size !== size || now.mtimeNs !== mtimeNs))
      throw new LocalFileError("changed", `${path} has changed while it was being sent; send it again`);
    return count;
  };
  const mtimeMs = Math.floor(Number(mtimeNs / 1000n) / 1000);
  return { size: bytes, mtimeMs, mode: Number(mode & 0o777n), read, close: () => file.close() };
}

export interface Partial extends Sink {
  /** Syncs it, and puts it under its name in one step. */
  finish(): Promise<void>;
  /** Keeps what is there for the next attempt. */
  close(): Promise<void>;
}

/** Where what has arrived of a file is kept until it is complete: beside it, so that a rename is one step. */
export function partialPath(target: string, { path, size, mtimeMs }: Entry): string {
  const key = hash("sha256", `${path}\n${size}\n${mtimeMs}`).slice(0, 12);
  // A name has 255 bytes at most; a character that is cut becomes another one.
  const name = Buffer.from(basename(target)).subarray(0, 200).toString();
  return join(dirname(target), `.${name}.${key}.part`);
}

/** Whether a file looks like one that `partialPath` names. */
export function isPartial(path: string): boolean {
  return /^\..*\.[0-9a-f]{12}\.part$/s.test(basename(path));
}

const OWNER_MAY = 0o600;

/** @throws LocalFileError `bad-file` when it cannot be written there; while it is written, `disk`. */
export function openPartial(target: string, entry: Entry): Partial {
  const path = partialPath(target, entry);
  const keptMode = entry.mode | OWNER_MAY;
  const file = openIn(dirname(target), path, keptMode);
  const { size, mode } = file.stat();
  const found = Number(size);
  const had = Math.min(entry.size, found);
  const onDisk = async (act: () => Promise<void> | void): Promise<void> => {
    try {
      await act();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const kept = "what has arrived is kept, and the same command goes on there";
      throw new LocalFileError("disk", `cannot write ${JSON.stringify(path)} (${code}); ${kept}`, {
        cause: error,
      });
    }
  };
  return {
    size: entry.size,
    had,
    read: (into, offset) => file.read(into.subarray(0, Math.max(0, had - offset)), offset),
    write: (bytes, offset) => onDisk(() => file.write(bytes, offset)),
    finish: () =>
      onDisk(async () => {
        if (found > entry.size) file.truncate(entry.size);
        file.setTimes(entry.mtimeMs);
        // Until the last moment the next attempt may go on with it.
        if (Number(mode & 0o777n) !== keptMode) file.setMode(keptMode);
        await file.sync(entry.size);
        if (entry.mode !== keptMode) file.setMode(entry.mode);
        await file.close();
        renameSync(path, target);
        await folderSync.after(dirname(target), dirname(target));
      }),
    close: () => file.close(),
  };
}

/** The folder is made when it is missing. */
function openIn(folder: string, path: string, mode: number): Descriptor {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  return open(path, "write", () => {
    try {
      return openSync(path, flags, mode);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
    makeFolder(folder);
    return openSync(path, flags, mode);
  });
}

function open(path: string, what: "read" | "write", act: () => number): Descriptor {
  try {
    return new Descriptor(act());
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new LocalFileError("bad-file", `cannot ${what} ${JSON.stringify(path)} (${code})`, {
      cause: error,
    });
  }
}
