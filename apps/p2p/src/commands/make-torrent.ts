// A torrent of what lies on the disk, with the flags that say what it is to be like. Writes nothing, shares nothing.
import { UsageError } from "@socketlab/core";
import {
  formatBytes,
  parseSize,
  say,
  type Flags,
  type FlagTable,
  type Terminal,
} from "@socketlab/core/terminal";
import { BLOCK_BYTES, MAX_PIECES } from "../protocol.ts";
import { choosePieceLength, createTorrent } from "../torrent/create.ts";
import { findFiles, type Found } from "../torrent/find-files.ts";
import { hashFiles } from "../torrent/hash-files.ts";
import type { Metainfo } from "../torrent/info.ts";
import { checkName } from "../torrent/names.ts";
import { MAX_PIECE_LENGTH } from "../torrent/parse-info.ts";
import { showReading } from "./reading.ts";
import type { StatusLine } from "./status-line.ts";

export type MakeFlag = "tracker" | "piece-length" | "private" | "comment" | "date";

export const makeFlags: FlagTable<MakeFlag> = {
  tracker: {
    value: "URL",
    multiple: true,
    help: "http:// https:// udp://; given again, the next one to try; URL,URL: either, at random",
  },
  "piece-length": {
    value: "SIZE",
    help: "a power of two from 16k to 128M (such that there are 1,000 to 2,000 pieces, up to 16M)",
  },
  private: { help: "peers are to come from its trackers alone (BEP 27)" },
  comment: { value: "TEXT", help: "what others are to know about it" },
  date: { help: "with the time of now; without it, the same files give the same torrent" },
};

/** What is to be made, as it was found: nothing is hashed yet. */
export interface Plan extends Found {
  readonly trackers: readonly (readonly string[])[];
  readonly pieceLength: number;
}

/** Whatever could keep it from being made comes before the hashing, which may take hours. @throws UsageError. */
export async function planTorrent(root: string, flags: Flags<MakeFlag>, terminal: Terminal): Promise<Plan> {
  const trackers = flags.texts("tracker").map(parseTier);
  if (flags.has("private") && trackers.length === 0)
    throw new UsageError("bad-flag", "--private needs a --tracker: nobody could find a peer without one");
  const chosen = flags.read("piece-length", parsePieceLength);
  const found = await findFiles(root);
  checkName(found.name);
  const length = found.files.reduce((sum, file) => sum + file.length, 0);
  const pieceLength = chosen ?? choosePieceLength(length);
  if (length / pieceLength > MAX_PIECES)
    throw new UsageError(
      "bad-flag",
      `--piece-length: ${formatBytes(length)} would be more than ${MAX_PIECES} pieces`,
    );
  for (const local of found.skipped)
    say(terminal, `left out: ${JSON.stringify(local)}: it is a link, a pipe or a device`);
  for (const path of found.alike)
    say(
      terminal,
      `${JSON.stringify(path.join("/"))} differs from another name only by upper and lower case: not every disk can keep both`,
    );
  return { ...found, trackers, pieceLength };
}

/** Reads every byte once. @param status shows how far it is. */
export async function makeTorrent(
  plan: Plan,
  flags: Flags<MakeFlag>,
  signal: AbortSignal,
  status: StatusLine,
): Promise<{ bytes: Uint8Array; metainfo: Metainfo }> {
  const { name, isFolder, files, pieceLength, trackers } = plan;
  const hashes = await hashFiles(files, pieceLength, { signal, onChecked: showReading(status) });
  status.show();
  return createTorrent({
    name,
    isFolder,
    files,
    pieceLength,
    hashes,
    trackers,
    isPrivate: flags.has("private"),
    comment: flags.text("comment"),
    createdBy: "Socketlab",
    creationDate: flags.has("date") ? Math.floor(Date.now() / 1000) : undefined,
  });
}

/** The trackers of one tier (BEP 12). @throws UsageError `bad-flag`. */
function parseTier(text: string): string[] {
  const urls = text.split(",").map((url) => url.trim());
  for (const url of urls)
    if (!/^(https?|udp):\/\/./u.test(url) || !URL.canParse(url))
      throw new UsageError(
        "bad-flag",
        `--tracker: ${JSON.stringify(url)} is not the URL of a tracker, such as http://127.0.0.1:6969/announce`,
      );
  return urls;
}

/** A power of two, since some clients take no other. @throws UsageError `bad-quantity`. */
function parsePieceLength(text: string): number {
  const bytes = parseSize(text);
  if (bytes < BLOCK_BYTES || bytes > MAX_PIECE_LENGTH || !Number.isInteger(Math.log2(bytes)))
    throw new UsageError("bad-quantity", `${JSON.stringify(text)} is not a power of two from 16k to 128M`);
  return bytes;
}
