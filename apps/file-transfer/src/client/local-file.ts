// Files of this machine as the two ends of a transfer: one that is sent, and one that arrives. Knows no conversation.
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, rename, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SocketlabError } from "@socketlab/core";
import type { Entry } from "../protocol.ts";
import type { Sink, Source } from "../transfer/ends.ts";

export class LocalFileError extends SocketlabError {}

export interface LocalSource extends Source {
  readonly mtimeMs: number;
  readonly mode: number;
  close(): Promise<void>;
}

/** @throws LocalFileError `bad-file`; while it is read, `changed` when it is no longer the one that was opened. */
export async function openSource(path: string): Promise<LocalSource> {
  const file = await open(path, constants.O_RDONLY).catch((error: NodeJS.ErrnoException) => {
    throw new LocalFileError("bad-file", `cannot read ${JSON.stringify(path)} (${error.code})`, {
      cause: error,
    });
  });
  const { size, mtimeMs, mode } = await file.stat();
  const read = async (into: Uint8Array, offset: number): Promise<number> => {
    const wanted = Math.min(into.length, size - offset);
    const count = await readFully(file, into, wanted, offset);
    const now = count < wanted || offset + count === size ? await file.stat() : undefined;
    if (now !== undefined && (now.size !== size || now.mtimeMs !== mtimeMs))
      throw new LocalFileError("changed", `${path} has changed while it was being sent; send it again`);
    return count;
  };
  return { size, mtimeMs: Math.floor(mtimeMs), mode: mode & 0o777, read, close: () => file.close() };
}

export interface Partial extends Sink {
  /** Syncs it, and puts it under its name in one step. */
  finish(): Promise<void>;
  /** Keeps what is there for the next attempt. */
  close(): Promise<void>;
}

/** Where what has arrived of a file is kept until it is complete: beside it, so that a rename is one step. */
export function partialPath(target: string, { path, size, mtimeMs }: Entry): string {
  const key = createHash("sha256").update(`${path}\n${size}\n${mtimeMs}`).digest("hex").slice(0, 12);
  return join(dirname(target), `.${basename(target).slice(0, 200)}.${key}.part`);
}

/** Whether a file looks like one that `partialPath` names. */
export function isPartial(path: string): boolean {
  return /^\..*\.[0-9a-f]{12}\.part$/s.test(basename(path));
}

/** @throws LocalFileError `bad-file` when it cannot be written there; while it is written, `disk`. */
export async function openPartial(target: string, entry: Entry): Promise<Partial> {
  const path = partialPath(target, entry);
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  await mkdir(dirname(target), { recursive: true });
  const file = await open(path, flags, 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new LocalFileError("bad-file", `cannot write ${JSON.stringify(path)} (${error.code})`, {
      cause: error,
    });
  });
  const had = Math.min(entry.size, (await file.stat()).size);
  const onDisk = async <Value>(act: Promise<Value>): Promise<Value> => {
    try {
      return await act;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const kept = "what has arrived is kept, and the same command goes on there";
      throw new LocalFileError("disk", `cannot write ${JSON.stringify(path)} (${code}); ${kept}`, {
        cause: error,
      });
    }
  };
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await file.close();
  };
  return {
    size: entry.size,
    had,
    read: (into, offset) => readFully(file, into, Math.min(into.length, had - offset), offset),
    write: (bytes, offset) => onDisk(writeFully(file, bytes, offset)),
    async finish() {
      await onDisk(file.truncate(entry.size));
      await onDisk(file.sync());
      await file.utimes(entry.mtimeMs / 1000, entry.mtimeMs / 1000);
      await file.chmod(entry.mode);
      await close();
      await onDisk(rename(path, target));
      await syncFolder(dirname(target));
    },
    close,
  };
}

async function readFully(
  file: FileHandle,
  into: Uint8Array,
  length: number,
  offset: number,
): Promise<number> {
  let count = 0;
  while (count < length) {
    const { bytesRead } = await file.read(into, count, length - count, offset + count);
    if (bytesRead === 0) break;
    count += bytesRead;
  }
  return count;
}

async function writeFully(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  let count = 0;
  while (count < bytes.length) {
    const { bytesWritten } = await file.write(bytes, count, bytes.length - count, offset + count);
    count += bytesWritten;
  }
}

/** A rename is on disk when its folder is. Windows has no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
