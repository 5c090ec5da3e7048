// The files of an info dictionary (BEP 3, 47): where each lies in the torrent, under a name that does no harm. Reads none.
import { ProtocolError } from "@socketlab/core/browser";
import {
  integerAt,
  isDictionary,
  listAt,
  textAt,
  textOf,
  type Dictionary,
  type Value,
} from "../bencode/value.ts";
import type { Info, TorrentFile } from "./info.ts";
import { checkName, Paths } from "./names.ts";

/** @throws ProtocolError `bad-bencode`, `bad-torrent`, `bad-name`. */
export function parseFiles(
  info: Dictionary,
): Pick<Info, "name" | "isFolder" | "files" | "length" | "linkCount"> {
  // The ".utf-8" is how names were given in another encoding, and in this one besides.
  const name = textAt(info, "name.utf-8") ?? textAt(info, "name");
  if (name === undefined) throw bad('it has no name ("name")');
  checkName(name);
  const list = listAt(info, "files");
  const single = integerAt(info, "length");
  if ((list === undefined) === (single === undefined))
    throw bad(
      `it says ${list === undefined ? "neither" : "both"} how long its file is and which files it has`,
    );
  const { files, length, linkCount } = list === undefined ? oneFile(name, single!) : severalFiles(list);
  if (length === 0) throw bad("there is nothing in it: all its files are empty");
  return { name, isFolder: list !== undefined, files, length, linkCount };
}

type Found = Pick<Info, "files" | "length" | "linkCount">;

function oneFile(name: string, length: number): Found {
  if (length < 0) throw bad(`its file has ${length} bytes`);
  return { files: [{ path: [name], length, offset: 0, isPadding: false }], length, linkCount: 0 };
}

function severalFiles(list: readonly Value[]): Found {
  const files: TorrentFile[] = [];
  const paths = new Paths();
  let [offset, linkCount] = [0, 0];
  for (const [index, entry] of list.entries()) {
    const which = `file ${index + 1}`;
    if (!isDictionary(entry)) throw bad(`${which} is not a dictionary`);
    const attributes = textAt(entry, "attr") ?? "";
    const isLink = attributes.includes("l");
    const length = integerAt(entry, "length") ?? (isLink ? 0 : undefined);
    if (length === undefined || length < 0 || (isLink && length > 0))
      throw bad(`${which} has a wrong length: ${length ?? "none"}`);
    if (isLink) {
      linkCount++;
      continue;
    }
    const isPadding = attributes.includes("p");
    // Several may have the same name, and none is ever written.
    const path = isPadding ? [".pad", String(length)] : pathOf(entry, which);
    if (!isPadding) paths.add(path);
    files.push({ path, length, offset, isPadding });
    offset += length;
    if (!Number.isSafeInteger(offset)) throw bad(`its files have more than 2⁵³ − 1 bytes together`);
  }
  if (files.length === 0) throw bad("it has no files");
  return { files, length: offset, linkCount };
}

function pathOf(entry: Dictionary, which: string): string[] {
  const names = listAt(entry, "path.utf-8") ?? listAt(entry, "path");
  if (names === undefined) throw bad(`${which} has no path`);
  return names.map((name) => {
    if (!(name instanceof Uint8Array)) throw bad(`${which} has a path with something other than names in it`);
    return textOf(name);
  });
}

function bad(why: string): ProtocolError {
  return new ProtocolError("bad-torrent", why);
}
