// The benchmark's command line: what to measure, how often, where to store it. It measures nothing itself.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { build, findCompiler } from "./build.ts";
import { echoCases, selectCases } from "./cases.ts";
import { compare, type CaseResult, type Progress } from "./compare.ts";
import { describeMachine, type Machine } from "./machine.ts";
import type { Timing } from "./measure.ts";
import { formatCase, formatErrors, formatGoals, formatMachine } from "./report.ts";

const usage = `usage: pnpm bench echo [--runs 5] [--seconds 2] [--only case,…] [--quick]

  --runs N      how often each server is measured, one after the other in turn
  --seconds N   the measured window of each run; a warm-up of 1 s comes before
  --only A,B    only these cases: ${echoCases.map((one) => one.name).join(" ")}
                (a beginning stands for all: "typed" is typed-64 and typed-16k)
  --quick       2 runs of 0.5 s and a warm-up of 0.5 s: a look, not a measurement

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
  if (positionals.length !== 1 || positionals[0] !== "echo") throw new Error(usage);
  const runs = Number(values.runs ?? (values.quick ? 2 : 5));
  const seconds = Number(values.seconds ?? (values.quick ? 0.5 : 2));
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs must be a whole number from 1, not ${values.runs}`);
  if (!(seconds > 0)) throw new Error(`--seconds must be a number above 0, not ${values.seconds}`);
  const cases = values.only === undefined ? echoCases : selectCases(echoCases, values.only.split(","));
  return { runs, seconds, cases, quick: values.quick, complete: values.only === undefined && !values.quick };
}

const progress: Progress = ({ caseName, run, runs, subject, figures, error }) => {
  const { cpuMicrosPerMessage, p50Micros, bytesPerConnection } = figures ?? {};
  const figure =
    p50Micros !== undefined
      ? `${p50Micros.toFixed(1)} µs`
      : cpuMicrosPerMessage !== undefined
        ? `${cpuMicrosPerMessage.toFixed(3)} CPU µs/message`
        : `${bytesPerConnection?.toFixed(0)} bytes/connection`;
  console.error(
    `${caseName} ${run}/${runs} ${subject}: ${error === undefined ? figure : `failed\n${error}`}`,
  );
};

async function main(): Promise<void> {
  const { runs, seconds, cases, quick, complete } = readArguments();
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
  const machine = describeMachine(["ws", "socket.io", "zod"]);
  say(`# Echo, side by side\n\n${formatMachine(machine)}\n\n${runs} runs of ${seconds} s; median (min–max)`);
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
  say(`## Goals\n\nRatios of paired runs, median (min–max).\n\n${formatGoals(results)}`);
  const errors = formatErrors(results);
  if (errors !== "") stop(`Failed:\n${errors}`);
  if (complete) store({ machine, runs, timing, results }, sections);
}

interface Stored {
  machine: Machine;
  runs: number;
  timing: Timing;
  results: CaseResult[];
}

function store(data: Stored, sections: readonly string[]): void {
  const folder = path.join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `echo-${data.machine.date.slice(0, 10)}`);
  writeFileSync(`${file}.md`, `${sections.join("\n\n")}\n`);
  writeFileSync(`${file}.json`, `${JSON.stringify(data, undefined, 2)}\n`);
  console.error(`stored in ${path.relative(process.cwd(), file)}.md and .json`);
}

try {
  await main();
} catch (error) {
  stop(error instanceof Error ? error.message : String(error));
}
