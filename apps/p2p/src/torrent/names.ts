// Which names a torrent may give to files: whoever made it is a stranger, and its names become paths. Touches no disk.
import { ProtocolError } from "@socketlab/core/browser";

/** What disks keep, in UTF-8. */
const MAX_NAME_BYTES = 255;
const MAX_PATH_BYTES = 4096;

/** Devices of Windows, with any extension. */
const device = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\.|$)/iu;
/**
 * Control characters, line ends, what has no width, and what turns the direction of text: a name must look like what it is.
 * The joiners U+200C and U+200D are not among them: Persian, the scripts of India and emoji are written with them.
 */
const invisible = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]/u;
const utf8 = new TextEncoder();

/** @throws ProtocolError `bad-name`, with the name and the rule that it breaks. */
export function checkName(name: string): void {
  if (name === "") throw badName(name, "it is empty");
  // Some systems cut dots and spaces off the end, so that ".. " is "..".
  if (/^[. ]+$/u.test(name)) throw badName(name, "it could lead out of the folder");
  if (/[/\\]/u.test(name)) throw badName(name, "it has a separator in it, and is one name of a path");
  if (!name.isWellFormed()) throw badName(name, "it has half a character, which no disk can keep");
  if (invisible.test(name)) throw badName(name, "it has a character that cannot be seen");
  if (/^[a-z]:/iu.test(name)) throw badName(name, "it begins with a drive letter");
  if (device.test(name)) throw badName(name, "it is a device on some systems");
  if (utf8.encode(name).length > MAX_NAME_BYTES)
    throw badName(name, `it has more than ${MAX_NAME_BYTES} bytes`);
}

/** Folders and, as undefined, files, by their folded names. */
type Folder = Map<string, Folder | undefined>;

/** The files of a torrent, which must find room side by side also on disks that take one way to write "é" for the other, or "a." for "a". */
export class Paths {
  readonly #root: Folder = new Map();
  readonly #inAnyCase: Folder = new Map();
  /** Those that some disks take for one that was added before: it differs only by upper and lower case. */
  readonly alike: (readonly string[])[] = [];

  /** @throws ProtocolError `bad-name` for a name that can do harm, and a path that another file or folder has. */
  add(path: readonly string[]): void {
    const whole = path.join("/");
    if (path.length === 0) throw new ProtocolError("bad-name", "a file has no name");
    for (const name of path) checkName(name);
    if (utf8.encode(whole).length > MAX_PATH_BYTES)
      throw badName(whole, `it has more than ${MAX_PATH_BYTES} bytes`);
    const names = path.map(folded);
    const why = place(this.#root, names);
    if (why !== undefined) throw badName(whole, why);
    const lower = names.map((name) => name.toLowerCase());
    if (place(this.#inAnyCase, lower) !== undefined) this.alike.push(path);
  }
}

/** @returns why there is no room for it, if there is none. */
function place(root: Folder, path: readonly string[]): string | undefined {
  let folder = root;
  for (const name of path.slice(0, -1)) {
    const inner: Folder = folder.get(name) ?? new Map();
    if (folder.has(name) && inner !== folder.get(name)) return "a file has the name of one of its folders";
    folder.set(name, inner);
    folder = inner;
  }
  const file = path.at(-1)!;
  if (folder.get(file) !== undefined) return "a folder has the same name";
  if (folder.has(file)) return "another file has the same name, or one that some disks take for the same";
  folder.set(file, undefined);
  return undefined;
}

/** As a terminal may show it: without what it takes for a command, or what turns the direction of text. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, "?");
}

function folded(name: string): string {
  return name.normalize("NFC").replace(/[. ]+$/u, "");
}

function badName(name: string, why: string): ProtocolError {
  const shown = printable(name.length > 200 ? `${name.slice(0, 200)}…` : name);
  return new ProtocolError("bad-name", `"${shown}" cannot be the name of a file: ${why}`);
}
