// What a swarm needs of the place where a torrent's bytes are: a disk, or in simulations nothing at all. Only types.
import type { Bitfield } from "../engine/bitfield.ts";

export interface Content {
  /** Pieces that are there and are what their hashes say. */
  readonly verified: Bitfield;
  /** Pieces that belong to files that are wanted. */
  readonly wanted: Bitfield;
  /** A part of a verified piece, not to be changed. @throws when it cannot be read. */
  readBlock(piece: number, begin: number, length: number): Promise<Uint8Array>;
  /** Whether these bytes are that piece. */
  matches(piece: number, bytes: Uint8Array): boolean;
  /** Settles when the piece is where `readBlock` finds it; then the bytes may be written over. */
  writePiece(piece: number, bytes: Uint8Array): Promise<void>;
}
