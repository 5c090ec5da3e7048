// Names of files as both sides write them: relative paths with "/" between the names. Touches no disk.
import { UsageError } from "@socketlab/core/browser";

const MAX_PATH_BYTES = 4096;
const MAX_NAME_BYTES = 255;
const MAX_DEPTH = 64;
/** Where a server keeps what is on its way; nobody's file is called so. */
export const PRIVATE_FOLDER = ".socketlab";

/** Devices of Windows, with any extension: a file of that name cannot be copied there. */
const device = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\.|$)/iu;
/**
 * Control characters, line ends, what has no width, and what turns the direction of text: a name must look like what it is.
 * The joiners U+200C and U+200D are not among them: Persian, the scripts of India and emoji are written with them.
 */
const invisible = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]/u;
const utf8 = new TextEncoder();

/**
 * Checks a path and returns it in Unicode's normal form C, in which the two ways to write "é" are one name. "" is the
 * folder that is served.
 *
 * @throws UsageError `bad-path`, with the name, the rule and what to do.
 */
export function parsePath(text: string): string {
  if (text === "") return "";
  const path = text.normalize("NFC");
  if (path.startsWith("/"))
    throw badPath(text, 'it begins with "/", and paths are relative to the folder that is served');
  if (path.includes("\\")) throw badPath(text, 'it has a "\\"; names are separated by "/"');
  if (!path.isWellFormed()) throw badPath(text, "it has half a character, which no disk can keep");
  if (utf8.encode(path).length > MAX_PATH_BYTES)
    throw badPath(text, `it has more than ${MAX_PATH_BYTES} bytes`);
  const names = path.split("/");
  if (names.length > MAX_DEPTH) throw badPath(text, `it is more than ${MAX_DEPTH} folders deep`);
  if (/^[a-z]:/iu.test(path)) throw badPath(text, "it begins with a drive letter");
  if (names[0]!.toLowerCase() === PRIVATE_FOLDER)
    throw badPath(text, `${PRIVATE_FOLDER} is where the server keeps what is on its way`);
  for (const name of names) checkName(text, name);
  return path;
}

/** The same for a file or a folder below the served one. @throws UsageError `bad-path`. */
export function parseName(text: string): string {
  const path = parsePath(text);
  if (path === "") throw badPath(text, "it is empty, which stands for the folder that is served");
  return path;
}

/** `path` below `folder`, which may be "". */
export function below(folder: string, path: string): string {
  return folder === "" ? path : path === "" ? folder : `${folder}/${path}`;
}

function checkName(path: string, name: string): void {
  if (name === "") throw badPath(path, 'it has an empty name: "//", or a "/" at the end');
  if (name === "." || name === "..") throw badPath(path, `"${name}" could lead out of the folder`);
  if (invisible.test(name)) throw badPath(path, "it has a character that cannot be seen");
  if (device.test(name)) throw badPath(path, `"${name}" is a device on some systems`);
  if (/[. ]$/u.test(name))
    throw badPath(path, `"${name}" ends with a dot or a space, which some systems cut off`);
  if (utf8.encode(name).length > MAX_NAME_BYTES)
    throw badPath(path, `it has a name of more than ${MAX_NAME_BYTES} bytes`);
}

function badPath(path: string, why: string): UsageError {
  const shown = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
  return new UsageError("bad-path", `${shown} cannot be a path here: ${why}`);
}
