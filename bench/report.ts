// The results as Markdown that also reads well in a terminal. It measures and judges nothing.
import type { Case, Figure } from "./cases.ts";
import type { CaseResult, GoalResult, SubjectResult } from "./compare.ts";
import type { Machine } from "./machine.ts";
import { summarize, type Summary } from "./statistics.ts";

interface Column {
  title: string;
  figure: Figure;
  show: (value: number) => string;
}

const rounded = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3);

// One digit more than the goals have, so that 1.104 does not read as if it were 1.1.
const asRatio = (value: number): string => value.toFixed(value >= 10 ? 1 : 3);

const columns: Record<Case["load"]["mode"], Column[]> = {
  throughput: [
    { title: "thousand messages/s", figure: "messagesPerSecond", show: (value) => rounded(value / 1000) },
    { title: "server CPU µs/message", figure: "cpuMicrosPerMessage", show: rounded },
  ],
  "ping-pong": [
    { title: "p50 µs", figure: "p50Micros", show: rounded },
    { title: "p99 µs", figure: "p99Micros", show: rounded },
    { title: "server CPU µs/message", figure: "cpuMicrosPerMessage", show: rounded },
  ],
  idle: [
    { title: "RSS bytes/connection", figure: "bytesPerConnection", show: rounded },
    { title: "PSS bytes/connection", figure: "pssBytesPerConnection", show: rounded },
  ],
};

const figureNames: Record<Figure, string> = {
  messagesPerSecond: "messages/s",
  cpuMicrosPerMessage: "CPU per message",
  messagesPerCpuSecond: "messages per CPU second",
  p50Micros: "p50 latency",
  p99Micros: "p99 latency",
  bytesPerConnection: "RSS per connection",
  pssBytesPerConnection: "PSS per connection",
};

export function formatCase(result: CaseResult): string {
  const shown = columns[result.load.mode];
  const rows = result.subjects.map((subject) => [
    subject.title,
    ...shown.map((column) => cell(subject, column)),
  ]);
  return `### ${result.name}: ${describeLoad(result.load)}\n\n${table(["server", ...shown.map(({ title }) => title)], rows)}`;
}

function cell(subject: SubjectResult, { figure, show }: Column): string {
  if (subject.error !== undefined) return "failed";
  const values = subject.runs.flatMap((run) => run[figure] ?? []);
  return values.length === 0 ? "–" : withRange(summarize(values), show);
}

const withRange = ({ median, min, max }: Summary, show: (value: number) => string): string =>
  `${show(median)} (${show(min)}–${show(max)})`;

export function formatGoals(results: readonly CaseResult[]): string {
  const rows = results.flatMap((result) =>
    result.goals.map((goal) => [result.name, ...goalCells(result, goal)]),
  );
  return table(["case", "figure", "ratio of", "goal", "measured", "reached"], rows);
}

function goalCells(result: CaseResult, goal: GoalResult): string[] {
  const title = (name: string): string =>
    result.subjects.find((subject) => subject.name === name)?.title ?? name;
  const bounds = [
    ...(goal.atLeast === undefined ? [] : [`≥ ${goal.atLeast}`]),
    ...(goal.atMost === undefined ? [] : [`≤ ${goal.atMost}`]),
  ];
  return [
    figureNames[goal.figure],
    `${title(goal.subject)} / ${title(goal.against)}`,
    bounds.join(" and ") || "–",
    goal.ratio === undefined ? "not measured" : withRange(goal.ratio, asRatio),
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

export function describeLoad(load: Case["load"]): string {
  if (load.mode === "idle") return `${load.connections} idle connections, after a garbage collection`;
  if (load.mode === "ping-pong")
    return `one message of ${load.bytes} bytes at a time, client and server on one core`;
  return `${load.connections} connections × ${load.window} messages of ${load.bytes} bytes in flight`;
}

function table(head: readonly string[], rows: readonly string[][]): string {
  const widths = head.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => (row[index] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text, index) => text.padEnd(widths[index] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
