// When what is there is noted: every few seconds while there is something new, and at the end. Knows no piece's content.
import type { BigIntStats } from "node:fs";
import type { Clock, Timer } from "@socketlab/core";
import type { Folder } from "@socketlab/disk-kit";
import { Bitfield } from "../engine/bitfield.ts";
import type { DiskFile } from "./disk-file.ts";
import { readNote, writeNote } from "./note.ts";
import { stampOf, type Stamp } from "./stamp.ts";
import { storageError } from "./storage-error.ts";

const PERIOD_MS = 5000;
/** Of all time, at most one part in so many is spent on notes: what is not noted is hashed again, which is no loss. */
const PATIENCE = 20;

export interface NoteSources {
  readonly root: Folder;
  readonly infoHash: Uint8Array;
  readonly disks: ReadonlySet<DiskFile>;
  readonly pieceCount: number;
  readonly clock: Clock;
  /** Whether it is as it was verified, as far as is known. */
  readonly isSure: (piece: number) => boolean;
}

/** What a process before this one has left. */
export interface Noted {
  readonly pieces: Bitfield;
  isAsNoted(name: string, stats: BigIntStats): boolean;
}

export class Notes {
  readonly #sources: NoteSources;
  #isDirty = true;
  #isOver = false;
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();
  #notBeforeMs = 0;

  constructor(sources: NoteSources) {
    this.#sources = sources;
  }

  read(): Noted | undefined {
    const { root, infoHash, pieceCount } = this.#sources;
    const note = readNote(root, infoHash);
    if (note === undefined || note.pieces.length !== Math.ceil(pieceCount / 8)) return undefined;
    const { stamps } = note;
    return {
      pieces: Bitfield.from(note.pieces, pieceCount),
      isAsNoted: (name, stats) => stamps.get(name) === stampOf(stats),
    };
  }

  /** Something is there that was not, or the other way round. */
  changed(): void {
    this.#isDirty = true;
    if (this.#isOver || this.#timer !== undefined) return;
    const { clock } = this.#sources;
    const delayMs = Math.max(PERIOD_MS, this.#notBeforeMs - clock.now());
    this.#timer = clock.after(delayMs, () => {
      // If it cannot be noted now, it is tried again; and at the end whoever closes is told.
      this.write().catch(() => this.changed());
    });
  }

  /** After the one that is being written. @throws StorageError. */
  write(): Promise<void> {
    this.#timer?.clear();
    this.#timer = undefined;
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => {});
    return written;
  }

  async close(): Promise<void> {
    if (!this.#isOver) {
      this.#isOver = true;
      await this.write();
    }
    await this.#writing;
  }

  abort(): void {
    this.#isOver = true;
    this.#timer?.clear();
  }

  async #write(): Promise<void> {
    if (!this.#isDirty) return;
    const { root, infoHash, disks, pieceCount, clock, isSure } = this.#sources;
    const beganMs = clock.now();
    this.#isDirty = false;
    try {
      for (const disk of disks) await disk.sync();
      const pieces = new Bitfield(pieceCount);
      for (let piece = 0; piece < pieceCount; piece++) if (isSure(piece)) pieces.set(piece);
      // A file in which something has been written meanwhile is not noted: it would be hashed again, as after any other write.
      const stamps = new Map<string, Stamp>();
      for (const { name, keptStamp } of disks) if (keptStamp !== undefined) stamps.set(name, keptStamp);
      await writeNote(root, infoHash, { pieces: pieces.toBytes(), stamps });
    } catch (error) {
      this.#isDirty = true;
      throw storageError(error, "what is there cannot be noted");
    } finally {
      const nowMs = clock.now();
      this.#notBeforeMs = nowMs + PATIENCE * (nowMs - beganMs);
    }
  }
}
