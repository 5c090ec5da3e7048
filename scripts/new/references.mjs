// What a file says of other files of the repository, put right for its place in the copy. Writes nothing.
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { Failure } from "./failure.mjs";
import { root } from "./repository.mjs";

/** @typedef {(path: string) => string | undefined} Place where a path of the repository lies in the copy */

const reference = /(\b(?:from|import|new URL\(|import\()\s*|"extends":\s*|"path":\s*)"(\.{1,2}\/[^"]*)"/g;

/**
 * Imports, `new URL("…")` and what a tsconfig.json extends.
 * @param {string} path of the file, from the root
 * @param {string} text
 * @param {Place} placeOf
 */
export function moveReferences(path, text, placeOf) {
  return text.replace(reference, (all, before, target) => {
    const there = posix.join(posix.dirname(path), target);
    const place = placeOf(there);
    if (place !== undefined) return `${before}"${relative(placeOf(path) ?? path, place, target)}"`;
    // What does not exist is no file: a test says so of something else.
    if (!existsSync(join(root, there))) return all;
    throw new Failure(
      `${path} refers to "${target}", which stays behind: an app and its tests use only the app's own folder and packages by name.`,
    );
  });
}

/**
 * Links of a Markdown file that leave its folder; one that would lead nowhere becomes plain text.
 * @param {string} path of the file, from the root
 * @param {string} text
 * @param {Place} placeOf
 */
export function moveLinks(path, text, placeOf) {
  return text.replace(/!?\[([^\]]*)\]\((\.\.\/[^)\s#]*)(#[^)]*)?\)/g, (all, words, target, anchor = "") => {
    const place = placeOf(posix.join(posix.dirname(path), target));
    if (place === undefined) return words;
    const moved = relative(placeOf(path) ?? path, place, target);
    return `${all.startsWith("!") ? "!" : ""}[${words}](${moved}${anchor})`;
  });
}

/** @param {string} from a file @param {string} to @param {string} before how it was written: a trailing slash stays */
function relative(from, to, before) {
  const path = posix.relative(posix.dirname(from), to) || ".";
  const slash = before.endsWith("/") && !path.endsWith("/") ? "/" : "";
  return `${path.startsWith(".") ? "" : "./"}${path}${slash}`;
}
