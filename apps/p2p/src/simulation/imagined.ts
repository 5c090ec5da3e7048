// A torrent that nobody has: its bytes are all alike, so that a thousand peers' copies take no room. Knows no peer.
import { Bitfield } from "../engine/bitfield.ts";
import type { Content } from "../peer/content.ts";
import { BLOCK_BYTES } from "../protocol.ts";
import type { Info } from "../torrent/info.ts";

export function imaginedInfo(length: number, pieceLength: number): Info {
  return {
    bytes: new Uint8Array(0),
    infoHash: new Uint8Array(20).fill(7),
    name: "simulated",
    isFolder: false,
    files: [{ path: ["simulated"], length, offset: 0, isPadding: false }],
    length,
    pieceLength,
    pieceCount: Math.ceil(length / pieceLength),
    hashes: { algorithm: "sha1", of: () => new Uint8Array(20) },
    isPrivate: false,
    linkCount: 0,
  };
}

const block = new Uint8Array(BLOCK_BYTES);

/** What one peer has of it: all or, to begin with, nothing. */
export function imaginedContent({ pieceCount }: Info, isComplete: boolean): Content {
  const verified = new Bitfield(pieceCount);
  if (isComplete) verified.setAll();
  const wanted = new Bitfield(pieceCount);
  wanted.setAll();
  return {
    verified,
    wanted,
    readBlock: async (_piece, _begin, length) => block.subarray(0, length),
    matches: () => true,
    writePiece: async () => {},
  };
}
