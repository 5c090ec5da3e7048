// Which pieces somebody has, as one SVG path over a box. Draws nothing.
import type { Bitfield } from "../src/engine/bitfield.ts";
import { decodeParts } from "../src/observe/parts.ts";

/** Smaller squares nobody sees apart. */
const LEAST_PX = 3;

export interface PieceMap {
  readonly columns: number;
  readonly rows: number;
  /** All cells; and each, from its left, as far as its pieces are there; in units of a cell. */
  readonly all: string;
  readonly there: string;
}

/** @param parts as the peer tells them. @param pieces of the torrent. @param width, height of the box, in pixels. */
export function pieceMap(parts: string, pieces: number, width: number, height: number): PieceMap {
  const has = decodeParts(parts, pieces);
  const most = Math.max(1, Math.floor(width / LEAST_PX) * Math.floor(height / LEAST_PX));
  const each = Math.ceil(has.length / most);
  const cells = Math.max(1, Math.ceil(has.length / each));
  const columns = columnsFor(cells, Math.ceil(Math.sqrt((cells * width) / height)));
  const rows = Math.ceil(cells / columns);
  const inLast = cells - (rows - 1) * columns;
  const all = `M0 0h${columns}v${rows - 1}h${inLast - columns}v1h${-inLast}z`;
  let there = "";
  for (let cell = 0; cell < cells; cell++) {
    const share = shareOf(has, cell * each, Math.min(has.length, (cell + 1) * each));
    if (share > 0) there += `M${cell % columns} ${Math.floor(cell / columns)}h${share}v1h${-share}z`;
  }
  return { columns, rows, all, there };
}

/** Such that the last row is full, if cells that are not quite square can do it. */
function columnsFor(cells: number, square: number): number {
  for (let columns = square; columns > 0.7 * square; columns--) if (cells % columns === 0) return columns;
  return Math.max(1, square);
}

/** Of the parts from `begin` to before `end`, in hundredths. */
function shareOf(has: Bitfield, begin: number, end: number): number {
  let count = 0;
  for (let part = begin; part < end; part++) if (has.has(part)) count++;
  return Math.floor((100 * count) / Math.max(1, end - begin)) / 100;
}
