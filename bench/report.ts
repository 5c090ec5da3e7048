// The results as Markdown that also reads well in a terminal. It measures and judges nothing.
import type { Figures, Load } from "./cases.ts";
import { asMebibytes, asPercent, asRatio, columns, figureNames, type Column } from "./columns.ts";
import type { CaseResult, GoalResult, SubjectResult } from "./compare.ts";
import type { Machine } from "./machine.ts";
import { summarize, type Summary } from "./statistics.ts";
import { swarmBoundSeconds } from "./swarm/bound.ts";

/** One run's figures in one line. */
export function formatFigures(load: Load, figures: Figures): string {
  const shown = columns[load.mode].flatMap(({ title, figure, show }) => {
    const value = figures[figure];
    return value === undefined ? [] : [`${title} ${show(value)}`];
  });
  return shown.join(", ");
}

export function formatCase(result: CaseResult): string {
  const shown = columns[result.load.mode];
  const rows = result.subjects.map((subject) => [
    subject.title,
    ...shown.map((column) => cell(subject, column)),
  ]);
  const left = result.subjects.flatMap(({ title, leftOut }) =>
    leftOut === undefined ? [] : `Left out: ${title}: ${leftOut}`,
  );
  const what = isSwarm(result.load) ? "client" : isTransfer(result.load) ? "command" : "server";
  const heading = `### ${result.name}: ${describeLoad(result.load)}`;
  const over = result.subjects.some(({ runs }) => runs[0]?.utilizationOverTime)
    ? [formatOverTime(result)]
    : [];
  return [heading, table([what, ...shown.map(({ title }) => title)], rows), ...over, ...left].join("\n\n");
}

const TENTHS = Array.from({ length: 10 }, (_, tenth) => tenth);
const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** Of each client, what of all uplinks was used in each tenth of its time: the median of the runs. */
function formatOverTime({ subjects }: CaseResult): string {
  const rows = subjects.flatMap(({ title, runs }) => {
    const shares = TENTHS.map((tenth) => runs.flatMap((run) => run.utilizationOverTime?.[tenth] ?? []));
    if (shares.some((values) => values.length === 0)) return [];
    const medians = shares.map((values) => summarize(values).median);
    return [[title, medians.map(bar).join(""), ...medians.map(asPercent)]];
  });
  return table(["uplinks used, %", "", ...TENTHS.map((tenth) => `${tenth + 1}. tenth`)], rows);
}

const bar = (share: number): string =>
  BARS[Math.min(Math.floor(Math.max(share, 0) * BARS.length), BARS.length - 1)] ?? "";

const isSwarm = ({ mode }: Load): boolean => mode === "swarm" || mode === "mixed" || mode === "unlimited";
const isTransfer = ({ mode }: Load): boolean => mode === "one-file" || mode === "many-files";

function cell(subject: SubjectResult, { figure, show }: Column): string {
  if (subject.error !== undefined) return "failed";
  if (subject.leftOut !== undefined) return "left out";
  const values = subject.runs.flatMap((run) => run[figure] ?? []);
  return values.length === 0 ? "–" : withRange(summarize(values), show);
}

/** How often each was measured, and what a cell of the tables is then. @param each " of 2 s", where all last as long. */
export function describeRuns(runs: number, each = ""): string {
  return runs === 1 ? `1 run${each}` : `${runs} runs${each}; median (min–max)`;
}

/** Of a single run, or of runs that are all the same, there is no range. */
export const withRange = ({ median, min, max }: Summary, show: (value: number) => string): string =>
  min === max ? show(median) : `${show(median)} (${show(min)}–${show(max)})`;

export function formatGoals(results: readonly CaseResult[]): string {
  const rows = results.flatMap((result) =>
    result.goals.map((goal) => [result.name, ...goalCells(result, goal)]),
  );
  return table(["case", "figure", "of, or ratio of", "goal", "measured", "reached"], rows);
}

function goalCells(result: CaseResult, goal: GoalResult): string[] {
  const title = (name: string): string =>
    result.subjects.find((subject) => subject.name === name)?.title ?? name;
  const { name, show } = figureNames[goal.figure];
  const bound = (value: number): string => (goal.against === undefined ? show(value) : String(value));
  const bounds = [
    ...(goal.atLeast === undefined ? [] : [`≥ ${bound(goal.atLeast)}`]),
    ...(goal.atMost === undefined ? [] : [`≤ ${bound(goal.atMost)}`]),
  ];
  return [
    name,
    goal.against === undefined ? title(goal.subject) : `${title(goal.subject)} / ${title(goal.against)}`,
    bounds.join(" and ") || "–",
    goal.measured === undefined
      ? "not measured"
      : withRange(goal.measured, goal.against === undefined ? show : asRatio),
    goal.reached === undefined ? "–" : goal.reached ? "yes" : "**no**",
  ];
}

export function formatErrors(results: readonly CaseResult[]): string {
  const failures = results.flatMap(({ name, subjects }) =>
    subjects.flatMap(({ title, error }) =>
      error === undefined ? [] : [`- ${name}, ${title}: ${firstLine(error)}`],
    ),
  );
  return failures.join("\n");
}

// Node.js begins its report of an uncaught error with the place and ends with its version: the error stands between.
function firstLine(error: string): string {
  const lines = error.split("\n").map((line) => line.trim());
  return lines.find((line) => /^(\w+ )?\[?\w*Error\b/.test(line)) ?? lines[0] ?? error;
}

export function formatMachine(machine: Machine): string {
  const packages = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`);
  return [
    machine.date,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB`,
    machine.kernel,
    `Node.js ${machine.node}`,
    ...packages,
  ].join(" · ");
}

export function describeLoad(load: Load): string {
  switch (load.mode) {
    case "idle":
      return `${load.connections} idle connections, after a garbage collection`;
    case "ping-pong":
      return `one message of ${load.bytes} bytes at a time, client and server on one core`;
    case "throughput":
      return `${load.connections} connections × ${load.window} messages of ${load.bytes} bytes in flight`;
    case "fan-out":
      return `${load.window} at once of ${load.bytes} bytes, from one sender to ${load.receivers} receivers`;
    case "stored": {
      const rooms = load.rooms === 1 ? "in one room" : `in ${load.rooms} rooms`;
      return `${load.senders} senders ${rooms} × ${load.window} messages of ${load.bytes} bytes not yet acknowledged`;
    }
    case "members":
      return `${load.members} members of one room who say nothing, and a visitor who comes and goes`;
    case "swarm":
    case "mixed": {
      const bound = swarmBoundSeconds(load, load.leechers).toFixed(2);
      const rates = `u_s = ${asMebibytes(load.seedBytesPerSecond)} MiB/s, u_i = ${asMebibytes(load.uploadBytesPerSecond)} MiB/s`;
      return `F = ${asMebibytes(load.fileBytes)} MiB in pieces of ${load.pieceBytes / 1024} KiB, ${rates}, N = ${load.leechers}: D_p2p = ${bound} s`;
    }
    case "unlimited":
      return `one seed to one leecher, no limits, ${asMebibytes(load.fileBytes)} MiB in pieces of ${load.pieceBytes / 1024} KiB, from memory to memory`;
    case "one-file":
      return `one file of ${asMebibytes(load.bytes)} MiB, from memory to memory`;
    case "many-files":
      return `a folder with ${load.files} files of ${load.bytes} bytes, from memory to memory`;
  }
}

export function table(head: readonly string[], rows: readonly string[][]): string {
  const widths = head.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => (row[index] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text, index) => text.padEnd(widths[index] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
