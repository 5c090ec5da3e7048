// `p2p inspect`: what a torrent or a magnet link says. Dials nobody. Exits nothing.
import { UsageError } from "@socketlab/core";
import {
  describeFlags,
  ExitCode,
  parseFlags,
  print,
  type FlagTable,
  type Terminal,
} from "@socketlab/core/terminal";
import { isMagnet, parseMagnet } from "../torrent/magnet.ts";
import { readTorrent } from "../torrent/read-torrent.ts";
import { describeMagnet, describeTorrent, recordMagnet, recordTorrent } from "./describe.ts";

const inspectFlags: FlagTable<"files" | "json" | "help"> = {
  files: { help: "each file with its number and size, too" },
  json: { help: "an object with all of it, for programs" },
  help: { short: "h", help: "this text" },
};

const help = `p2p inspect photos.torrent             what a torrent says: name, info-hash, magnet link, size, trackers
p2p inspect 'magnet:?xt=urn:btih:…'    the same of a magnet link; nobody is asked for more

Usage: p2p inspect FILE.torrent|magnet:… [flags]

${describeFlags(inspectFlags)}

Exit codes: 0 done; 1 it cannot be read, or is not a torrent; 2 wrong usage, a wrong magnet link among it.`;

/** @returns the exit code. @throws what keeps it from being read. */
export async function inspectCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const flags = parseFlags(args, inspectFlags);
  if (flags.has("help")) {
    print(terminal, help);
    return ExitCode.done;
  }
  const [what, extra] = flags.positionals;
  if (what === undefined || extra !== undefined)
    throw new UsageError("missing-argument", "one torrent is needed; try: p2p inspect photos.torrent");
  if (isMagnet(what)) {
    const magnet = parseMagnet(what);
    print(terminal, flags.has("json") ? JSON.stringify(recordMagnet(magnet)) : describeMagnet(magnet));
    return ExitCode.done;
  }
  const metainfo = await readTorrent(what);
  const text = flags.has("json")
    ? JSON.stringify(recordTorrent(metainfo))
    : describeTorrent(metainfo, flags.has("files"));
  print(terminal, text);
  return ExitCode.done;
}
