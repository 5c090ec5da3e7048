// The content of one torrent on disk, behind pieces: which are there and verified, what a block of one is, and a place for
// the next. Knows no peer, and believes no file that it has not hashed, or has not left as it is.
import { realClock, type Clock } from "@socketlab/core";
import { makeFolder, openFolder, type Folder } from "@socketlab/disk-kit";
import { Bitfield } from "../engine/bitfield.ts";
import type { Info } from "../torrent/info.ts";
import { checkAlike } from "./alike.ts";
import { Content } from "./content.ts";
import type { DiskFile } from "./disk-file.ts";
import { noteName } from "./note.ts";
import { Notes } from "./notes.ts";
import { PieceCheck } from "./piece-check.ts";
import { Trust } from "./trust.ts";
import { storageError, StorageError } from "./storage-error.ts";

export interface StorageOptions {
  /** Indexes of the files that are wanted (all). */
  readonly select?: ReadonlySet<number>;
  /** The files are there: none is made or changed, and nothing is noted beside them. */
  readonly readOnly?: boolean;
  /** The caller has just hashed them all: so they are taken for whole, until they change. */
  readonly isHashed?: boolean;
  /** So many bytes of those that are to be hashed have been. */
  readonly onChecked?: (doneBytes: number, totalBytes: number) => void;
  /** Ends the hashing at the start. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/** What there is of a file. */
export interface FileState {
  /** From the folder on, with "/". */
  readonly path: string;
  readonly length: number;
  /** As it is on the disk; undefined if it is not there. */
  readonly size: number | undefined;
  /** Those in which it has bytes. */
  readonly pieceCount: number;
  readonly verifiedCount: number;
  readonly state: "whole" | "partly" | "missing";
}

/** A file that changes all the time is not waited for. */
const MAX_TRIES = 3;

export class Storage implements AsyncDisposable {
  /** On the disk, and verified by us. Not to be changed by others. */
  readonly verified: Bitfield;
  readonly isReadOnly: boolean;
  /** A piece that was verified is not there any more: somebody has changed a file. */
  onLost: (piece: number) => void = () => {};
  /** Those in which files that are wanted have bytes. */
  readonly wanted: Bitfield;
  readonly #root: Folder;
  readonly #content: Content;
  readonly #trust: Trust;
  readonly #notes: Notes | undefined;
  #isClosed = false;

  private constructor(info: Info, root: Folder, options: StorageOptions) {
    const { select, readOnly = false, clock = realClock } = options;
    const isSelected = (file: number): boolean => select?.has(file) ?? true;
    this.isReadOnly = readOnly;
    this.#root = root;
    this.#content = new Content(info, root, { isSelected, isMade: !readOnly });
    this.#trust = new Trust(new PieceCheck(info, this.#content), info.pieceCount, {
      onLost: (piece) => this.onLost(piece),
      onChanged: () => this.#notes?.changed(),
    });
    this.verified = this.#trust.verified;
    this.wanted = new Bitfield(info.pieceCount);
    for (const [file, { isPadding }] of info.files.entries()) {
      if (isPadding || !isSelected(file)) continue;
      const [first, end] = this.#content.layout.piecesOf(file);
      for (let piece = first; piece < end; piece++) this.wanted.set(piece);
    }
    for (const disk of this.#content.disks)
      disk.onChanged = () => this.#trust.doubt(this.#content.piecesOn(disk));
    const { infoHash, pieceCount } = info;
    const isSure = (piece: number): boolean => this.#trust.isSure(piece);
    const { disks } = this.#content;
    if (!readOnly) this.#notes = new Notes({ root, infoHash, disks, pieceCount, clock, isSure });
  }

  /**
   * Finds what is there already: what was noted and has not changed is trusted, all else is hashed.
   * @param folder in which the torrent's file or folder is, or is to be; it is made when it is missing.
   * @throws StorageError for what the disk says; the signal's reason.
   */
  static async open(info: Info, folder: string, options: StorageOptions = {}): Promise<Storage> {
    let root: Folder;
    try {
      if (options.readOnly !== true) makeFolder(folder);
      root = openFolder(folder);
    } catch (error) {
      throw storageError(error, `${folder} cannot be used`);
    }
    try {
      const storage = new Storage(info, root, options);
      try {
        await storage.#begin(info, options);
      } catch (error) {
        await storage.#giveUp();
        throw error;
      }
      return storage;
    } catch (error) {
      root.close();
      throw error;
    }
  }

