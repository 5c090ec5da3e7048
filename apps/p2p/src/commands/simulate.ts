// `p2p simulate`: how long a file takes to reach many peers, in virtual time, beside the bound. Opens no socket. Exits nothing.
import {
  describeFlags,
  ExitCode,
  formatDuration,
  parseCount,
  parseDuration,
  parseFlags,
  parseShare,
  parseSize,
  print,
  type FlagTable,
  type Terminal,
} from "@socketlab/core/terminal";
import { UsageError } from "@socketlab/core";
import { BLOCK_BYTES } from "../protocol.ts";
import { simulate, type Outcome } from "../simulation/simulate.ts";

type SimulateFlag =
  | "peers"
  | "free-riders"
  | "upload"
  | "seed-upload"
  | "size"
  | "piece-length"
  | "slots"
  | "degree"
  | "delay"
  | "loss"
  | "seed"
  | "json"
  | "help";

const M = 1024 ** 2;

const simulateFlags: FlagTable<SimulateFlag> = {
  peers: { value: "N", help: "that want the file, beside the one that has it (32)" },
  "free-riders": { value: "N", help: "of these peers, that take and give nothing (0)" },
  upload: { value: "RATE", help: "of each of them, in bytes a second (1M)" },
  "seed-upload": { value: "RATE", help: "of the one that has it (2M)" },
  size: { value: "SIZE", help: "of the file (32M)" },
  "piece-length": { value: "SIZE", help: "a power of two, from 16k (256k)" },
  slots: { value: "N", help: "how many may ask each at a time (8; a seed: 16)" },
  degree: { value: "N", help: "of how many others each is told when it comes (50)" },
  delay: { value: "TIME", help: "one way, between any two: 25ms (0)" },
  loss: { value: "SHARE", help: "of what is sent, and is sent again after a while: 1% (0)" },
  seed: { value: "N", help: "another number, another run; the same number, the same run (1)" },
  json: { help: "an object, for programs" },
  help: { short: "h", help: "this text" },
};

const help = `p2p simulate --peers 100 --delay 25ms    how long 100 peers need to get a file from one, by giving each other parts of it

Usage: p2p simulate [flags]

${describeFlags(simulateFlags)}

The peers are the same code as share and get; only network, clock and disk are imagined. The bound is the larger of the time in
which the seed can upload the file once, and of that in which all together can upload it once to each (Kurose & Ross, 2.5).
Exit codes: 0 done; 2 wrong usage; 130 interrupted.`;

/** @returns the exit code. */
export async function simulateCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const flags = parseFlags(args, simulateFlags);
  if (flags.has("help")) {
    print(terminal, help);
    return ExitCode.done;
  }
  if (flags.positionals.length > 0)
    throw new UsageError("extra-argument", "simulate takes flags only; try: p2p simulate --peers 100");
  const peers = flags.read("peers", parseAtLeastOne) ?? 32;
  const freeRiders = flags.read("free-riders", parseCount) ?? 0;
  if (freeRiders > peers)
    throw new UsageError("bad-quantity", `of ${peers} peers ${freeRiders} cannot be free riders`);
  const outcome = await simulate({
    peers,
    freeRiders,
    bytes: flags.read("size", parsePositiveSize) ?? 32 * M,
    pieceLength: flags.read("piece-length", parsePieceLength) ?? 256 * 1024,
    seedUploadRate: flags.read("seed-upload", parsePositiveSize) ?? 2 * M,
    uploadRate: flags.read("upload", parsePositiveSize) ?? M,
    seed: flags.read("seed", parseCount),
    slots: flags.read("slots", parseAtLeastOne),
    degree: flags.read("degree", parseAtLeastOne),
    faults: {
      delayMs: flags.read("delay", parseDuration) ?? 0,
      loss: flags.read("loss", parseShare) ?? 0,
    },
    signal: terminal.signal,
  });
  print(terminal, flags.has("json") ? JSON.stringify({ peers, ...outcome }) : describe(peers, outcome));
  return ExitCode.done;
}

function describe(peers: number, outcome: Outcome): string {
  const { boundSeconds, ratio, freeRiders, seedCopies, wasted } = outcome;
  const inWords = (seconds: number): string => formatDuration(seconds * 1000);
  const last = Math.max(outcome.seconds, freeRiders?.seconds ?? 0);
  const within =
    freeRiders === undefined
      ? `half of ${peers} within ${inWords(outcome.medianSeconds)}`
      : `half of those who give within ${inWords(outcome.medianSeconds)}, half of the free riders within ${inWords(freeRiders.medianSeconds)}`;
  return [
    `bound      ${inWords(boundSeconds)}`,
    `last peer  ${inWords(last)}, ${ratio.toFixed(3)} times the bound; ${within}`,
    `seed       sent ${seedCopies.toFixed(2)} copies of ${peers}`,
    `in vain    ${(wasted * 100).toFixed(2)}% of what came`,
  ].join("\n");
}

function parseAtLeastOne(text: string): number {
  return parseCount(text, 1);
}

function parsePositiveSize(text: string): number {
  const bytes = parseSize(text);
  if (bytes === 0) throw new UsageError("bad-quantity", "0 is too little");
  return bytes;
}

function parsePieceLength(text: string): number {
  const bytes = parseSize(text);
  if (bytes < BLOCK_BYTES || !Number.isInteger(Math.log2(bytes)))
    throw new UsageError("bad-quantity", `${JSON.stringify(text)} is no power of two from 16k`);
  return bytes;
}
