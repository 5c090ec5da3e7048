// The names in a folder of any size, in their order, a page at a time and in bounded memory. Knows nothing of what they name.
import { opendir } from "node:fs/promises";
import type { Folder } from "@socketlab/disk-kit";

/** So many names are held of a folder: 1 MB or so. One of 100,000 names is read through ten times for all its pages. */
const WINDOW_NAMES = 10_000;
/** Of so many folders, whose pages are asked for in turn. */
const MAX_WINDOWS = 8;
/** Read from the disk at a time. */
const BATCH_NAMES = 512;

interface Window {
  /** Changes with the folder's names. */
  readonly stamp: string;
  /** All names after this one, or the first `WINDOW_NAMES` of them. */
  readonly after: string;
  readonly names: readonly string[];
  readonly isWhole: boolean;
}

export class FolderNames {
  readonly #windows = new Map<string, Window>();
  readonly #normalizes: boolean;

  /** @param normalizes whether the disk takes all forms of Unicode for one: then names are shown in form C. */
  constructor(normalizes: boolean) {
    this.#normalizes = normalizes;
  }

  /** The names after `after` ("" is before all) in the order of their UTF-16 code units: at least `count`, if there are. */
  async after(folder: Folder, after: string, count: number): Promise<readonly string[]> {
    const { dev, ino, mtimeNs, ctimeNs } = folder.stat();
    const id = `${dev}:${ino}`;
    const stamp = `${mtimeNs}:${ctimeNs}`;
    const window = this.#windows.get(id);
    if (window?.stamp === stamp && window.after <= after) {
      const names = window.names.slice(firstAfter(window.names, after));
      if (names.length >= count || window.isWhole) return names;
    }
    const most = Math.max(count, WINDOW_NAMES);
    const names = await readNames(folder, after, most, this.#normalizes);
    this.#windows.delete(id);
    this.#windows.set(id, { stamp, after, names, isWhole: names.length < most });
    if (this.#windows.size > MAX_WINDOWS) this.#windows.delete(this.#windows.keys().next().value!);
    return names;
  }
}

/** The first `count` names after `after`; twice as many are held at most. */
async function readNames(
  folder: Folder,
  after: string,
  count: number,
  normalizes: boolean,
): Promise<string[]> {
  let names: string[] = [];
  const sortOut = (): void => {
    names = names.toSorted(byCodeUnits).slice(0, count);
  };
  for await (const entry of await opendir(folder.at(".").toString(), { bufferSize: BATCH_NAMES })) {
    const name = normalizes ? entry.name.normalize("NFC") : entry.name;
    if (name <= after) continue;
    names.push(name);
    if (names.length >= 2 * count) sortOut();
  }
  sortOut();
  return names;
}

function byCodeUnits(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function firstAfter(names: readonly string[], after: string): number {
  let [from, to] = [0, names.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (names[middle]! <= after) from = middle + 1;
    else to = middle;
  }
  return from;
}
