// The info dictionary of a torrent, as its bytes say (BEP 3, 27, 47): checked, and never encoded again. Reads no file.
import { hash } from "node:crypto";
import { ProtocolError } from "@socketlab/core/browser";
import { decode } from "../bencode/decode.ts";
import { bytesAt, integerAt, isDictionary, type Dictionary } from "../bencode/value.ts";
import { INFO_HASH_BYTES, MAX_PIECES } from "../protocol.ts";
import { parseFiles } from "./parse-files.ts";
import type { Info, PieceHashes } from "./info.ts";

/** A piece is verified in memory. */
export const MAX_PIECE_LENGTH: number = 128 * 1024 * 1024;
const HASH_BYTES = INFO_HASH_BYTES;

/** @throws ProtocolError `bad-bencode`, `bad-torrent`, `bad-name`, `v2-only`. */
export function parseInfo(bytes: Uint8Array): Info {
  const dictionary = decode(bytes);
  if (!isDictionary(dictionary)) throw bad("its info is not a dictionary");
  const pieces = bytesAt(dictionary, "pieces");
  if (pieces === undefined) throw withoutPieces(dictionary);
  const { name, isFolder, files, length, linkCount } = parseFiles(dictionary);
  const pieceLength = integerAt(dictionary, "piece length");
  if (pieceLength === undefined) throw bad('it does not say how long its pieces are ("piece length")');
  if (pieceLength < 1 || pieceLength > MAX_PIECE_LENGTH)
    throw bad(`its pieces have ${pieceLength} bytes, which must be 1 to ${MAX_PIECE_LENGTH}`);
  const pieceCount = Math.ceil(length / pieceLength);
  if (pieceCount > MAX_PIECES) throw bad(`it has ${pieceCount} pieces, and ${MAX_PIECES} are taken at most`);
  if (pieces.length !== pieceCount * HASH_BYTES)
    throw bad(
      `${length} bytes in pieces of ${pieceLength} have ${pieceCount} hashes of ${HASH_BYTES} bytes; its hashes have ${pieces.length} bytes together`,
    );
  return {
    bytes,
    infoHash: Uint8Array.from(hash("sha1", bytes, "buffer")),
    name,
    isFolder,
    files,
    length,
    pieceLength,
    pieceCount,
    hashes: hashesOf(pieces),
    linkCount,
    isPrivate: integerAt(dictionary, "private") === 1,
  };
}

function hashesOf(pieces: Uint8Array): PieceHashes {
  return {
    algorithm: "sha1",
    of(piece) {
      const at = piece * HASH_BYTES;
      if (!Number.isInteger(piece) || at < 0 || at >= pieces.length)
        throw new RangeError(`there is no piece ${piece} among ${pieces.length / HASH_BYTES}`);
      return pieces.subarray(at, at + HASH_BYTES);
    },
  };
}

function withoutPieces(dictionary: Dictionary): ProtocolError {
  const version = integerAt(dictionary, "meta version");
  if (version === undefined) return bad('it has no hashes of pieces ("pieces")');
  return new ProtocolError(
    "v2-only",
    `it is a torrent of BitTorrent v${version} alone, which is not supported yet; one of v1, or of both, is`,
  );
}

function bad(why: string): ProtocolError {
  return new ProtocolError("bad-torrent", why);
}
