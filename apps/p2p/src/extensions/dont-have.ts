// "I no longer have this piece" (BEP 54, lt_donthave): what a peer says that keeps only some of what it has had.
import { ProtocolError } from "@socketlab/core/browser";

export function encodeDontHave(piece: number): Uint8Array {
  const payload = new Uint8Array(4);
  new DataView(payload.buffer).setUint32(0, piece);
  return payload;
}

/** @throws ProtocolError `bad-extension` for other than four bytes, or a piece that there is not. */
export function decodeDontHave(payload: Uint8Array, pieceCount: number): number {
  const length = payload.length;
  if (length !== 4) throw new ProtocolError("bad-extension", `a don't-have has 4 bytes, not ${length}`);
  const piece = new DataView(payload.buffer, payload.byteOffset, length).getUint32(0);
  if (piece >= pieceCount)
    throw new ProtocolError("bad-extension", `there is no piece ${piece} among ${pieceCount}`);
  return piece;
}
