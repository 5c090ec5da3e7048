// The folder that the copy goes to: what it may be, and writing into it. Knows nothing of apps.
import { existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { Failure, wrongUsage } from "./failure.mjs";

/**
 * Refuses a target that the copy must not go to.
 * @param {string} target absolute
 * @param {{ shown: string, root: string, overwrite: boolean }} options how the person wrote it; this repository
 */
export function checkTarget(target, { shown, root, overwrite }) {
  const [real, home] = [realPath(target), realPath(root)];
  if (isInside(real, home)) {
    throw wrongUsage(
      `${shown} is inside this repository. A project of its own goes elsewhere, for example ../my-app.`,
    );
  }
  if (isInside(home, real)) throw wrongUsage(`${shown} contains this repository. Name a folder beside it.`);
  if (!existsSync(target)) return;
  if (!lstatSync(real).isDirectory()) throw new Failure(`${shown} exists and is a file, not a folder.`);
  // A repository that was made beforehand, and is empty as yet.
  const present = readdirSync(target).filter((name) => name !== ".git");
  if (present.length > 0 && !overwrite) {
    const some = present.slice(0, 3).join(", ") + (present.length > 3 ? ", …" : "");
    throw new Failure(
      `${shown} is not empty (${some}). Name another folder, or add --overwrite to replace the files that the copy has too; others stay as they are.`,
    );
  }
}

/**
 * Writes the files: all of them, or an error that says what is there now. Replaces plain files only, and follows no link.
 * @param {string} target absolute
 * @param {Map<string, string | Buffer>} files
 * @param {string} shown
 */
export function writeFiles(target, files, shown) {
  const isNew = !existsSync(target);
  if (!isNew) for (const path of files.keys()) checkReplaceable(target, path);
  try {
    mkdirSync(target, { recursive: true });
    for (const [path, content] of files) {
      mkdirSync(dirname(join(target, path)), { recursive: true });
      writeFileSync(join(target, path), content);
    }
  } catch (error) {
    // Whatever is in a folder that was not there before is ours.
    if (isNew) rmSync(target, { recursive: true, force: true });
    const { code = "", path = target } = /** @type {NodeJS.ErrnoException} */ (error);
    const reason = reasons[code] ?? /** @type {Error} */ (error).message;
    const left = isNew ? "Nothing was left there." : "Some of the files may have been written.";
    throw new Failure(`${shown} cannot be written: ${reason} (${code || "error"}, ${path}). ${left}`, {
      cause: error,
    });
  }
}

/** @type {{ [code: string]: string }} */
const reasons = {
  EACCES: "you have no permission",
  EPERM: "the system does not permit it",
  EROFS: "its file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "your quota of disk space is used up",
  ENOTDIR: "a part of its path is a file, not a folder",
  EEXIST: "a part of its path is a file or a broken link, not a folder",
  ENOENT: "its file system makes no folders there",
  ENAMETOOLONG: "its name is too long",
};

/** @param {string} target @param {string} path in it */
function checkReplaceable(target, path) {
  const parts = path.split("/");
  for (const [index] of parts.entries()) {
    const part = join(target, ...parts.slice(0, index + 1));
    const stat = lstatSync(part, { throwIfNoEntry: false });
    if (stat === undefined) return;
    const isLast = index === parts.length - 1;
    if (isLast ? stat.isFile() : stat.isDirectory()) continue;
    const kind = stat.isSymbolicLink() ? "a link" : stat.isDirectory() ? "a folder" : "not a folder";
    throw new Failure(
      `${part} is ${kind}, where the copy has ${isLast ? "a file" : "a folder"}. Nothing was written.`,
    );
  }
}

/** The true path, links followed, also of what does not exist yet. @param {string} path @returns {string} */
function realPath(path) {
  if (existsSync(path)) return realpathSync.native(path);
  const parent = dirname(path);
  return parent === path ? path : resolve(realPath(parent), relative(parent, path));
}

/** @param {string} path @param {string} folder */
function isInside(path, folder) {
  return `${path}${sep}`.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}
