// The bytes of a torrent, wherever they lie: in its files, in the file for parts of those that nobody wants, or nowhere,
// for padding. Knows no hash.
import { UsageError } from "@socketlab/core";
import type { Folder } from "@socketlab/disk-kit";
import type { Info } from "../torrent/info.ts";
import { hexOf } from "../hex.ts";
import { Descriptors } from "./descriptors.ts";
import { DiskFile } from "./disk-file.ts";
import { Layout, type Span } from "./layout.ts";

/** Where a file's bytes are: from `base` on. */
interface Place {
  readonly disk: DiskFile;
  readonly base: number;
}

export class Content {
  readonly layout: Layout;
  /** Per file of the torrent; undefined for padding. */
  readonly places: readonly (Place | undefined)[];
  /** In it each byte is where it is in the torrent: mostly holes. */
  readonly parts: DiskFile;
  /** Those that are not padding, each with where it is, or would be if it were wanted. */
  readonly files: { readonly file: number; readonly disk: DiskFile; readonly length: number }[] = [];
  /** Each once. */
  readonly disks: ReadonlySet<DiskFile>;
  readonly #descriptors = new Descriptors();
  readonly #pieceLength: number;

  /** @param isMade whether files that are missing, and wanted, are to be made. @throws StorageError `bad-file`, UsageError `bad-name`. */
  constructor(
    info: Info,
    root: Folder,
    { isSelected, isMade }: { readonly isSelected: (file: number) => boolean; readonly isMade: boolean },
  ) {
    this.layout = new Layout(info);
    this.#pieceLength = info.pieceLength;
    const hex = hexOf(info.infoHash);
    this.parts = new DiskFile(root, [`.${hex}.parts`], undefined, this.#descriptors);
    this.places = info.files.map(({ path, length, offset, isPadding }, index) => {
      if (isPadding) return undefined;
      const names = info.isFolder ? [info.name].concat(path) : path;
      names.forEach(checkName);
      const disk = new DiskFile(root, names, length, this.#descriptors);
      this.files.push({ file: index, disk, length });
      const size = disk.look()?.size;
      // One that is there and as long as it is to be was wanted once.
      const isOwn = isSelected(index) ? isMade || size !== undefined : size === BigInt(length);
      return isOwn ? { disk, base: 0 } : { disk: this.parts, base: offset };
    });
    this.disks = new Set(this.places.flatMap((place) => place?.disk ?? []));
  }

  /** The pieces that have bytes in a file. */
  *piecesOn(disk: DiskFile): Generator<number> {
    for (const [file, place] of this.places.entries()) {
      if (place?.disk !== disk) continue;
      const [first, end] = this.layout.piecesOf(file);
      for (let piece = first; piece < end; piece++) yield piece;
    }
  }

  disksOf(piece: number): DiskFile[] {
    return this.layout.spans(piece).flatMap(({ file }) => this.places[file]?.disk ?? []);
  }

  /** @returns whether all of it is there, and nobody else was at it. */
  async read(piece: number, begin: number, into: Uint8Array): Promise<boolean> {
    for (const span of this.layout.spans(piece, begin, into.length)) {
      const [bytes, place] = this.#at(span, into);
      if (place === undefined) bytes.fill(0);
      else if (!(await place.disk.read(bytes, place.base + span.offset))) return false;
    }
    return true;
  }

  async write(piece: number, bytes: Uint8Array): Promise<void> {
    for (const span of this.layout.spans(piece)) {
      const [part, place] = this.#at(span, bytes);
      await place?.disk.write(part, place.base + span.offset);
    }
  }

  /**
   * Makes files that have not been wanted before, of what there is of them among the parts.
   * @returns those that were made.
   */
  async importParts(isMissing: (file: DiskFile) => boolean): Promise<Set<DiskFile>> {
    const made = new Set<DiskFile>();
    for (const [file, place] of this.places.entries()) {
      if (place === undefined || place.disk === this.parts || !isMissing(place.disk)) continue;
      const [first, end] = this.layout.piecesOf(file);
      // Only pieces that were wanted for the file before or behind it.
      for (const piece of new Set(first < end ? [first, end - 1] : [])) {
        const span = this.layout.spans(piece).find((each) => each.file === file)!;
        const bytes = Buffer.alloc(span.length);
        const position = piece * this.#pieceLength + span.at;
        if (!(await this.parts.read(bytes, position))) continue;
        await place.disk.write(bytes, span.offset);
        made.add(place.disk);
      }
    }
    return made;
  }

  async close(): Promise<void> {
    await this.#descriptors.close();
  }

  #at({ file, at, length }: Span, bytes: Uint8Array): [Uint8Array, Place | undefined] {
    return [bytes.subarray(at, at + length), this.places[file]];
  }
}

/** Whoever made the torrent has checked more; this is what leads out of a folder. */
function checkName(name: string): void {
  if (
    ["", ".", ".."].includes(name) ||
    /[/\0]/.test(name) ||
    (process.platform === "win32" && /[\\:]/.test(name))
  )
    throw new UsageError("bad-name", `${JSON.stringify(name)} is no name for a file`);
}
