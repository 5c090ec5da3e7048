// `p2p create`: a .torrent file for a file or a folder. Shares nothing. Exits nothing.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { UsageError } from "@socketlab/core";
import {
  describeFlags,
  ExitCode,
  parseFlags,
  print,
  type Flags,
  type FlagTable,
  type Terminal,
} from "@socketlab/core/terminal";
import { describeTorrent, recordTorrent } from "./describe.ts";
import { makeFlags, makeTorrent, planTorrent, type MakeFlag } from "./make-torrent.ts";
import { StatusLine } from "./status-line.ts";

type CreateFlag = MakeFlag | "output" | "json" | "quiet" | "help";

const createFlags: FlagTable<CreateFlag> = {
  ...makeFlags,
  output: { short: "o", value: "FILE", help: "where to (NAME.torrent in this folder)" },
  json: { help: "an object with all that the torrent says, for programs" },
  quiet: { short: "q", help: "no progress, even in a terminal" },
  help: { short: "h", help: "this text" },
};

const help = `p2p create photos                                      photos.torrent, and a magnet link
p2p create film.mkv --tracker http://127.0.0.1:6969/announce -o /tmp/film.torrent

Usage: p2p create FILE|FOLDER [flags]

${describeFlags(createFlags)}

Every byte is read once. Links and devices in a folder are left out, and told; empty folders are left out: no torrent has them.
Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, and something is left out; 130 interrupted.`;

/** @returns the exit code. @throws what keeps it from being made. */
export async function createCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const flags = parseFlags(args, createFlags);
  if (flags.has("help")) {
    print(terminal, help);
    return ExitCode.done;
  }
  const [root, extra] = flags.positionals;
  if (root === undefined || extra !== undefined)
    throw new UsageError("missing-argument", "one file or folder is needed; try: p2p create photos");
  const plan = await planTorrent(root, flags, terminal);
  const output = flags.text("output") ?? `${plan.name}.torrent`;
  if (existsSync(output)) throw alreadyThere(output);
  using status = new StatusLine(terminal, !flags.has("quiet") && !flags.has("json"));
  const { bytes, metainfo } = await makeTorrent(plan, flags, terminal.signal, status);
  await writeNew(output, bytes);
  tell(terminal, flags, output, metainfo);
  return plan.skipped.length === 0 ? ExitCode.done : ExitCode.partlyDone;
}

function tell(
  terminal: Terminal,
  flags: Flags<CreateFlag>,
  output: string,
  metainfo: Parameters<typeof recordTorrent>[0],
): void {
  if (flags.has("json"))
    print(terminal, JSON.stringify({ event: "created", output, ...recordTorrent(metainfo) }));
  else print(terminal, `${describeTorrent(metainfo, false)}\n${"written to".padEnd(10)} ${output}`);
}

export async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes, { flag: "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw alreadyThere(path);
    throw new UsageError("bad-file", `cannot write ${JSON.stringify(path)} (${code})`, { cause: error });
  }
}

/** @param instead what else could be done. */
export function alreadyThere(path: string, instead = ""): UsageError {
  return new UsageError(
    "bad-file",
    `${JSON.stringify(path)} is there already; ${instead}remove it, or name another with --output`,
  );
}
