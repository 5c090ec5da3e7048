// The way from the served folder to a path, step by step, making folders where that is asked for. Knows no files.
import { mkdirSync, readdirSync, type BigIntStats } from "node:fs";
import { isSame, type Folder } from "@socketlab/disk-kit";
import { codeOf } from "./folder-errors.ts";
import { StoreError } from "./store.ts";

/** Which of two names the disk takes for one: none, those that differ by case or by Unicode's form, or as if it did. */
export type NameFolding = "none" | "by the disk" | "always";

/** Where a path leads; `folder` is held, and to be closed. */
export interface Place {
  readonly folder: Folder;
  readonly name: string;
}

/** So many folders stay open, for the next file in them. */
const MOST_RECENT = 16;

/** What Windows takes for a part of a file, or refuses. */
const notOnWindows = /[<>:"|?*]/u;

export class FolderTree {
  readonly #root: Folder;
  readonly #private: BigIntStats | undefined;
  readonly #folding: NameFolding;
  /** By their paths, the one that was used last at the end. */
  readonly #recent = new Map<string, { readonly folder: Folder; readonly stats: BigIntStats }>();

  /** @param privateFolder nobody's way leads there, under whatever name the disk may know it. */
  constructor(root: Folder, privateFolder: BigIntStats | undefined, folding: NameFolding) {
    this.#root = root;
    this.#private = privateFolder;
    this.#folding = folding;
  }

  /** The folder of that path, held. */
  enter(path: string): Folder {
    return this.#descend(namesOf(path), "find").folder;
  }

  /** The folder that it is in, held. */
  find(path: string): Place {
    const { names, name } = lastNameOf(path);
    return { folder: this.#descend(names, "find").folder, name };
  }

  /** The same, and what is there; folders on the way are made. @param onMade with the folder that has a new name in it. */
  make(path: string, onMade: (folder: Folder) => void): Place & { there: BigIntStats | undefined } {
    const { names, name } = lastNameOf(path);
    const { folder } = this.#descend(names, "make", onMade);
    try {
      const there = this.look({ folder, name });
      this.#refuseTwin(folder, name, there !== undefined);
      return { folder, name, there };
    } catch (error) {
      folder.close();
      throw error;
    }
  }

  /** What a `make` would find: how many folders it would make, and what is there already. Makes nothing. */
  survey(path: string): { missing: number; there: BigIntStats | undefined } {
    const { names, name } = lastNameOf(path);
    const { folder, missing } = this.#descend(names, "survey");
    using _held = folder;
    if (missing > 0) return { missing, there: undefined };
    const there = this.look({ folder, name });
    this.#refuseTwin(folder, name, there !== undefined);
    return { missing, there };
  }

  /** What is there, without following a link. */
  look({ folder, name }: Place): BigIntStats | undefined {
    const stats = folder.look(name);
    this.#guard(stats);
    return stats;
  }

  #descend(
    names: readonly string[],
    way: "find" | "survey" | "make",
    onMade?: (folder: Folder) => void,
  ): { folder: Folder; missing: number } {
    let folder = this.#root.again();
    try {
      let path = "";
      for (const [index, name] of names.entries()) {
        path += `/${name}`;
        const next = this.#step(folder, name, path, way, onMade);
        if (next === undefined) return { folder, missing: names.length - index };
        folder.close();
        folder = next;
      }
      return { folder, missing: 0 };
    } catch (error) {
      folder.close();
      throw error;
    }
  }

  #step(
    folder: Folder,
    name: string,
    path: string,
    way: "find" | "survey" | "make",
    onMade?: (folder: Folder) => void,
  ): Folder | undefined {
    // Who makes and removes folders there at the same time may win, but not for ever.
    for (let tries = 0; ; tries++) {
      try {
        const next = this.#enter(folder, name, path);
        if (way !== "find") this.#refuseTwin(folder, name, true, next);
        return next;
      } catch (error) {
        const code = codeOf(error);
        if (way === "find" || error instanceof StoreError) throw error;
        if (code === "ENOTDIR" || code === "ELOOP")
          throw new StoreError("exists", `${name} is no folder, so nothing can be in it`, { cause: error });
        if (code !== "ENOENT" || tries === 3) throw error;
      }
      this.#refuseTwin(folder, name, false);
      if (way === "survey") return undefined;
      folder.confirm();
      if (mkdirUnlessThere(folder.at(name))) onMade?.(folder);
    }
  }

  /**
   * Enters a folder, or uses one that was entered before, if that is what its name leads to now: as it is held, its number
   * cannot have become another's.
   */
  #enter(folder: Folder, name: string, path: string): Folder {
    const recent = this.#recent.get(path);
    if (recent !== undefined) {
      this.#recent.delete(path);
      const now = folder.look(name);
      if (now !== undefined && isSame(now, recent.stats)) {
        this.#recent.set(path, recent);
        return recent.folder.again();
      }
      recent.folder.close();
    }
    const entered = folder.enter(name);
    try {
      const stats = entered.stat();
      this.#guard(stats);
      this.#remember(path, entered.again(), stats);
      return entered;
    } catch (error) {
      entered.close();
      throw error;
    }
  }

  #remember(path: string, folder: Folder, stats: BigIntStats): void {
    this.#recent.set(path, { folder, stats });
    if (this.#recent.size <= MOST_RECENT) return;
    const [oldest] = this.#recent.keys();
    this.#recent.get(oldest!)!.folder.close();
    this.#recent.delete(oldest!);
  }

  close(): void {
    for (const { folder } of this.#recent.values()) folder.close();
    this.#recent.clear();
  }

  /** @throws StoreError `exists` if another name is there that the disk takes for this one. */
  #refuseTwin(folder: Folder, name: string, isThere: boolean, entered?: Folder): void {
    if (this.#folding === "none" || (this.#folding === "by the disk" && !isThere)) return;
    const key = fold(name);
    const names = readdirSync(folder.at("."));
    const twin = names.find((other) => fold(other) === key && other.normalize("NFC") !== name);
    if (twin === undefined) return;
    entered?.close();
    throw new StoreError("exists", `${name} differs only by case from ${twin}, which is there already`);
  }

  #guard(stats: BigIntStats | undefined): void {
    if (stats !== undefined && this.#private !== undefined && isSame(stats, this.#private))
      throw new StoreError("bad-path", "that is where the server keeps what is on its way");
  }
}

function namesOf(path: string): string[] {
  const names = path === "" ? [] : path.split("/");
  const wrong = process.platform === "win32" ? names.find((name) => notOnWindows.test(name)) : undefined;
  if (wrong !== undefined)
    throw new StoreError("bad-path", `${wrong} has a character that this disk refuses`);
  return names;
}

function lastNameOf(path: string): { names: string[]; name: string } {
  const names = namesOf(path);
  const name = names.pop();
  if (name === undefined) throw new StoreError("not-a-file", "that is the folder that is served");
  return { names, name };
}

/** @returns whether it was made now: somebody else may have been quicker. */
function mkdirUnlessThere(path: string | Buffer): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** What folded names have in common: about what disks do. */
export function fold(name: string): string {
  return name.normalize("NFC").toLowerCase();
}
