// `p2p share`: makes a torrent of a file or a folder, and gives it to whoever asks. Exits nothing.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { formatEndpoint, UsageError } from "@socketlab/core";
import {
  describeFlags,
  ExitCode,
  formatBytes,
  parseFlags,
  print,
  type Flags,
  type FlagTable,
  type Terminal,
} from "@socketlab/core/terminal";
import { Storage } from "../storage/storage.ts";
import type { Metainfo } from "../torrent/info.ts";
import { formatMagnet } from "../torrent/magnet.ts";
import { readTorrent } from "../torrent/read-torrent.ts";
import { alreadyThere, writeNew } from "./create.ts";
import { magnetOf, recordTorrent } from "./describe.ts";
import { openDiscoveries } from "./discovery-flags.ts";
import { makeFlags, makeTorrent, planTorrent, type MakeFlag } from "./make-torrent.ts";
import { openPeer, peerFlags, readPeerSetting, type PeerFlag, type Tell } from "./peer-flags.ts";
import { showReading } from "./reading.ts";
import { showStanding, standingOf } from "./standing.ts";
import { StatusLine } from "./status-line.ts";
import { takePart } from "./take-part.ts";

type ShareFlag = MakeFlag | PeerFlag | "torrent" | "output" | "json" | "quiet" | "help";

const shareFlags: FlagTable<ShareFlag> = {
  ...makeFlags,
  output: { short: "o", value: "FILE", help: "keep the torrent in a file, too" },
  torrent: { value: "FILE", help: "the torrent, made before: what is there is verified by it" },
  ...peerFlags,
  json: { help: "what happens, a line each, for programs" },
  quiet: { short: "q", help: "no progress, even in a terminal" },
  help: { short: "h", help: "this text" },
};

const help = `p2p share photos --tracker http://127.0.0.1:6969/announce    make its torrent, and give it to whoever asks
p2p share photos --torrent photos.torrent                      the same with a torrent that others have already

Usage: p2p share FILE|FOLDER [flags]

${describeFlags(shareFlags)}

RATE is bytes a second: 500k, 2M. Ctrl-C (or SIGTERM) tells the trackers, and ends.
Exit codes: 0 done (Ctrl-C too); 1 failed; 2 wrong usage.`;

/** @returns the exit code. @throws what keeps it from being shared. */
export async function shareCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const flags = parseFlags(args, shareFlags);
  if (flags.has("help")) {
    print(terminal, help);
    return ExitCode.done;
  }
  const [root, extra] = flags.positionals;
  if (root === undefined || extra !== undefined)
    throw new UsageError("missing-argument", "one file or folder is needed; try: p2p share photos");
  const setting = readPeerSetting(flags);
  terminal.onUnread?.(() => terminal.interrupt());
  const isJson = flags.has("json");
  using status = new StatusLine(terminal, !isJson && !flags.has("quiet"));
  const { metainfo, storage: opening } = await open(root, flags, terminal, status);
  await using storage = opening;
  const tell: Tell = (record, line) => (isJson ? print(terminal, JSON.stringify(record)) : status.say(line));
  await using peer = await openPeer(setting, tell);
  await using discoveries = await openDiscoveries(setting.discovery, peer, metainfo.info.isPrivate);
  await using part = await takePart(setting, { peer, metainfo, storage, discoveries, tell, status });
  const endpoint = formatEndpoint(peer.endpoints[0]!);
  if (isJson) print(terminal, JSON.stringify({ event: "listening", endpoint, ...recordTorrent(metainfo) }));
  else {
    print(terminal, formatMagnet(magnetOf(metainfo)));
    status.say(`shares ${formatBytes(metainfo.info.length)} at ${endpoint}, until Ctrl-C`);
  }
  using _standing = showStanding(() => standingOf(part.session, storage), isJson, terminal, status);
  if (!terminal.signal.aborted) await once(terminal.signal, "abort");
  return ExitCode.done;
}

async function open(
  root: string,
  flags: Flags<ShareFlag>,
  terminal: Terminal,
  status: StatusLine,
): Promise<{ metainfo: Metainfo; storage: Storage }> {
  const folder = dirname(resolve(root));
  const given = flags.text("torrent");
  if (given !== undefined) return verified(root, await readTorrent(given), terminal, status);
  const output = flags.text("output");
  if (output !== undefined && existsSync(output))
    throw alreadyThere(output, `share by it with --torrent ${JSON.stringify(output)}, `);
  const plan = await planTorrent(root, flags, terminal);
  const { bytes, metainfo } = await makeTorrent(plan, flags, terminal.signal, status);
  if (output !== undefined) await writeNew(output, bytes);
  const storage = await Storage.open(metainfo.info, folder, { readOnly: true, isHashed: true });
  return { metainfo, storage };
}

async function verified(
  root: string,
  metainfo: Metainfo,
  terminal: Terminal,
  status: StatusLine,
): Promise<{ metainfo: Metainfo; storage: Storage }> {
  const { info } = metainfo;
  if (basename(resolve(root)) !== info.name)
    throw new UsageError(
      "bad-file",
      `the torrent is of ${JSON.stringify(info.name)}, and not of ${JSON.stringify(basename(resolve(root)))}`,
    );
  const onChecked = showReading(status);
  const { signal } = terminal;
  const storage = await Storage.open(info, dirname(resolve(root)), { readOnly: true, onChecked, signal });
  status.show();
  if (storage.verified.count > 0) return { metainfo, storage };
  await storage.close();
  throw new UsageError(
    "not-there",
    `nothing of ${JSON.stringify(info.name)} is in ${JSON.stringify(dirname(resolve(root)))}`,
  );
}
