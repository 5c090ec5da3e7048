// What the disk says, as a sentence for people. Knows no call of the file system.
import { SocketlabError } from "@socketlab/core";

/**
 * `disk-full`, `not-permitted`, `bad-file` (something else is where a file is to be), `disk` (it failed), `not-there` (the
 * piece is not, or no longer, as its hash says).
 */
export class StorageError extends SocketlabError {}

const sentences: Readonly<Record<string, readonly [code: string, why: string]>> = {
  ENOENT: ["bad-file", "there is nothing of that name"],
  ENOTDIR: ["bad-file", "something on the way is a file or a link, and no folder"],
  ELOOP: ["bad-file", "it is a link, and links are not followed"],
  EISDIR: ["bad-file", "it is a folder"],
  EEXIST: ["bad-file", "there is something of that name already"],
  ENXIO: ["bad-file", "it is a pipe or a device"],
  ENAMETOOLONG: ["bad-file", "its name is too long for this disk"],
  EILSEQ: ["bad-file", "this disk cannot keep its name"],
  EINVAL: ["bad-file", "this disk cannot keep its name, or its size"],
  EFBIG: ["bad-file", "it is larger than a file may be there"],
  ENOSPC: ["disk-full", "the disk is full: make room and try again; what is verified is kept"],
  EDQUOT: ["disk-full", "what you may use of the disk is used up; what is verified is kept"],
  EROFS: ["not-permitted", "the disk is read-only"],
  EACCES: ["not-permitted", "you have no permission to"],
  EPERM: ["not-permitted", "the system does not permit it"],
  EMFILE: ["disk", "this process has too many files open"],
  ENFILE: ["disk", "this machine has too many files open"],
  EIO: ["disk", "the disk failed"],
};

/** @param what such as `a/b.txt cannot be read`. */
export function storageError(error: unknown, what: string): StorageError {
  if (error instanceof StorageError) return error;
  const system = codeOf(error);
  const [code, why] = sentences[system ?? ""] ?? ["disk", system ?? String(error)];
  return new StorageError(code, `${what}: ${why}`, { cause: error });
}

/** The system's name of the error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
