// The benchmark's command line: what to measure, and how often. It measures nothing itself.
import { parseArgs } from "node:util";
import { parseSize } from "@socketlab/core/terminal";
import { build, findCompiler } from "./build.ts";
import { selectCases } from "./cases.ts";
import { chatCases } from "./chat-cases.ts";
import { echoCases } from "./echo-cases.ts";
import { fileTransferCases, usualSizes } from "./file-transfer-cases.ts";
import { openLaboratory } from "./laboratory.ts";
import { runSideBySide, type Benchmark } from "./side-by-side.ts";

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

  --runs N      how often each is measured, one after the other in turn
  --seconds N   the measured window of each run; a warm-up of 1 s comes before
  --only A,B    only these cases (a beginning stands for all: "typed" is typed-64 and typed-16k)
  --quick       2 runs of 0.5 s and a warm-up of 0.5 s, a file of 64 MiB, 1,000 files: a look, not a measurement
  --size BYTES  of the one file
  --files N     how many files of 4 KiB

${benchmarks.map(({ name, cases }) => `  ${name}: ${cases.map((one) => one.name).join(" ")}`).join("\n")}

Results are stored in bench/results only if every case was measured in full.`;

function stop(message: string): never {
  console.error(message);
  process.exit(1);
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: "string" },
      seconds: { type: "string" },
      only: { type: "string" },
      size: { type: "string" },
      files: { type: "string" },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const benchmark = benchmarks.find(({ name }) => name === positionals[0]);
  if (benchmark === undefined || positionals.length > 1) throw new Error(usage);
  const { only, quick, size, files } = values;
  const isSized = size !== undefined || files !== undefined;
  if (isSized && benchmark.name !== "file-transfer")
    throw new Error("--size and --files are for file-transfer alone");
  const sizes = quick ? { bytes: 64 * 1024 * 1024, files: 1000 } : { ...usualSizes };
  if (size !== undefined) sizes.bytes = parseSize(size);
  if (files !== undefined) sizes.files = readCount("files", files);
  const all = benchmark.name === "file-transfer" ? fileTransferCases(sizes) : benchmark.cases;
  const seconds = Number(values.seconds ?? (quick ? 0.5 : 2));
  if (!(seconds > 0)) throw new Error(`--seconds must be a number above 0, not ${values.seconds}`);
  return {
    benchmark: { ...benchmark, cases: only === undefined ? all : selectCases(all, only.split(",")) },
    options: {
      runs: values.runs === undefined ? (quick ? 2 : 5) : readCount("runs", values.runs),
      timing: { seconds, warmUpSeconds: quick ? 0.5 : 1 },
      isComplete: only === undefined && !quick && !isSized,
    },
  };
}

function readCount(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`--${name} must be a whole number from 1, not ${text}`);
  return count;
}

async function main(): Promise<void> {
  const { benchmark, options } = readArguments();
  if (process.platform !== "linux")
    stop("The benchmark needs Linux: its load generator and its limit use epoll.");
  const compiler = findCompiler();
  if (compiler === undefined)
    stop("The benchmark needs a C compiler (cc) for its load generator; none was found.");
  const binaries = build(compiler);
  const laboratory = openLaboratory(binaries, options.timing);
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void laboratory.close().finally(() => process.exit(130)));
  try {
    await runSideBySide(benchmark, options, binaries, laboratory);
  } finally {
    await laboratory.close();
  }
}

try {
  await main();
} catch (error) {
  stop(error instanceof Error ? error.message : String(error));
}
