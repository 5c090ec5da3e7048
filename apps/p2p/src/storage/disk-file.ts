// One file on the disk: made where it is missing, read, written, and watched for what others do to it. Knows no piece.
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  unlinkSync,
  type BigIntStats,
} from "node:fs";
import type { Descriptor, Folder } from "@socketlab/disk-kit";
import type { Descriptors } from "./descriptors.ts";
import { stampOf, type Stamp } from "./stamp.ts";
import { codeOf, storageError, StorageError } from "./storage-error.ts";

export class DiskFile {
  /** From the folder on. */
  readonly path: readonly string[];
  /** How long it is to be; undefined for one that grows as it is written. */
  readonly length: number | undefined;
  readonly #root: Folder;
  readonly #descriptors: Descriptors;
  readonly #key: string;
  #stamp: Stamp | undefined;
  #writers = 0;
  /** Bytes that were written since the disk was last asked to keep them. */
  #unsynced = 0;
  /** The disk could not keep it. What could not be written the system forgets, and the next sync succeeds: no reason to trust. */
  #isDoubtful = false;
  /** Somebody else has written into it, or put another in its place, since it was last looked at. */
  onChanged: () => void = () => {};

  constructor(root: Folder, path: readonly string[], length: number | undefined, descriptors: Descriptors) {
    this.#root = root;
    this.path = path;
    this.length = length;
    this.#descriptors = descriptors;
    this.#key = path.join("/");
  }

  /** As we left it or found it, and the disk has kept it: undefined when it has not, or when it is not there. */
  get keptStamp(): Stamp | undefined {
    return this.#writers + this.#unsynced > 0 || this.#isDoubtful ? undefined : this.#stamp;
  }

  /** What is there. @throws StorageError `bad-file` for what is no file. */
  look(): BigIntStats | undefined {
    return this.#try("cannot be used", () => {
      try {
        using folder = this.#enter(false);
        const stats = folder.look(this.path.at(-1)!);
        if (stats === undefined || stats.isFile()) return stats;
        const what = stats.isDirectory() ? "a folder" : "a link or a device";
        throw new StorageError("bad-file", `${this.#key} is ${what}, and a file is to be there`);
      } catch (error) {
        if (codeOf(error) === "ENOENT") return undefined;
        throw error;
      }
    });
  }

  /** From now on it is watched. @param isKept whether the disk is known to have all of it, and not only the system. */
  found(stats: BigIntStats, isKept: boolean): void {
    this.#stamp = stampOf(stats);
    if (!isKept) this.#unsynced = Number(stats.size);
  }

  get name(): string {
    return this.#key;
  }

  /** @returns whether it has so much from there on, and nobody else was at it. */
  async read(into: Uint8Array, offset: number): Promise<boolean> {
    try {
      return await this.#use(false, async (file) => {
        const count = await file.read(into, offset);
        return this.#isAsLeft(file) && count === into.length;
      });
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false;
      throw storageError(error, `${this.#key} cannot be read`);
    }
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    try {
      await this.#use(true, async (file) => {
        this.#isAsLeft(file);
        this.#writers++;
        try {
          await file.write(bytes, offset);
        } finally {
          this.#unsynced += bytes.length;
          if (--this.#writers === 0) this.#stamp = stampOf(file.stat());
        }
      });
    } catch (error) {
      throw storageError(error, `${this.#key} cannot be written`);
    }
  }

  /** Makes it, if it is not there. */
  async make(): Promise<void> {
    await this.write(new Uint8Array(0), 0);
  }

  /** Has the disk keep what was written. */
  async sync(): Promise<void> {
    const bytes = this.#unsynced;
    if (bytes === 0) return;
    try {
      // Windows syncs only what is open for writing.
      await this.#use(process.platform === "win32", (file) => file.sync(bytes));
      this.#unsynced -= bytes;
    } catch (error) {
      this.#isDoubtful = true;
      throw storageError(error, `${this.#key} cannot be kept`);
    }
  }

  remove(): void {
    this.#try("cannot be removed", () => {
      using folder = this.#enter(false);
      folder.confirm();
      unlinkSync(folder.at(this.path.at(-1)!));
    });
  }

  /** Our own writes under way hide others'. */
  #isAsLeft(file: Descriptor): boolean {
    return this.#writers > 0 || this.#compare(file.stat());
  }

  #compare(stats: BigIntStats): boolean {
    const now = stampOf(stats);
    const isSame = this.#stamp === undefined || this.#stamp === now;
    this.#stamp = now;
    if (!isSame) this.onChanged();
    return isSame;
  }

  #use<T>(forWriting: boolean, act: (file: Descriptor) => Promise<T>): Promise<T> {
    // One that is open for writing is read, too.
    const key = `${this.#key}/w`;
    if (forWriting || this.#descriptors.has(key))
      return this.#descriptors.use(key, () => this.#open(true), act);
    return this.#descriptors.use(`${this.#key}/r`, () => this.#open(false), act);
  }

  #open(forWriting: boolean): number {
    using folder = this.#enter(forWriting);
    const name = this.path.at(-1)!;
    if (!forWriting) return folder.open(name, constants.O_RDONLY);
    const isNew = folder.look(name) === undefined;
    if (isNew) folder.confirm();
    const fd = folder.open(name, constants.O_RDWR | (isNew ? constants.O_CREAT : 0), 0o666);
    try {
      this.#compare(fstatSync(fd, { bigint: true }));
      this.#toLength(fd);
      return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** All at once, with holes, so that its size tells nobody that others write into it. */
  #toLength(fd: number): void {
    const { length } = this;
    if (length === undefined || fstatSync(fd).size === length) return;
    ftruncateSync(fd, length);
    this.#stamp = stampOf(fstatSync(fd, { bigint: true }));
  }

  #enter(isMade: boolean): Folder {
    let folder = this.#root.again();
    for (const name of this.path.slice(0, -1)) {
      using above = folder;
      try {
        folder = above.enter(name);
      } catch (error) {
        if (!isMade || codeOf(error) !== "ENOENT") throw error;
        above.confirm();
        mkdirSync(above.at(name));
        folder = above.enter(name);
      }
    }
    return folder;
  }

  #try<T>(what: string, act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw storageError(error, `${this.#key} ${what}`);
    }
  }
}
