// `p2p scrape`: how many have a torrent, as its trackers know. Takes part in nothing. Exits nothing.
import { SocketlabError, UsageError } from "@socketlab/core";
import {
  describeFlags,
  ExitCode,
  parseDuration,
  parseFlags,
  print,
  readGivenFile,
  say,
  type FlagTable,
  type Terminal,
} from "@socketlab/core/terminal";
import { isMagnet, parseMagnet } from "../torrent/magnet.ts";
import { readTorrent } from "../torrent/read-torrent.ts";
import { scrape } from "../tracker/client/announce.ts";
import type { ScrapeCounts } from "../tracker/messages.ts";
import { hexOf } from "../hex.ts";

const scrapeFlags: FlagTable<"timeout" | "ca" | "json" | "help"> = {
  timeout: { value: "TIME", help: "how long each tracker has for its answer (20s)" },
  ca: { value: "FILE", help: "https: whom to trust, PEM, in place of the authorities that Node.js knows" },
  json: { help: "an object for each answer, for programs" },
  help: { short: "h", help: "this text" },
};

const help = `p2p scrape photos.torrent                              ask its trackers how many have it
p2p scrape udp://127.0.0.1:6969 photos.torrent         ask this one
p2p scrape http://127.0.0.1:6969/announce INFO-HASH    by its info-hash: 40 hexadecimal digits

Usage: p2p scrape [TRACKER] FILE.torrent|magnet:…|INFO-HASH… [flags]

${describeFlags(scrapeFlags)}

Exit codes: 0 done; 1 no tracker has answered; 2 wrong usage; 3 some have not.`;

const TIMEOUT_MS = 20_000;

interface Wanted {
  readonly infoHash: Uint8Array;
  readonly trackers: readonly string[];
}

/** @returns the exit code. @throws what keeps it from asking. */
export async function scrapeCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const flags = parseFlags(args, scrapeFlags);
  if (flags.has("help")) {
    print(terminal, help);
    return ExitCode.done;
  }
  const [first = ""] = flags.positionals;
  const tracker = /^\w+:\/\//.test(first) ? first : undefined;
  const wanted = await Promise.all(flags.positionals.slice(tracker === undefined ? 0 : 1).map(read));
  const questions = [...questionsOf(wanted, tracker)];
  if (questions.length === 0)
    throw new UsageError(
      "missing-argument",
      wanted.length === 0
        ? "a torrent is needed; try: p2p scrape photos.torrent"
        : "it names no tracker; put one first: p2p scrape http://127.0.0.1:6969/announce …",
    );
  const options = {
    signal: terminal.signal,
    timeoutMs: flags.read("timeout", parseDuration) ?? TIMEOUT_MS,
    ca: flags.read("ca", readGivenFile),
  };
  let answers = 0;
  for (const [url, infoHashes] of questions) {
    try {
      const counts = await scrape(url, infoHashes, options);
      for (const [at, infoHash] of infoHashes.entries())
        tell(terminal, flags.has("json"), url, infoHash, counts[at]);
      answers++;
    } catch (error) {
      // Alone, it is what went wrong; among others, one that has not answered.
      if (questions.length === 1 || terminal.signal.aborted || !(error instanceof SocketlabError))
        throw error;
      say(terminal, `${url}: ${error.message}`);
    }
  }
  if (answers === questions.length) return ExitCode.done;
  return answers === 0 ? ExitCode.failed : ExitCode.partlyDone;
}

/** @throws UsageError, ProtocolError */
async function read(text: string): Promise<Wanted> {
  if (/^[\da-f]{40}$/i.test(text)) return { infoHash: Buffer.from(text, "hex"), trackers: [] };
  if (isMagnet(text)) return parseMagnet(text);
  const { info, trackers } = await readTorrent(text);
  return { infoHash: info.infoHash, trackers: trackers.flat() };
}

/** Each tracker is asked once, about all that it is to be asked. */
function questionsOf(wanted: readonly Wanted[], tracker: string | undefined): Map<string, Uint8Array[]> {
  const questions = new Map<string, Uint8Array[]>();
  for (const { infoHash, trackers } of wanted)
    for (const url of tracker === undefined ? new Set(trackers) : [tracker])
      questions.set(url, [...(questions.get(url) ?? []), infoHash]);
  return questions;
}

function tell(
  terminal: Terminal,
  asJson: boolean,
  tracker: string,
  infoHash: Uint8Array,
  counts: ScrapeCounts | undefined,
): void {
  const hex = hexOf(infoHash);
  if (asJson)
    print(terminal, JSON.stringify({ tracker, infoHash: hex, known: counts !== undefined, ...counts }));
  else print(terminal, `${hex}  ${counts === undefined ? "not known" : sentenceOf(counts)}  (${tracker})`);
}

function sentenceOf({ seeds, leechers, completed }: ScrapeCounts): string {
  return `${seeds} ${seeds === 1 ? "seed" : "seeds"}, ${leechers} ${leechers === 1 ? "leecher" : "leechers"}, completed ${completed === 1 ? "once" : `${completed} times`}`;
}
