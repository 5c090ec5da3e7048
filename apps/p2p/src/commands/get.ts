// `p2p get`: a torrent's content, from everybody who has some of it, into a folder. Exits nothing.
import { formatEndpoint, UsageError } from "@socketlab/core";
import {
  describeFlags,
  ExitCode,
  formatBytes,
  formatDuration,
  parseFlags,
  print,
  type FlagTable,
  type Terminal,
} from "@socketlab/core/terminal";
import type { Discoveries } from "../discovery/discovery.ts";
import { Storage } from "../storage/storage.ts";
import { isMagnet, parseMagnet } from "../torrent/magnet.ts";
import type { Info, Metainfo } from "../torrent/info.ts";
import { printable } from "../torrent/names.ts";
import { readTorrent } from "../torrent/read-torrent.ts";
import { isAnyOn, openDiscoveries } from "./discovery-flags.ts";
import {
  openPeer,
  peerFlags,
  readPeerSetting,
  type PeerFlag,
  type PeerSetting,
  type Tell,
} from "./peer-flags.ts";
import { showReading } from "./reading.ts";
import { parseSelection, type Selection } from "./selection.ts";
import { showStanding, standingOf } from "./standing.ts";
import { StatusLine } from "./status-line.ts";
import { takePart, tellTrouble } from "./take-part.ts";
import type { Peer } from "../peer/peer.ts";

type GetFlag = PeerFlag | "to" | "select" | "seed" | "sequential" | "json" | "quiet" | "help";

const getFlags: FlagTable<GetFlag> = {
  to: { value: "FOLDER", help: "where to put it (this folder)" },
  select: { value: "N,N-M", help: "only these files, by the numbers that inspect --files shows" },
  seed: { help: "when it is there, go on giving it to others, until Ctrl-C" },
  sequential: { help: "from the beginning on, to look at it while it comes; the swarm is the worse for it" },
  ...peerFlags,
  json: { help: "what happens, a line each, for programs" },
  quiet: { short: "q", help: "no progress, even in a terminal" },
  help: { short: "h", help: "this text" },
};

const help = `p2p get photos.torrent --to downloads
p2p get "magnet:?xt=urn:btih:…" --to downloads --seed --upload-limit 2M

Usage: p2p get FILE.torrent|MAGNET [flags]

${describeFlags(getFlags)}

What is there already is verified, and not fetched again. Interrupted in any way, the same command goes on where it was.
RATE is bytes a second: 500k, 2M. Exit codes: 0 done; 1 failed; 2 wrong usage; 130 interrupted.`;

/** @returns the exit code. @throws what keeps it from being fetched. */
export async function getCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const flags = parseFlags(args, getFlags);
  if (flags.has("help")) {
    print(terminal, help);
    return ExitCode.done;
  }
  const [source, extra] = flags.positionals;
  if (source === undefined || extra !== undefined)
    throw new UsageError(
      "missing-argument",
      "one torrent or magnet link is needed; try: p2p get photos.torrent",
    );
  const setting = readPeerSetting(flags);
  terminal.onUnread?.(() => terminal.interrupt());
  const isJson = flags.has("json");
  using status = new StatusLine(terminal, !isJson && !flags.has("quiet"));
  const tell: Tell = (record, line) => (isJson ? print(terminal, JSON.stringify(record)) : status.say(line));
  const magnet = isMagnet(source) ? parseMagnet(source) : undefined;
  const known = magnet === undefined ? await readTorrent(source) : undefined;
  const selection = flags.read("select", parseSelection) ?? magnet?.selected;
  const folder = flags.read("to", parseFolder) ?? ".";

  await using peer = await openPeer(setting, tell);
  await using discoveries = await openDiscoveries(setting.discovery, peer, known?.info.isPrivate);
  const [door] = peer.endpoints;
  if (isJson || flags.has("quiet"))
    tell({ event: "listening", endpoint: formatEndpoint(door!) }, `waits at ${formatEndpoint(door!)}`);
  const { metainfo, peers, liars } =
    known === undefined
      ? await fromMagnet(magnet!, peer, setting.peers, discoveries, terminal.signal, tell)
      : { metainfo: known, peers: setting.peers, liars: [] };
  await using storage = await openStorage(metainfo.info, folder, selection, terminal.signal, status);
  const { info } = metainfo;
  const begunMs = performance.now();
  const sequential = flags.has("sequential");
  const what = { peer, metainfo, storage, peers, discoveries, liars, sequential };
  await using part = await takePart(setting, { ...what, tell, status });
  const { session } = part;
  const isLookedFor = !info.isPrivate && isAnyOn(setting.discovery);
  if (session.left > 0 && metainfo.trackers.flat().length + peers.length === 0 && !isLookedFor)
    tell(
      { event: "nobody-known" },
      `this torrent names no tracker, so nobody is known to ask (--peer HOST:PORT${info.isPrivate ? "" : ", --dht, --lsd ADDRESS"}); waits for somebody to dial`,
    );
  const interrupted = aborted(terminal.signal);
  using _standing = showStanding(() => standingOf(session, storage), isJson, terminal, status);
  if ((await Promise.race([session.done, interrupted])) === "aborted") return ExitCode.interrupted;
  const ms = performance.now() - begunMs;
  const { downloaded } = session.moved;
  const goesOn = flags.has("seed") ? "; gives it to others until Ctrl-C" : "";
  tell(
    { event: "complete", name: info.name, downloaded, seconds: ms / 1000 },
    `${printable(info.name)} is there: ${formatBytes(downloaded)} in ${formatDuration(ms)}${goesOn}`,
  );
  // Whoever asked for that is not interrupted by Ctrl-C: it is how it ends.
  if (flags.has("seed")) await interrupted;
  return ExitCode.done;
}

