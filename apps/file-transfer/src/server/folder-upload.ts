// A file on its way in: written anywhere, kept for the next attempt, or put under its name. Knows no names.
import type { Descriptor } from "@socketlab/disk-kit";
import { OWNER_MAY } from "./incoming.ts";
import { codeOf, storeError } from "./folder-errors.ts";
import { StoreError, type FileDescription, type Upload } from "./store.ts";

/** What becomes of an upload at its end; called once, by one of the three. */
export interface UploadEnds {
  /** Puts it under its name. */
  finish(): Promise<void>;
  /** Leaves what there is of it, if there is anything. */
  keep(): void;
  discard(): void;
}

export class FolderUpload implements Upload {
  readonly had: number;
  readonly #path: string;
  readonly #description: FileDescription;
  readonly #file: Descriptor;
  readonly #ends: UploadEnds;
  #end: Promise<unknown> | undefined;

  constructor(path: string, description: FileDescription, file: Descriptor, had: number, ends: UploadEnds) {
    this.#path = path;
    this.#description = description;
    this.#file = file;
    this.#ends = ends;
    this.had = had;
  }

  get size(): number {
    return this.#description.size;
  }

  read(into: Uint8Array, offset: number): Promise<number> {
    return this.#try("cannot be read", () => this.#file.read(into, offset));
  }

  write(bytes: Uint8Array, offset: number): Promise<void> {
    return this.#try("cannot be written", async () => {
      if (this.#end !== undefined) throw new StoreError("failed", `${this.#path} is no longer being written`);
      if (offset < 0 || offset + bytes.length > this.size)
        throw new StoreError("failed", `${this.#path} was announced with ${this.size} bytes`);
      await this.#file.write(bytes, offset);
    });
  }

  finish(): Promise<void> {
    if (this.#end !== undefined)
      return Promise.reject(new StoreError("failed", `${this.#path} is no longer being written`));
    const finished = this.#try("cannot be finished", () => this.#finish());
    this.#end = finished.catch(() => {});
    return finished;
  }

  async suspend(): Promise<void> {
    this.#end ??= this.#try("cannot be kept", () => this.#keep());
    await this.#end;
  }

  async discard(): Promise<void> {
    this.#end ??= this.#try("cannot be discarded", () => this.#discard());
    await this.#end;
  }

  async #finish(): Promise<void> {
    const { size, mtimeMs } = this.#description;
    const mode = this.#description.mode & 0o777;
    const { size: written, mode: given } = this.#file.stat();
    if (written !== BigInt(size)) {
      await this.#keep();
      throw new StoreError("failed", `${this.#path} has ${written} of its ${size} bytes`);
    }
    try {
      permitted(() => this.#file.setTimes(mtimeMs));
      if ((Number(given) & 0o777) !== (mode | OWNER_MAY))
        permitted(() => this.#file.setMode(mode | OWNER_MAY));
      await this.#file.sync(size);
      if ((mode & OWNER_MAY) !== OWNER_MAY) permitted(() => this.#file.setMode(mode));
    } catch (error) {
      // What the disk did not take is gone, though it can still be read: the next attempt must not build on it.
      await this.#discard();
      throw error;
    }
    try {
      await this.#ends.finish();
    } catch (error) {
      await this.#keep();
      throw error;
    } finally {
      await this.#file.close();
    }
  }

  async #keep(): Promise<void> {
    await this.#file.close();
    this.#ends.keep();
  }

  async #discard(): Promise<void> {
    await this.#file.close();
    this.#ends.discard();
  }

  async #try<T>(what: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw storeError(error, `${this.#path} ${what}`);
    }
  }
}

/** Some disks keep no modes or times, and say that it is not permitted: the content is what counts. */
function permitted(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (!["EPERM", "ENOTSUP", "ENOSYS"].includes(codeOf(error) ?? "")) throw error;
  }
}
