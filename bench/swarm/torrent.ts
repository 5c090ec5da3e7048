// Makes the metainfo (BEP 3) of one file for a private swarm (BEP 27). By hand, so that no client's own torrents are measured.
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";

export interface Torrent {
  metainfo: Buffer;
  infoHash: Buffer;
}

export function makeTorrent(file: string, name: string, pieceBytes: number, tracker: string): Torrent {
  const piece = Buffer.allocUnsafe(pieceBytes);
  const hashes: Buffer[] = [];
  const descriptor = openSync(file, "r");
  let fileBytes = 0;
  for (let bytes = 0; (bytes = readSync(descriptor, piece, 0, pieceBytes, null)) > 0; fileBytes += bytes)
    hashes.push(createHash("sha1").update(piece.subarray(0, bytes)).digest());
  closeSync(descriptor);
  const pieces = Buffer.concat(hashes);
  const info = Buffer.concat([
    Buffer.from(
      `d6:lengthi${fileBytes}e4:name${text(name)}12:piece lengthi${pieceBytes}e6:pieces${pieces.length}:`,
    ),
    pieces,
    Buffer.from("7:privatei1ee"),
  ]);
  return {
    metainfo: Buffer.concat([Buffer.from(`d8:announce${text(tracker)}4:info`), info, Buffer.from("e")]),
    infoHash: createHash("sha1").update(info).digest(),
  };
}

const text = (value: string): string => `${Buffer.byteLength(value)}:${value}`;
