// A .torrent file from the disk. Knows nothing of what it says.
import { open } from "node:fs/promises";
import { ProtocolError } from "@socketlab/core";
import { orBadFile } from "./find-files.ts";
import type { Metainfo } from "./info.ts";
import { parseMetainfo } from "./parse-metainfo.ts";

/** What the decoder takes, and some. */
const MAX_BYTES: number = 64 * 1024 * 1024;

/** @throws UsageError `bad-file` if it cannot be read; ProtocolError, with its path, if it is no torrent that can be used. */
export async function readTorrent(path: string): Promise<Metainfo> {
  const bytes = await orBadFile(path, readAtMost(path, MAX_BYTES + 1));
  try {
    if (bytes.length > MAX_BYTES) throw new ProtocolError("bad-torrent", "it has more than 64 MiB");
    return parseMetainfo(bytes);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const sentence = `${JSON.stringify(path)} is not a torrent that can be used: ${error.message}`;
    throw new ProtocolError(error.code, sentence, { cause: error });
  }
}

/** What stands in a file is not trusted to be as long as a torrent: it may be a film, or a device without end. */
async function readAtMost(path: string, maxBytes: number): Promise<Uint8Array> {
  await using file = await open(path);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of file.createReadStream({ end: maxBytes - 1, autoClose: false })) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
  }
  const { buffer, byteOffset } = Buffer.concat(chunks, length);
  return new Uint8Array(buffer, byteOffset, length);
}
