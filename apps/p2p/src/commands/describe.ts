// What a torrent or a magnet link says, as lines for people and as a value for programs. Prints nothing.
import { formatBytes } from "@socketlab/core/terminal";
import type { Info, Metainfo, TorrentFile } from "../torrent/info.ts";
import { formatMagnet, type Magnet } from "../torrent/magnet.ts";
import { printable } from "../torrent/names.ts";
import { hexOf } from "../hex.ts";

type Row = readonly [label: string, ...lines: string[]];

export function describeTorrent(metainfo: Metainfo, withFiles: boolean): string {
  const { info, trackers, comment, createdBy, creationDate } = metainfo;
  const links = info.linkCount === 0 ? "" : `; ${info.linkCount} links are left out`;
  return table([
    ["name", info.name + (info.isFolder ? "/" : "")],
    ["info-hash", hexOf(info.infoHash)],
    ["magnet", formatMagnet(magnetOf(metainfo))],
    ["size", `${sizeOf(info.length)} in ${count(filesOf(info).length, "file")}${links}`],
    ["pieces", `${info.pieceCount} of ${formatBytes(info.pieceLength)}`],
    ["trackers", ...(trackers.length === 0 ? ["none"] : trackers.map((tier) => tier.join(", ")))],
    ["private", ...(info.isPrivate ? ["peers come from its trackers alone"] : [])],
    ["comment", ...(comment === undefined ? [] : [comment])],
    ["created", ...createdLine(createdBy, creationDate)],
    ["files", ...(withFiles ? filesOf(info).map(fileLine) : [])],
  ]);
}

/** All files, since a program can leave out what it does not want. */
export function recordTorrent(metainfo: Metainfo): Record<string, unknown> {
  const { info, trackers, comment, createdBy, creationDate } = metainfo;
  return {
    name: info.name,
    infoHash: hexOf(info.infoHash),
    magnet: formatMagnet(magnetOf(metainfo)),
    length: info.length,
    pieceLength: info.pieceLength,
    pieceCount: info.pieceCount,
    isFolder: info.isFolder,
    isPrivate: info.isPrivate,
    files: filesOf(info).map(([index, { path, length }]) => ({ index, path: path.join("/"), length })),
    linkCount: info.linkCount,
    trackers,
    comment,
    createdBy,
    creationDate,
  };
}

export function describeMagnet(magnet: Magnet): string {
  const { name, infoHash, length, trackers, peers, selected } = magnet;
  return table([
    ["name", ...(name === undefined ? [] : [name])],
    ["info-hash", hexOf(infoHash)],
    ["magnet", formatMagnet(magnet)],
    ["size", ...(length === undefined ? [] : [sizeOf(length)])],
    ["trackers", ...(trackers.length === 0 ? ["none"] : trackers)],
    ["peers", ...peers.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`)],
    ["wanted", ...(selected ?? []).map(({ first, last }) => `files ${first} to ${last}, counted from 0`)],
  ]);
}

export function recordMagnet(magnet: Magnet): Record<string, unknown> {
  return { ...magnet, infoHash: hexOf(magnet.infoHash), magnet: formatMagnet(magnet) };
}

/** The link by which others can get it without the file. */
export function magnetOf({ info, trackers }: Pick<Metainfo, "info" | "trackers">): Magnet {
  return {
    infoHash: info.infoHash,
    name: info.name,
    trackers: trackers.flat(),
    peers: [],
    length: info.length,
  };
}

/** Those that somebody wants, each with its number among all: by that a magnet link names it (BEP 53). */
function filesOf(info: Info): [index: number, file: TorrentFile][] {
  return [...info.files.entries()].filter(([, { isPadding }]) => !isPadding);
}

function fileLine([index, { path, length }]: readonly [number, TorrentFile]): string {
  return `${String(index).padStart(3)} ${formatBytes(length).padStart(10)}  ${path.join("/")}`;
}

function createdLine(by: string | undefined, seconds: number | undefined): string[] {
  // What a torrent says of when it was made may be any number.
  const date = new Date((seconds ?? NaN) * 1000);
  const time = Number.isNaN(date.getTime())
    ? []
    : [date.toISOString().slice(0, 19).replace("T", " ") + " UTC"];
  const words = [...time, ...(by === undefined ? [] : [`by ${by}`])];
  return words.length === 0 ? [] : [words.join(" ")];
}

function sizeOf(bytes: number): string {
  return bytes < 1024 ? formatBytes(bytes) : `${formatBytes(bytes)} (${bytes} bytes)`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** What a label has no line for is left out. A line may hold anything that a stranger has written. */
function table(rows: readonly Row[]): string {
  return rows
    .flatMap(([label, ...lines]) =>
      lines.map((line, at) => `${(at === 0 ? label : "").padEnd(10)} ${printable(line)}`),
    )
    .join("\n");
}
