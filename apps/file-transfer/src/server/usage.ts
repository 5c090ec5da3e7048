// How much a store holds, and how much it may. Knows no disk.
import { StoreError } from "./store.ts";

export interface StoreLimits {
  /** One file. */
  readonly maxFileBytes: number;
  /** All files together, with what is on its way. */
  readonly maxTotalBytes: number;
  /** Files and folders, with what is on its way. */
  readonly maxFiles: number;
}

export class Usage {
  readonly #limits: StoreLimits;
  #bytes = 0;
  #files = 0;

  constructor(limits: Partial<StoreLimits> = {}) {
    this.#limits = { maxFileBytes: Infinity, maxTotalBytes: Infinity, maxFiles: Infinity, ...limits };
  }

  /** Whether anything depends on what is counted. */
  get isCounted(): boolean {
    return this.#limits.maxTotalBytes < Infinity || this.#limits.maxFiles < Infinity;
  }

  /** @throws StoreError `too-large` if a file may not have so many bytes. */
  check(path: string, bytes: number): void {
    const { maxFileBytes } = this.#limits;
    if (bytes > maxFileBytes)
      throw new StoreError(
        "too-large",
        `${path} has ${bytes} bytes, and this server takes files of at most ${maxFileBytes}`,
      );
  }

  /**
   * Counts them, if there is room.
   * @throws StoreError `too-large`, `too-many`, and nothing is counted.
   */
  reserve(path: string, bytes: number, files: number): void {
    const { maxTotalBytes, maxFiles } = this.#limits;
    if (bytes > 0 && this.#bytes + bytes > maxTotalBytes)
      throw new StoreError(
        "too-large",
        `${path} needs ${bytes} bytes more, and of the ${maxTotalBytes} that this server keeps ${Math.max(0, maxTotalBytes - this.#bytes)} are free`,
      );
    if (files > 0 && this.#files + files > maxFiles)
      throw new StoreError(
        "too-many",
        `${path} would be one more than the ${maxFiles} files and folders that this server keeps`,
      );
    this.add(bytes, files);
  }

  /** Counts what is there anyway; negative: what is gone. */
  add(bytes: number, files: number): void {
    this.#bytes += bytes;
    this.#files += files;
  }
}
