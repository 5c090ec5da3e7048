// An open file's descriptor, closed when nobody uses it any more: its number is soon another file's. Knows no names.
import {
  closeSync,
  fstatSync,
  fchmodSync,
  ftruncateSync,
  futimesSync,
  read,
  readSync,
  write,
  writeSync,
  type BigIntStats,
} from "node:fs";
import { AT_ONCE_BYTES, pace } from "./pace.ts";
import { fileSync } from "./sync-file.ts";

type Callback = (error: NodeJS.ErrnoException | null, count: number) => void;

function isAtOnce(bytes: number): boolean {
  return bytes <= AT_ONCE_BYTES || pace.isQuick;
}

export class Descriptor {
  readonly #fd: number;
  #users = 0;
  #closing: Promise<void> | undefined;
  #isIdle: (() => void) | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Fills `into` from `offset`. @returns how many bytes that were: fewer only where the file ends. */
  async read(into: Uint8Array, offset: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const [at, left] = [done, into.length - done];
      const count = isAtOnce(left)
        ? pace.time(() => readSync(this.#open(), into, at, left, offset + at))
        : await this.#use((fd, callback) => read(fd, into, at, left, offset + at, callback));
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const [from, left] = [done, bytes.length - done];
      done += isAtOnce(left)
        ? pace.time(() => writeSync(this.#open(), bytes, from, left, offset + from))
        : await this.#use((fd, callback) => write(fd, bytes, from, left, offset + from, callback));
    }
  }

  /** @param bytes how many there are, which may all be to be written. */
  async sync(bytes: number): Promise<void> {
    await this.#use((fd, callback) => fileSync.sync(fd, bytes, (error) => callback(error, 0)));
  }

  stat(): BigIntStats {
    return fstatSync(this.#open(), { bigint: true });
  }

  truncate(size: number): void {
    ftruncateSync(this.#open(), size);
  }

  setTimes(mtimeMs: number): void {
    const seconds = toSeconds(mtimeMs);
    futimesSync(this.#open(), seconds, seconds);
  }

  setMode(mode: number): void {
    fchmodSync(this.#open(), mode);
  }

  /** When what is under way is over. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#users > 0) await new Promise<void>((resolve) => (this.#isIdle = resolve));
    closeSync(this.#fd);
  }

  #open(): number {
    if (this.#closing !== undefined) throw Object.assign(new Error("it is closed"), { code: "EBADF" });
    return this.#fd;
  }

  #use(call: (fd: number, callback: Callback) => void): Promise<number> {
    return new Promise((resolve, reject) => {
      const fd = this.#open();
      this.#users++;
      call(fd, (error, count) => {
        this.#users--;
        if (error === null) resolve(count);
        else reject(error);
        if (this.#users === 0) this.#isIdle?.();
      });
    });
  }
}

/** The years 1901 to 9999, which every disk takes or brings nearer; beyond them some refuse. */
export function toSeconds(mtimeMs: number): number {
  return Math.min(Math.max(mtimeMs, -(2 ** 31) * 1000), 253_402_300_799_000) / 1000;
}
