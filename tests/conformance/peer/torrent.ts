// A small torrent to try peers with: its content, its info dictionary, its metainfo file. Knows no peer.
import { createHash } from "node:crypto";
import { someBytes } from "../check.ts";
import { bencode, type Encodable } from "./bencode.ts";
import { BLOCK_BYTES } from "./wire.ts";

export const PIECE_BYTES: number = 2 * BLOCK_BYTES;
/** The last piece is short, and so is its last block; a bitfield has three bits to spare. */
const SIZE = 20 * PIECE_BYTES + BLOCK_BYTES + 616;
/** More than 16 KiB of info dictionary, so that it is told in two parts (BEP 9). */
const FILLER_BYTES = 17_000;

export interface Part {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
}

export class Torrent {
  readonly name = "content.bin";
  readonly content: Buffer;
  readonly pieceCount: number;
  /** Bencoded. */
  readonly info: Buffer;
  readonly infoHash: Buffer;

  constructor({ size = SIZE, isPrivate = false, seed = 862 } = {}) {
    this.content = Buffer.from(someBytes(size, seed));
    this.pieceCount = Math.ceil(size / PIECE_BYTES);
    const hashes = this.pieces.map((piece) => sha1(this.pieceOf(piece)));
    const info: Record<string, Encodable> = {
      filler: someBytes(FILLER_BYTES),
      length: size,
      name: this.name,
      "piece length": PIECE_BYTES,
      pieces: Buffer.concat(hashes),
    };
    if (isPrivate) info["private"] = 1;
    this.info = bencode(info);
    this.infoHash = sha1(this.info);
  }

  /** The content of a `.torrent` file. */
  metainfo(announce: string): Buffer {
    return Buffer.concat([
      Buffer.from("d8:announce"),
      bencode(announce),
      Buffer.from("4:info"),
      this.info,
      Buffer.from("e"),
    ]);
  }

  /** The number of every piece. */
  get pieces(): number[] {
    return Array.from({ length: this.pieceCount }, (_, piece) => piece);
  }

  pieceOf(piece: number): Buffer {
    return this.content.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES);
  }

  bytesOf({ piece, begin, length }: Part): Buffer {
    return this.pieceOf(piece).subarray(begin, begin + length);
  }

  /** A piece as it is asked for. */
  blocksOf(piece: number): Part[] {
    const { length } = this.pieceOf(piece);
    return Array.from({ length: Math.ceil(length / BLOCK_BYTES) }, (_, n) => ({
      piece,
      begin: n * BLOCK_BYTES,
      length: Math.min(BLOCK_BYTES, length - n * BLOCK_BYTES),
    }));
  }

  get blocks(): Part[] {
    return this.pieces.flatMap((piece) => this.blocksOf(piece));
  }

  /** A bit for each piece, the first in the highest bit. */
  bitfield(has: Iterable<number>): Buffer {
    const bits = Buffer.alloc(Math.ceil(this.pieceCount / 8));
    for (const piece of has) bits[piece >> 3]! |= 0x80 >> (piece & 7);
    return bits;
  }
}

export function sha1(bytes: Uint8Array): Buffer {
  return createHash("sha1").update(bytes).digest();
}
