// Runs the cases of one benchmark, prints its tables, and stores them. It measures nothing itself.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Binaries } from "./build.ts";
import type { Case } from "./cases.ts";
import { compare, type CaseResult, type Progress } from "./compare.ts";
import { closeOnInterrupt } from "./interrupt.ts";
import { openLaboratory, type Laboratory } from "./laboratory.ts";
import { describeMachine, type Machine, type Programs } from "./machine.ts";
import type { Timing } from "./measure.ts";
import {
  describeRuns,
  formatCase,
  formatErrors,
  formatFigures,
  formatGoals,
  formatMachine,
} from "./report.ts";

export interface Benchmark {
  name: string;
  title: string;
  cases: readonly Case[];
  /** Whose versions are told: packages, and programs that are installed, each with the flag that makes it tell. */
  packages: readonly string[];
  programs: Programs;
  /** What it looks like, if there is something to be seen. */
  plot?: (results: readonly CaseResult[]) => string | undefined;
  /** How often each is measured, if it is not the usual number. */
  runs?: number;
}

export interface Options {
  runs: number;
  timing: Timing;
  /** Every case is measured in full. */
  isComplete: boolean;
  /** Where the picture goes, stored or not. */
  picture?: string;
}

const progress: Progress = ({ caseName, load, run, runs, subject, figures, error, leftOut }) => {
  const outcome =
    figures !== undefined
      ? formatFigures(load, figures)
      : leftOut !== undefined
        ? `left out: ${leftOut}`
        : `failed\n${error}`;
  console.error(`${caseName} ${run}/${runs} ${subject}: ${outcome}`);
};

/** @throws what has failed. */
export async function runSideBySide(
  benchmark: Benchmark,
  options: Options,
  binaries: Binaries,
): Promise<void> {
  const laboratory = openLaboratory(binaries, options.timing);
  closeOnInterrupt(laboratory.close);
  try {
    await runIn(laboratory, benchmark, options, binaries);
  } finally {
    await laboratory.close();
  }
}

async function runIn(
  laboratory: Laboratory,
  { name, title, cases, packages, programs, plot }: Benchmark,
  { runs, timing, isComplete, picture }: Options,
  binaries: Binaries,
): Promise<void> {
  const sections: string[] = [];
  const say = (text: string): void => {
    sections.push(text);
    console.log(`${text}\n`);
  };
  const machine = describeMachine(packages, programs);
  const isTimed = cases.some(({ load }) => "window" in load);
  const howOften = describeRuns(runs, isTimed ? ` of ${timing.seconds} s` : "");
  say(`# ${title}, side by side\n\n${formatMachine(machine)}\n\n${howOften}`);
  const results: CaseResult[] = [];
  for (const one of cases) {
    if (one.name === "ping-pong-tls" && !binaries.tls) {
      say(`### ${one.name}: left out, OpenSSL's headers (libssl-dev) are not installed`);
      continue;
    }
    const result = await compare(one, runs, laboratory.measure, progress);
    results.push(result);
    say(formatCase(result));
  }
  if (cases.some(({ goals }) => goals.length > 0))
    say(
      `## Goals\n\nOf each run, or of paired runs their ratio: median (min–max).\n\n${formatGoals(results)}`,
    );
  const errors = formatErrors(results);
  if (errors !== "") throw new Error(`Failed:\n${errors}`);
  const drawn = plot?.(results);
  if (picture !== undefined && drawn !== undefined) writeFileSync(picture, drawn);
  if (isComplete) store(name, { machine, runs, timing, results }, sections, drawn);
}

interface Stored {
  machine: Machine;
  runs: number;
  timing: Timing;
  results: CaseResult[];
}

function store(name: string, data: Stored, sections: readonly string[], picture: string | undefined): void {
  const folder = path.join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}-${data.machine.date.slice(0, 10)}`);
  const shown =
    picture === undefined ? [] : [`![The measured times beside their bound](${path.basename(file)}.svg)`];
  if (picture !== undefined) writeFileSync(`${file}.svg`, picture);
  writeFileSync(`${file}.md`, `${[...sections, ...shown].join("\n\n")}\n`);
  writeFileSync(`${file}.json`, `${JSON.stringify(data, undefined, 2)}\n`);
  console.error(`stored in ${path.relative(process.cwd(), file)}.md and .json`);
}
