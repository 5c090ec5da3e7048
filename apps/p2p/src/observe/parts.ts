// Which parts of a torrent somebody has, in few bytes: a part is a piece, or several where there are many. No I/O.
import { Bitfield } from "../engine/bitfield.ts";
import { MAX_PARTS } from "./protocol.ts";

/** In how many parts a torrent of so many pieces is shown. */
export function partsOf(pieces: number): number {
  return Math.ceil(pieces / piecesPerPart(pieces));
}

/** A part is there when all its pieces are. */
export function encodeParts(has: Bitfield): string {
  return toBase64(summarized(has).toBytes());
}

/** What came over the network: a text of another length is as good as none. @param pieces of the torrent */
export function decodeParts(text: string, pieces: number): Bitfield {
  const parts = partsOf(pieces);
  try {
    return Bitfield.from(
      Uint8Array.from(atob(text), (char) => char.charCodeAt(0)),
      parts,
    );
  } catch {
    return new Bitfield(parts);
  }
}

function piecesPerPart(pieces: number): number {
  return Math.max(1, Math.ceil(pieces / MAX_PARTS));
}

function summarized(has: Bitfield): Bitfield {
  const each = piecesPerPart(has.length);
  if (each === 1) return has;
  const parts = new Bitfield(partsOf(has.length));
  for (let part = 0; part < parts.length; part++) {
    const end = Math.min(has.length, (part + 1) * each);
    let piece = part * each;
    while (piece < end && has.has(piece)) piece++;
    if (piece === end) parts.set(part);
  }
  return parts;
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
