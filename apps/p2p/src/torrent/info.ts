// What a torrent is: names, lengths and hashes, as its info dictionary says (BEP 3). Knows no bytes of the content.

/** One file of a torrent. */
export interface TorrentFile {
  /** Names of folders, and then its own: each checked to be harmless. For a single file: its name alone. */
  readonly path: readonly string[];
  /** In bytes. */
  readonly length: number;
  /** Where it begins in the torrent, whose files lie one behind the other. */
  readonly offset: number;
  /** BEP 47: zeros that let the next file begin with a piece. They are hashed and served, and written to no disk. */
  readonly isPadding: boolean;
}

/** The part of a torrent that its info-hash names. */
export interface Info {
  /** The info dictionary as it was given: its hash is the torrent's name, so it is never encoded again. */
  readonly bytes: Uint8Array;
  /** SHA-1 of `bytes`: 20 bytes. What the torrent is called on the wire and at trackers. */
  readonly infoHash: Uint8Array;
  /** Of the file, or of the folder in which the files are. */
  readonly name: string;
  /** Whether `name` is a folder's. */
  readonly isFolder: boolean;
  readonly files: readonly TorrentFile[];
  /** Of all files, in bytes. */
  readonly length: number;
  /** Of every piece but the last, which may be shorter. */
  readonly pieceLength: number;
  readonly pieceCount: number;
  /** How a piece is verified. */
  readonly hashes: PieceHashes;
  /** BEP 47: how many links it has. They are not among the files: what they stand for may be anywhere. */
  readonly linkCount: number;
  /** BEP 27: peers come from its trackers alone. */
  readonly isPrivate: boolean;
}

/** BEP 3: SHA-1 of each piece. With BEP 52 a second kind joins: SHA-256 of each block, in a tree. */
export interface PieceHashes {
  readonly algorithm: "sha1";
  /** Of a piece, 20 bytes. */
  of(piece: number): Uint8Array;
}

/** A .torrent file: an info dictionary, and where to find others who have it. */
export interface Metainfo {
  readonly info: Info;
  /** BEP 12: announce URLs, tier by tier. */
  readonly trackers: readonly (readonly string[])[];
  readonly comment: string | undefined;
  readonly createdBy: string | undefined;
  /** Seconds since 1970. */
  readonly creationDate: number | undefined;
}

/** The length of one piece. */
export function pieceBytes(info: Pick<Info, "length" | "pieceLength" | "pieceCount">, piece: number): number {
  return piece === info.pieceCount - 1 ? info.length - piece * info.pieceLength : info.pieceLength;
}
