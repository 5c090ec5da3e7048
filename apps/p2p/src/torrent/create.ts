// Makes a torrent of what is to be shared: the same input gives the same bytes. Reads and hashes nothing itself.
import { encode, type Encodable } from "../bencode/encode.ts";
import { BLOCK_BYTES } from "../protocol.ts";
import type { Info, Metainfo } from "./info.ts";
import { parseMetainfo } from "./parse-metainfo.ts";

// More pieces: more to tell, a larger torrent. Fewer: longer before there is one to pass on.
const MOST_PIECES = 2000;
const LONGEST_PIECE: number = 16 * 1024 * 1024;

/** What a torrent is made of. */
export interface Ingredients extends Pick<Info, "name" | "isFolder" | "pieceLength"> {
  /** In the order in which they were hashed; for a file that is not in a folder: one, whose path is the name. */
  readonly files: readonly { readonly path: readonly string[]; readonly length: number }[];
  /** SHA-1 of each piece, one behind the other. */
  readonly hashes: Uint8Array;
  readonly isPrivate?: boolean;
  /** Tier by tier. */
  readonly trackers?: Metainfo["trackers"];
  readonly comment?: string | undefined;
  readonly createdBy?: string | undefined;
  /** Seconds since 1970. */
  readonly creationDate?: number | undefined;
}

/**
 * The bytes of a .torrent file, and what they say.
 * @throws ProtocolError `bad-name`, `bad-torrent` where it would not be taken by others: a name that can do harm, nothing in it.
 */
export function createTorrent(from: Ingredients): { bytes: Uint8Array; metainfo: Metainfo } {
  const { trackers = [], comment, createdBy, creationDate } = from;
  const [first] = trackers.flat();
  const info: Encodable = {
    ...(from.isFolder
      ? { files: from.files.map(({ path, length }) => ({ path, length })) }
      : { length: from.files[0]!.length }),
    name: from.name,
    "piece length": from.pieceLength,
    pieces: from.hashes,
    private: from.isPrivate === true ? 1 : undefined,
  };
  const bytes = encode({
    announce: first,
    "announce-list": trackers.flat().length > 1 ? trackers : undefined,
    comment,
    "created by": createdBy,
    "creation date": creationDate,
    info,
  });
  return { bytes, metainfo: parseMetainfo(bytes) };
}

/** For so many bytes: 1,000 to 2,000 pieces, where that makes them 16 KiB to 16 MiB long; a power of two. */
export function choosePieceLength(length: number): number {
  let pieceLength = BLOCK_BYTES;
  while (pieceLength < LONGEST_PIECE && length > pieceLength * MOST_PIECES) pieceLength *= 2;
  return pieceLength;
}
