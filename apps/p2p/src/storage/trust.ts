// Which pieces are verified, and which of these are in doubt since somebody changed a file: until they are hashed again
// nobody is given any of them. Reads nothing itself.
import { Bitfield } from "../engine/bitfield.ts";
import type { PieceCheck } from "./piece-check.ts";

/** A file that changes all the time is not waited for. */
const MAX_TRIES = 3;

export interface TrustEvents {
  /** A piece that was verified is not there any more. */
  readonly onLost: (piece: number) => void;
  /** There is one more, or one less. */
  readonly onChanged: () => void;
}

export class Trust {
  readonly verified: Bitfield;
  /** Verified before somebody changed a file in which they have bytes. */
  readonly #doubted: Bitfield;
  readonly #checking = new Map<number, Promise<boolean>>();
  /** Of those that are being checked, the ones of which a file has changed meanwhile. */
  readonly #touched = new Set<number>();
  readonly #check: PieceCheck;
  readonly #events: TrustEvents;
  #rechecking: Promise<void> | undefined;
  #isClosed = false;

  constructor(check: PieceCheck, pieceCount: number, events: TrustEvents) {
    this.#check = check;
    this.#events = events;
    this.verified = new Bitfield(pieceCount);
    this.#doubted = new Bitfield(pieceCount);
  }

  isSure(piece: number): boolean {
    return this.verified.has(piece) && !this.#doubted.has(piece);
  }

  /** @throws StorageError. */
  async isThere(piece: number): Promise<boolean> {
    return this.#doubted.has(piece) ? this.check(piece) : this.verified.has(piece);
  }

  /** The caller knows it. */
  add(piece: number): void {
    this.#doubted.clear(piece);
    this.verified.set(piece);
    this.#events.onChanged();
  }

  /** Hashes what is there, unless that is under way already. @throws StorageError. */
  check(piece: number): Promise<boolean> {
    let checking = this.#checking.get(piece);
    if (checking === undefined) {
      checking = this.#checkNow(piece).finally(() => this.#checking.delete(piece));
      this.#checking.set(piece, checking);
    }
    return checking;
  }

  /** Nobody is hashing it. */
  async settled(piece: number): Promise<void> {
    await this.#checking.get(piece)?.catch(() => {});
  }

  /** A file in which these have bytes has changed: they are hashed at once, so that whoever was told of one hears that it is gone. */
  doubt(pieces: Iterable<number>): void {
    for (const piece of pieces) {
      if (this.verified.has(piece)) this.#doubted.set(piece);
      if (this.#checking.has(piece)) this.#touched.add(piece);
    }
    this.#rechecking ??= this.#recheck().finally(() => (this.#rechecking = undefined));
  }

  /** When the piece that is being hashed is done. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#rechecking;
    await Promise.allSettled(this.#checking.values());
  }

  async #recheck(): Promise<void> {
    try {
      // Whoever makes one doubt is in the middle of something: not in the same breath.
      await Promise.resolve();
      while (this.#doubted.count > 0)
        for (const piece of this.#doubted) {
          if (this.#isClosed) return;
          await this.check(piece);
        }
    } catch {
      // The disk failed: it stays in doubt, and whoever asks for it is told.
    }
  }

  async #checkNow(piece: number): Promise<boolean> {
    let isWhole = false;
    try {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        this.#touched.delete(piece);
        isWhole = await this.#check.isWhole(piece);
        // Else somebody was at it meanwhile.
        if (!this.#touched.has(piece)) break;
        isWhole = false;
      }
    } finally {
      this.#touched.delete(piece);
    }
    this.#doubted.clear(piece);
    if (isWhole) {
      if (!this.verified.has(piece)) this.add(piece);
    } else if (this.verified.clear(piece)) {
      this.#events.onChanged();
      this.#events.onLost(piece);
    }
    return isWhole;
  }
}
