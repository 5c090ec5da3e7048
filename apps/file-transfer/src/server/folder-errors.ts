// What the disk says, as a refusal with a sentence. Knows no call of the file system.
import { StoreError } from "./store.ts";

const sentences: Record<string, readonly [StoreError["code"], string]> = {
  ENOENT: ["not-found", "there is nothing of that name"],
  ENOTDIR: ["not-found", "something on the way is no folder"],
  ELOOP: ["not-found", "something on the way is a link, and links are not followed"],
  EISDIR: ["exists", "there is a folder of that name"],
  EEXIST: ["exists", "there is something of that name already"],
  ENOTEMPTY: ["not-empty", "there is something in it"],
  ENOSPC: ["no-space", "the disk is full"],
  EDQUOT: ["no-space", "what this server's user may use of the disk is used up"],
  EFBIG: ["too-large", "it is larger than a file may be there"],
  EROFS: ["not-allowed", "the disk is read-only"],
  EACCES: ["not-allowed", "this server's user has no permission to"],
  EPERM: ["not-allowed", "the system does not permit it"],
  ENAMETOOLONG: ["bad-path", "its name is too long for this disk"],
  EILSEQ: ["bad-path", "this disk cannot keep its name"],
  EINVAL: ["bad-path", "this disk cannot keep its name, or its size"],
  EXDEV: ["failed", "that folder is on another disk than the folder that is served"],
  EMFILE: ["failed", "this server has too many files open: try again"],
  ENFILE: ["failed", "this machine has too many files open: try again"],
  EIO: ["failed", "the disk failed"],
};

/** @param what such as `a/b.txt cannot be read`. @returns a StoreError as it is, and of all else one that hides no cause. */
export function storeError(error: unknown, what: string): StoreError {
  if (error instanceof StoreError) return error;
  const system = codeOf(error);
  const [code, why] = sentences[system ?? ""] ?? ["failed", system ?? String(error)];
  return new StoreError(code, `${what}: ${why}`, { cause: error });
}

/** The system's name of the error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