  /**
   * A block, for somebody who asked for it. A piece of which a file has changed since is hashed again before.
   * @param into is filled and returned; else there is a new array.
   * @throws StorageError `not-there` (and no other piece is meant), or what the disk says; UsageError `bad-range`.
   */
  async readBlock(
    piece: number,
    begin: number,
    length: number,
    into: Uint8Array = Buffer.allocUnsafeSlow(length),
  ): Promise<Uint8Array> {
    for (let tries = 0; tries < MAX_TRIES && (await this.#trust.isThere(piece)); tries++) {
      if (await this.#content.read(piece, begin, into)) return into;
      if (this.#trust.isSure(piece)) await this.checkPiece(piece);
    }
    throw new StorageError("not-there", `piece ${piece} is not there, or no longer as it was verified`);
  }

  /**
   * Keeps a piece that the caller has verified. When it has settled the caller may write over `bytes`.
   * @throws StorageError: then the piece is not kept, and others are as they were.
   */
  async writePiece(piece: number, bytes: Uint8Array): Promise<void> {
    if (this.#trust.isSure(piece)) return;
    if (this.#notes === undefined)
      throw new StorageError("not-permitted", "these files were opened to be read, not to be written");
    if (bytes.length !== this.#content.layout.bytesOf(piece))
      throw new RangeError(`piece ${piece} does not have ${bytes.length} bytes`);
    await this.#trust.settled(piece);
    await this.#content.write(piece, bytes);
    this.#trust.add(piece);
  }

  /** Hashes what is on the disk. @returns whether the piece is there; `verified` says so from then on. @throws StorageError. */
  checkPiece(piece: number): Promise<boolean> {
    return this.#trust.check(piece);
  }

  /** Hashes these pieces (all), one after the other. @throws StorageError; the signal's reason. */
  async checkAll(
    pieces: Iterable<number> = Array(this.verified.length).keys(),
    { signal, onChecked }: Pick<StorageOptions, "signal" | "onChecked"> = {},
  ): Promise<void> {
    const all = [...pieces];
    const bytesOf = (piece: number): number => this.#content.layout.bytesOf(piece);
    const total = all.reduce((sum, piece) => sum + bytesOf(piece), 0);
    let done = 0;
    for (const piece of all) {
      signal?.throwIfAborted();
      await this.checkPiece(piece);
      done += bytesOf(piece);
      onChecked?.(done, total);
    }
  }

  /** Of all files but padding, as the disk is now and `verified` says. */
  fileStates(): FileState[] {
    return this.#content.files.map(({ file, disk, length }) => {
      const [first, end] = this.#content.layout.piecesOf(file);
      const stats = disk.look();
      const size = stats === undefined ? undefined : Number(stats.size);
      let verifiedCount = 0;
      for (let piece = first; piece < end; piece++) if (this.verified.has(piece)) verifiedCount++;
      const pieceCount = end - first;
      const isWhole = verifiedCount === pieceCount && size === length;
      const state = size === undefined ? "missing" : isWhole ? "whole" : "partly";
      return { path: disk.name, length, size, pieceCount, verifiedCount, state };
    });
  }

  /** Has the disk keep all, and notes what is there, so that it need not be hashed again. @throws StorageError. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      await this.#trust.close();
      await this.#notes?.close();
      if (this.#notes !== undefined) this.#removeParts();
    } finally {
      await this.#content.close();
      this.#root.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #giveUp(): Promise<void> {
    this.#isClosed = true;
    this.#notes?.abort();
    await this.#trust.close();
    await this.#content.close();
  }

  async #begin(info: Info, { isHashed = false, ...options }: StorageOptions): Promise<void> {
    const trusted = new Set<DiskFile>();
    const there = new Set<DiskFile>();
    const note = this.#notes?.read();
    for (const disk of this.#content.disks) {
      const stats = disk.look();
      if (stats === undefined) continue;
      there.add(disk);
      const isTrusted = isHashed || note?.isAsNoted(disk.name, stats) === true;
      disk.found(stats, isTrusted);
      if (isTrusted) trusted.add(disk);
    }
    await this.#import(there);
    const unsure: number[] = [];
    for (let piece = 0; piece < info.pieceCount; piece++) {
      const disks = this.#content.disksOf(piece);
      if (disks.length > 0 && disks.every((disk) => trusted.has(disk))) {
        if (isHashed || note?.pieces.has(piece) === true) this.#trust.add(piece);
      } else if (disks.every((disk) => there.has(disk))) unsure.push(piece);
    }
    await this.checkAll(unsure, options);
    await this.#makeEmpty(info, options);
    try {
      await this.#notes?.write();
    } catch (error) {
      // There is nothing to be written any more.
      if (!this.#isComplete()) throw error;
      this.#notes?.abort();
    }
    if (this.#notes !== undefined) checkAlike(this.#root, noteName(info.infoHash), this.#content.disks);
  }

  /** Of a file that was not wanted before, its parts have been kept elsewhere. */
  async #import(there: Set<DiskFile>): Promise<void> {
    if (this.#notes === undefined || this.#content.parts.look() === undefined) return;
    for (const disk of await this.#content.importParts((file) => !there.has(file))) there.add(disk);
  }

  async #makeEmpty({ files }: Info, { select, readOnly = false }: StorageOptions): Promise<void> {
    if (readOnly) return;
    for (const [index, place] of this.#content.places.entries())
      if (files[index]!.length === 0 && (select?.has(index) ?? true) && place?.disk.look() === undefined)
        await place?.disk.make();
  }

  #isComplete(): boolean {
    for (const piece of this.wanted) if (!this.verified.has(piece)) return false;
    return true;
  }

  #removeParts(): void {
    if (!this.#isComplete() || this.#content.disks.has(this.#content.parts)) return;
    if (this.#content.parts.look() !== undefined) this.#content.parts.remove();
  }
}
