// `p2p verify`: what of a torrent is in a folder, by its hashes. Changes nothing, dials nobody. Exits nothing.
import { UsageError } from "@socketlab/core";
import {
  describeFlags,
  ExitCode,
  formatBytes,
  parseFlags,
  print,
  type FlagTable,
  type Terminal,
} from "@socketlab/core/terminal";
import { Storage, type FileState } from "../storage/storage.ts";
import { printable } from "../torrent/names.ts";
import { readTorrent } from "../torrent/read-torrent.ts";
import { hexOf } from "../hex.ts";
import { showReading } from "./reading.ts";
import { StatusLine } from "./status-line.ts";

const verifyFlags: FlagTable<"files" | "json" | "quiet" | "help"> = {
  files: { help: "each file, and not only those that are not whole" },
  json: { help: "an object with all of it, for programs" },
  quiet: { short: "q", help: "no progress, even in a terminal" },
  help: { short: "h", help: "this text" },
};

const help = `p2p verify photos.torrent downloads    whether downloads/photos is as the torrent says, and what is missing

Usage: p2p verify FILE.torrent FOLDER [flags]

${describeFlags(verifyFlags)}

FOLDER is the one in which the torrent's file or folder is, as for get. Every byte is read once, and nothing is changed.
Exit codes: 0 whole; 1 nothing of it is there, or it cannot be read; 2 wrong usage; 3 some of it is there; 130 interrupted.`;

/** @returns the exit code. @throws what keeps it from being read. */
export async function verifyCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const flags = parseFlags(args, verifyFlags);
  if (flags.has("help")) {
    print(terminal, help);
    return ExitCode.done;
  }
  const [torrent, folder, extra] = flags.positionals;
  if (torrent === undefined || folder === undefined || extra !== undefined)
    throw new UsageError(
      "missing-argument",
      "a torrent and a folder are needed; try: p2p verify photos.torrent downloads",
    );
  const { info } = await readTorrent(torrent);
  using status = new StatusLine(terminal, !flags.has("quiet") && !flags.has("json"));
  await using storage = await Storage.open(info, folder, {
    readOnly: true,
    signal: terminal.signal,
    onChecked: showReading(status),
  });
  status.show();
  const files = storage.fileStates();
  const whole = files.filter(({ state }) => state === "whole").length;
  const { count, length } = storage.verified;
  if (flags.has("json")) {
    const infoHash = hexOf(info.infoHash);
    const sum = { name: info.name, infoHash, isWhole: whole === files.length };
    print(
      terminal,
      JSON.stringify({ event: "verified", ...sum, pieceCount: length, verifiedCount: count, files }),
    );
  } else {
    for (const file of files)
      if (flags.has("files") || file.state !== "whole") print(terminal, describeFile(file));
    print(
      terminal,
      whole === files.length
        ? `whole: ${plural(files.length, "file")}, ${formatBytes(info.length)}`
        : `${whole} of ${plural(files.length, "file")} whole, ${count} of ${plural(length, "piece")} there`,
    );
  }
  if (whole === files.length) return ExitCode.done;
  return count > 0 ? ExitCode.partlyDone : ExitCode.failed;
}

function describeFile({ path, length, size, state, verifiedCount, pieceCount }: FileState): string {
  const pieces = `${verifiedCount} of ${plural(pieceCount, "piece")}`;
  const why =
    state === "partly" && size !== undefined && size > length && verifiedCount === pieceCount
      ? `: ${formatBytes(size - length)} longer than it is to be`
      : state === "partly"
        ? `: ${pieces}`
        : "";
  return `${state.padEnd(8)} ${printable(path)}${why}`;
}

function plural(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
