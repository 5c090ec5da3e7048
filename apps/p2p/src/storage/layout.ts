// Which bytes of which files a piece is: a torrent's files lie one behind the other, and are cut into pieces. Knows no disk.
import { UsageError } from "@socketlab/core";
import { pieceBytes, type Info } from "../torrent/info.ts";

/** Bytes that lie together in one file. */
export interface Span {
  /** Its index in the torrent. */
  readonly file: number;
  /** Where they are in the file. */
  readonly offset: number;
  /** Where they are in what was asked for. */
  readonly at: number;
  readonly length: number;
}

export class Layout {
  readonly #info: Info;

  constructor(info: Info) {
    this.#info = info;
  }

  /** What a part of a piece consists of, in order; empty files have none of it. @throws UsageError `bad-range`. */
  spans(piece: number, begin = 0, length: number = this.bytesOf(piece) - begin): Span[] {
    const bytes = this.bytesOf(piece);
    if (!(begin >= 0 && length >= 0 && begin + length <= bytes))
      throw new UsageError("bad-range", `piece ${piece} has ${bytes} bytes, and not ${length} from ${begin}`);
    const { files, pieceLength } = this.#info;
    const spans: Span[] = [];
    const from = piece * pieceLength + begin;
    let file = this.#fileAt(from);
    for (let at = 0; at < length; file++) {
      const { offset: start, length: size } = files[file]!;
      const offset = from + at - start;
      const count = Math.min(size - offset, length - at);
      if (count > 0) spans.push({ file, offset, at, length: count });
      at += count;
    }
    return spans;
  }

  /** The pieces in which a file has bytes, from the first to before the second; none for an empty file. */
  piecesOf(file: number): readonly [first: number, end: number] {
    const { offset, length } = this.#info.files[file]!;
    const first = Math.floor(offset / this.#info.pieceLength);
    return length === 0 ? [first, first] : [first, Math.ceil((offset + length) / this.#info.pieceLength)];
  }

  /** @throws UsageError `bad-range`. */
  bytesOf(piece: number): number {
    const { pieceCount } = this.#info;
    if (!Number.isInteger(piece) || piece < 0 || piece >= pieceCount)
      throw new UsageError("bad-range", `there is no piece ${piece} among ${pieceCount}`);
    return pieceBytes(this.#info, piece);
  }

  /** The file in which this byte of the torrent is. */
  #fileAt(position: number): number {
    const { files } = this.#info;
    let [from, to] = [0, files.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (files[middle]!.offset + files[middle]!.length <= position) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