async function fromMagnet(
  magnet: ReturnType<typeof parseMagnet>,
  peer: Peer,
  peers: PeerSetting["peers"],
  discoveries: Discoveries,
  signal: AbortSignal,
  tell: Tell,
): Promise<{
  metainfo: Pick<Metainfo, "info" | "trackers">;
  peers: PeerSetting["peers"];
  liars: readonly string[];
}> {
  const { fetchMetadata } = await import("../peer/fetch-metadata.ts");
  const { parseInfo } = await import("../torrent/parse-info.ts");
  const known = [...magnet.trackers, ...magnet.peers, ...peers, discoveries.dht, discoveries.lsd];
  if (known.every((one) => one === undefined))
    throw new UsageError(
      "no-peers",
      "this link names no tracker and no peer, so there is nobody to ask; name somebody with --peer HOST:PORT, or look for others with --dht or --lsd ADDRESS",
    );
  const fetched = await fetchMetadata({
    peer,
    magnet,
    peers,
    discoveries,
    signal,
    onTrackerFailed: tellTrouble(tell).onTrackerFailed,
  });
  const info = parseInfo(fetched.bytes);
  tell(
    { event: "metadata", name: info.name, length: info.length },
    `it is ${printable(info.name)}, ${formatBytes(info.length)}`,
  );
  const others = info.isPrivate ? peers : [...peers, ...magnet.peers, ...fetched.peers];
  const { liars } = fetched;
  return { metainfo: { info, trackers: magnet.trackers.map((url) => [url]) }, peers: others, liars };
}

async function openStorage(
  info: Info,
  folder: string,
  selection: Selection | undefined,
  signal: AbortSignal,
  status: StatusLine,
): Promise<Storage> {
  const select = selection === undefined ? undefined : selected(info, selection);
  const onChecked = showReading(status);
  const storage = await Storage.open(info, folder, {
    ...(select !== undefined && { select }),
    onChecked,
    signal,
  });
  status.show();
  return storage;
}

/** @throws UsageError `no-folder`: most often a variable of a shell that was not set. */
function parseFolder(text: string): string {
  if (text === "") throw new UsageError("no-folder", "the folder is missing; . is the one you are in");
  return text;
}

/** @throws UsageError `bad-flag` when there is no such file. */
function selected(info: Info, selection: Selection): Set<number> {
  const select = new Set<number>();
  for (const { first, last } of selection) {
    if (first >= info.files.length)
      throw new UsageError(
        "bad-flag",
        `there is no file ${first}: they are numbered 0 to ${info.files.length - 1}`,
      );
    for (let file = first; file <= Math.min(last, info.files.length - 1); file++) select.add(file);
  }
  return select;
}

function aborted(signal: AbortSignal): Promise<"aborted"> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve("aborted");
    signal.addEventListener("abort", () => resolve("aborted"), { once: true });
  });
}
