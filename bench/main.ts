// The benchmark's command line: what to measure, how often, where to store it. It measures nothing itself.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { build, findCompiler } from "./build.ts";
import { selectCases, type Case } from "./cases.ts";
import { chatCases } from "./chat-cases.ts";
import { compare, type CaseResult, type Progress } from "./compare.ts";
import { echoCases } from "./echo-cases.ts";
import { describeMachine, type Machine } from "./machine.ts";
import type { Timing } from "./measure.ts";
import { formatCase, formatErrors, formatFigures, formatGoals, formatMachine } from "./report.ts";

interface Benchmark {
  title: string;
  cases: Case[];
  /** Whose versions are told: packages, and programs that are installed. */
  packages: string[];
  programs: string[];
}

const benchmarks: Record<string, Benchmark> = {
  echo: { title: "Echo", cases: echoCases, packages: ["ws", "socket.io", "zod"], programs: [] },
  chat: { title: "Chat", cases: chatCases, packages: ["ws", "socket.io", "zod"], programs: ["redis-server"] },
};

const usage = `usage: pnpm bench ${Object.keys(benchmarks).join("|")} [--runs 5] [--seconds 2] [--only case,…] [--quick]

  --runs N      how often each server is measured, one after the other in turn
  --seconds N   the measured window of each run; a warm-up of 1 s comes before
  --only A,B    only these cases (a beginning stands for all: "typed" is typed-64 and typed-16k)
  --quick       2 runs of 0.5 s and a warm-up of 0.5 s: a look, not a measurement

${Object.entries(benchmarks)
  .map(([name, { cases }]) => `  ${name}: ${cases.map((one) => one.name).join(" ")}`)
  .join("\n")}

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
      quick: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const [name = "", ...more] = positionals;
  const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
  if (benchmark === undefined || more.length > 0) throw new Error(usage);
  const runs = Number(values.runs ?? (values.quick ? 2 : 5));
  const seconds = Number(values.seconds ?? (values.quick ? 0.5 : 2));
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs must be a whole number from 1, not ${values.runs}`);
  if (!(seconds > 0)) throw new Error(`--seconds must be a number above 0, not ${values.seconds}`);
  const { only, quick } = values;
  const cases = only === undefined ? benchmark.cases : selectCases(benchmark.cases, only.split(","));
  return { name, ...benchmark, runs, seconds, cases, quick, complete: only === undefined && !quick };
}

const progress: Progress = ({ caseName, load, run, runs, subject, figures, error }) => {
  const outcome = figures === undefined ? `failed\n${error}` : formatFigures(load, figures);
  console.error(`${caseName} ${run}/${runs} ${subject}: ${outcome}`);
};

async function main(): Promise<void> {
  const { name, title, cases, packages, programs, runs, seconds, quick, complete } = readArguments();
  if (process.platform !== "linux")
    stop("The benchmark needs Linux: its load generator and its limit use epoll.");
  const compiler = findCompiler();
  if (compiler === undefined)
    stop("The benchmark needs a C compiler (cc) for its load generator; none was found.");
  const binaries = build(compiler);
  const timing = { seconds, warmUpSeconds: quick ? 0.5 : 1 };

  const sections: string[] = [];
  const say = (text: string): void => {
    sections.push(text);
    console.log(`${text}\n`);
  };
  const machine = describeMachine(packages, programs);
  say(
    `# ${title}, side by side\n\n${formatMachine(machine)}\n\n${runs} runs of ${seconds} s; median (min–max)`,
  );
  const results: CaseResult[] = [];
  for (const one of cases) {
    if (one.name === "ping-pong-tls" && !binaries.tls) {
      say(`### ${one.name}: left out, OpenSSL's headers (libssl-dev) are not installed`);
      continue;
    }
    const result = await compare(one, binaries, runs, timing, progress);
    results.push(result);
    say(formatCase(result));
  }
  say(`## Goals\n\nOf each run, or of paired runs their ratio: median (min–max).\n\n${formatGoals(results)}`);
  const errors = formatErrors(results);
  if (errors !== "") stop(`Failed:\n${errors}`);
  if (complete) store(name, { machine, runs, timing, results }, sections);
}

interface Stored {
  machine: Machine;
  runs: number;
  timing: Timing;
  results: CaseResult[];
}

function store(name: string, data: Stored, sections: readonly string[]): void {
  const folder = path.join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}-${data.machine.date.slice(0, 10)}`);
  writeFileSync(`${file}.md`, `${sections.join("\n\n")}\n`);
  writeFileSync(`${file}.json`, `${JSON.stringify(data, undefined, 2)}\n`);
  console.error(`stored in ${path.relative(process.cwd(), file)}.md and .json`);
}

try {
  await main();
} catch (error) {
  stop(error instanceof Error ? error.message : String(error));
}
