// The benchmark's command line, from words to what is to be measured. Measures nothing, and exits nothing.
import { parseArgs } from "node:util";
import { parseSize } from "@socketlab/core/terminal";
import { selectCases } from "./cases.ts";
import { chatCases } from "./chat-cases.ts";
import { usualDistribution, type DistributionOptions } from "./distribution/distribution.ts";
import { echoCases } from "./echo-cases.ts";
import { fileTransferCases, usualSizes } from "./file-transfer-cases.ts";
import type { Benchmark, Options } from "./side-by-side.ts";

const sockets = ["ws", "socket.io", "zod"];
const benchmarks: Benchmark[] = [
  { name: "echo", title: "Echo", cases: echoCases, packages: sockets, programs: {} },
  {
    name: "chat",
    title: "Chat",
    cases: chatCases,
    packages: sockets,
    programs: { "redis-server": "--version" },
  },
  {
    name: "file-transfer",
    title: "File transfer",
    cases: fileTransferCases(usualSizes),
    packages: [],
    programs: { curl: "-V", nginx: "-v", rsync: "-V", ssh: "-V", socat: "-V", iperf3: "-v" },
  },
];

const usage = `usage: pnpm bench ${benchmarks.map(({ name }) => name).join("|")} [--runs 5] [--seconds 2] [--only case,…] [--quick]
       pnpm bench file-transfer [--size 1G] [--files 10000]
       pnpm bench distribution [--clients 1..16] [--size 16M] [--upload 8M] [--download 4M] [--runs 3]

  --runs N          how often each is measured, one after the other in turn
  --seconds N       the measured window of each run; a warm-up of 1 s comes before
  --only A,B        only these cases (a beginning stands for all: "typed" is typed-64 and typed-16k)
  --quick           a look, not a measurement: 2 runs of 0.5 s and a warm-up of 0.5 s; one file of 64 MiB, 1,000 files; of the
                    distribution 1, 2, 4 and 8 clients, once
  --size BYTES      of the file
  --files N         how many files of 4 KiB
  --clients A..B    how many get the file: all numbers from A to B, or a list (1,4,16)
  --upload BYTES    a second, which the server sends at most, to all clients together
  --download BYTES  a second, which each client receives at most; none: as fast as it can

${benchmarks.map(({ name, cases }) => `  ${name}: ${cases.map((one) => one.name).join(" ")}`).join("\n")}

Results are stored in bench/results only if every case was measured in full.`;

const MOST_CLIENTS = 16;

const flags = {
  runs: { type: "string" },
  seconds: { type: "string" },
  only: { type: "string" },
  size: { type: "string" },
  files: { type: "string" },
  clients: { type: "string" },
  upload: { type: "string" },
  download: { type: "string" },
  quick: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof flags }>>["values"];

const always = ["runs", "quick", "help"];
const sizes = ["size", "files"];
/** What is no flag of a benchmark is refused: it would change nothing. */
const flagsOf: Record<string, readonly string[]> = {
  echo: ["seconds", "only"],
  chat: ["seconds", "only"],
  "file-transfer": ["only", ...sizes],
  distribution: ["size", "clients", "upload", "download"],
};

/** What is asked for. */
export type Wish =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "side by side"; readonly benchmark: Benchmark; readonly options: Options }
  | { readonly kind: "distribution"; readonly options: DistributionOptions };

/** @throws Error what is wrong with them. */
export function readArguments(words: readonly string[]): Wish {
  const { values, positionals } = parseArgs({ args: [...words], allowPositionals: true, options: flags });
  if (values.help) return { kind: "help", text: usage };
  const [name = "", ...more] = positionals;
  const own = Object.hasOwn(flagsOf, name) ? flagsOf[name] : undefined;
  if (own === undefined || more.length > 0) throw new Error(usage);
  const strange = Object.keys(values).find((flag) => !always.includes(flag) && !own.includes(flag));
  if (strange !== undefined) throw new Error(`--${strange} is no flag of ${name}`);
  if (name === "distribution") return { kind: "distribution", options: readDistribution(values) };
  return readSideBySide(name, values);
}

function readSideBySide(name: string, values: Values): Wish {
  const { only, quick, size, files } = values;
  const benchmark = benchmarks.find((one) => one.name === name)!;
  const all = name === "file-transfer" ? fileTransferCases(readSizes(values)) : benchmark.cases;
  const seconds = Number(values.seconds ?? (quick ? 0.5 : 2));
  if (!(seconds > 0)) throw new Error(`--seconds must be a number above 0, not ${values.seconds}`);
  return {
    kind: "side by side",
    benchmark: { ...benchmark, cases: only === undefined ? all : selectCases(all, only.split(",")) },
    options: {
      runs: values.runs === undefined ? (quick ? 2 : 5) : readCount("runs", values.runs),
      timing: { seconds, warmUpSeconds: quick ? 0.5 : 1 },
      isComplete: only === undefined && !quick && size === undefined && files === undefined,
    },
  };
}

function readSizes({ quick, size, files }: Values): typeof usualSizes {
  const usual = quick ? { bytes: 64 * 1024 * 1024, files: 1000 } : usualSizes;
  return {
    bytes: size === undefined ? usual.bytes : parseSize(size),
    files: files === undefined ? usual.files : readCount("files", files),
  };
}

function readDistribution(values: Values): DistributionOptions {
  const { quick, size, upload, download, clients } = values;
  const usual = usualDistribution;
  const numbers = readNumbers(clients ?? (quick ? "1,2,4,8" : `1..${MOST_CLIENTS}`));
  return {
    distribution: {
      fileBytes: size === undefined ? usual.fileBytes : parseSize(size),
      uploadBytesPerSecond: upload === undefined ? usual.uploadBytesPerSecond : parseSize(upload),
      downloadBytesPerSecond:
        download === undefined
          ? usual.downloadBytesPerSecond
          : download === "none"
            ? Infinity
            : parseSize(download),
    },
    clients: numbers,
    runs: values.runs === undefined ? (quick ? 1 : 3) : readCount("runs", values.runs),
    isComplete:
      !quick &&
      [size, upload, download].every((value) => value === undefined) &&
      numbers.length === MOST_CLIENTS,
  };
}

/** "1..4" or "1,2,8". */
function readNumbers(text: string): number[] {
  const [first = "", last] = text.split("..");
  if (last === undefined) return text.split(",").map((one) => readCount("clients", one));
  const [from, to] = [readCount("clients", first), readCount("clients", last)];
  if (from > to) throw new Error(`--clients ${text}: the smaller number comes first`);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function readCount(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`--${name} must be a whole number from 1, not ${text}`);
  return count;
}
