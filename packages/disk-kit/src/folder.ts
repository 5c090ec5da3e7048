// A folder that is held, so that a name in it is looked for in it, wherever its path leads by now. Knows no store.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  realpathSync,
  statSync,
  type BigIntStats,
} from "node:fs";
import { join } from "node:path";

/**
 * All calls are synchronous: each only touches names, which costs a few microseconds here and a multiple of that in
 * another thread. They throw what the system says (`ENOENT`, `ENOTDIR` where a link or a file is on the way …).
 */
export interface Folder {
  /** A path for calls of `node:fs` that leads to this name in this folder. The call itself must not follow links. */
  at(name: string | Buffer): string | Buffer;
  /** A folder in this one; a link is none. */
  enter(name: string | Buffer): Folder;
  /** Opens a file in this folder, and no link. @returns its descriptor. */
  open(name: string, flags: number, mode?: number): number;
  /** What is there, without following a link; undefined if nothing is. */
  look(name: string | Buffer): BigIntStats | undefined;
  stat(): BigIntStats;
  /** The same for every hold on the same folder. */
  readonly id: string;
  /** One more hold on it, to be closed, too. */
  again(): Folder;
  /** To be called before a name is made, renamed or removed through `at`. @throws if that would be done elsewhere. */
  confirm(): void;
  close(): void;
  [Symbol.dispose](): void;
}

/** Linux: a descriptor that only marks a place. Missing among Node.js's constants; the same number on x86, ARM and RISC-V. */
const O_PATH = 0o10000000;
const HELD_FOLDER = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/**
 * To open a pipe that somebody put there would otherwise wait for its other end. Windows knows neither flag (undefined counts
 * as 0), and needs neither: it has no devices among files, and `NamedFolder` looks for links.
 */
const OPEN_FILE = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Holds a folder that its owner names, so links on the way to it are meant. */
export function openFolder(path: string, canHold = process.platform === "linux"): Folder {
  const real = realpathSync.native(path);
  if (canHold) {
    const held = new HeldFolder(openSync(real, HELD_FOLDER));
    if (held.isReachable()) return held;
    held.close();
  }
  if (!statSync(real).isDirectory()) throw systemError("ENOTDIR", real);
  return new NamedFolder(real);
}

/**
 * Linux: `/proc/self/fd/N/name` is looked up in the folder that descriptor N holds, as `openat` would do (which Node.js does
 * not have). Each step goes through a descriptor and refuses links, so nothing that is renamed or replaced between two
 * steps, or between a step and its use, can lead anywhere else.
 */
class HeldFolder implements Folder {
  readonly #fd: number;
  /** Of all holds that have this descriptor. */
  readonly #shared: { holds: number; id?: string };
  #isClosed = false;

  constructor(fd: number, shared: { holds: number; id?: string } = { holds: 0 }) {
    this.#fd = fd;
    this.#shared = shared;
    shared.holds++;
  }

  get id(): string {
    return (this.#shared.id ??= idOf(this.stat()));
  }

  again(): Folder {
    this.at(".");
    return new HeldFolder(this.#fd, this.#shared);
  }

  /** Not without `/proc`, nor in a process that has changed its user. */
  isReachable(): boolean {
    try {
      return statSync(this.at("."), { bigint: true }).ino === this.stat().ino;
    } catch {
      return false;
    }
  }

  at(name: string | Buffer): string | Buffer {
    // The number is soon another file's.
    if (this.#isClosed) throw systemError("EBADF", String(name));
    const folder = `/proc/self/fd/${this.#fd}/`;
    return typeof name === "string" ? folder + name : Buffer.concat([Buffer.from(folder), name]);
  }

  enter(name: string | Buffer): Folder {
    return new HeldFolder(openSync(this.at(name), HELD_FOLDER));
  }

  open(name: string, flags: number, mode?: number): number {
    return openSync(this.at(name), flags | OPEN_FILE, mode);
  }

  look(name: string | Buffer): BigIntStats | undefined {
    return lstatSync(this.at(name), { bigint: true, throwIfNoEntry: false });
  }

  stat(): BigIntStats {
    return fstatSync(this.#fd, { bigint: true });
  }

  confirm(): void {}

  close(): void {
    if (!this.#isClosed && --this.#shared.holds === 0) closeSync(this.#fd);
    this.#isClosed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Elsewhere: a path, of which each folder is compared with what it was when it was entered, before a use and, where a file
 * is opened, after it too. That refuses all links that are there, and a folder that was swapped for one. It does not refuse
 * for certain: somebody on this machine who swaps it there and back within the microseconds between two of these calls can
 * have a file outside opened, or a name made or removed there.
 */
class NamedFolder implements Folder {
  readonly #path: string;
  readonly #parent: NamedFolder | undefined;
  readonly #stats: BigIntStats;

  constructor(path: string, parent?: NamedFolder) {
    this.#path = path;
    this.#parent = parent;
    this.#stats = lstatSync(path, { bigint: true });
    if (!this.#stats.isDirectory()) throw systemError("ENOTDIR", path);
  }

  get id(): string {
    return idOf(this.#stats);
  }

  again(): Folder {
    return this;
  }

  at(name: string | Buffer): string | Buffer {
    if (typeof name === "string") return join(this.#path, name);
    return Buffer.concat([Buffer.from(join(this.#path, "/")), name]);
  }

  enter(name: string | Buffer): Folder {
    const folder = new NamedFolder(String(this.at(name)), this);
    folder.confirm();
    return folder;
  }

  open(name: string, flags: number, mode?: number): number {
    this.confirm();
    const fd = openSync(this.at(name), flags | OPEN_FILE, mode);
    try {
      const now = this.look(name);
      if (now === undefined || !isSame(now, fstatSync(fd, { bigint: true })))
        throw systemError("ELOOP", name);
      this.confirm();
      return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  look(name: string | Buffer): BigIntStats | undefined {
    return lstatSync(this.at(name), { bigint: true, throwIfNoEntry: false });
  }

  stat(): BigIntStats {
    return lstatSync(this.#path, { bigint: true });
  }

  confirm(): void {
    this.#parent?.confirm();
    if (!isSame(this.stat(), this.#stats)) throw systemError("ENOTDIR", this.#path);
  }

  close(): void {}

  [Symbol.dispose](): void {}
}

function idOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

export function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

function systemError(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
