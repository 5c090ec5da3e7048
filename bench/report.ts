// The results as Markdown that also reads well in a terminal. It measures and judges nothing.
import type { Figure, Figures, Load } from "./cases.ts";
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

const asThousands = (value: number): string => rounded(value / 1000);
const asMebibytes = (value: number): string => rounded(value / (1024 * 1024));
const asMegabytes = (value: number): string => rounded(value / 1e6);

const costs: Column[] = [
  { title: "CPU s, both", figure: "cpuSeconds", show: rounded },
  { title: "client", figure: "clientCpuSeconds", show: rounded },
  { title: "server", figure: "serverCpuSeconds", show: rounded },
];
const peaks: Column[] = [
  { title: "peak MiB, client", figure: "clientPeakBytes", show: asMebibytes },
  { title: "server", figure: "serverPeakBytes", show: asMebibytes },
];

const columns: Record<Load["mode"], Column[]> = {
  throughput: [
    { title: "thousand messages/s", figure: "messagesPerSecond", show: asThousands },
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
  "fan-out": [
    { title: "server CPU µs/delivery", figure: "cpuMicrosPerDelivery", show: rounded },
    { title: "thousand deliveries/s", figure: "deliveriesPerSecond", show: asThousands },
    { title: "p50 µs", figure: "p50Micros", show: rounded },
    { title: "p99 µs", figure: "p99Micros", show: rounded },
    { title: "peak memory MiB", figure: "peakMemoryBytes", show: asMebibytes },
  ],
  stored: [
    { title: "thousand messages/s", figure: "messagesPerSecond", show: asThousands },
    { title: "server CPU µs/message", figure: "cpuMicrosPerMessage", show: rounded },
    { title: "p50 µs", figure: "p50Micros", show: rounded },
    { title: "p99 µs", figure: "p99Micros", show: rounded },
  ],
  members: [
    { title: "memory MiB", figure: "memoryBytes", show: asMebibytes },
    { title: "median CPU µs/visit, 10 members", figure: "joinMicrosFew", show: rounded },
    { title: "all members", figure: "joinMicrosMany", show: rounded },
    { title: "mean CPU µs/visit, 10 members", figure: "joinMeanMicrosFew", show: rounded },
    { title: "all members, presence included", figure: "joinMeanMicrosMany", show: rounded },
  ],
  "one-file": [
    { title: "MB/s", figure: "bytesPerSecond", show: asMegabytes },
    ...costs,
    { title: "MB per CPU s", figure: "bytesPerCpuSecond", show: asMegabytes },
    ...peaks,
  ],
  "many-files": [
    { title: "files/s", figure: "filesPerSecond", show: rounded },
    { title: "seconds", figure: "seconds", show: rounded },
    ...costs,
    ...peaks,
  ],
};

/** How goals name a figure, and how they show one that is not a ratio. */
const figureNames: Record<Figure, { name: string; show: (value: number) => string }> = {
  messagesPerSecond: { name: "messages/s", show: rounded },
  cpuMicrosPerMessage: { name: "CPU µs per message", show: rounded },
  messagesPerCpuSecond: { name: "messages per CPU second", show: rounded },
  deliveriesPerSecond: { name: "deliveries/s", show: rounded },
  cpuMicrosPerDelivery: { name: "CPU µs per delivery", show: rounded },
  p50Micros: { name: "p50 latency, µs", show: rounded },
  p99Micros: { name: "p99 latency, µs", show: rounded },
  bytesPerConnection: { name: "RSS per connection, bytes", show: rounded },
  pssBytesPerConnection: { name: "PSS per connection, bytes", show: rounded },
  memoryBytes: { name: "memory, MiB", show: asMebibytes },
  peakMemoryBytes: { name: "peak memory, MiB", show: asMebibytes },
  joinMicrosFew: { name: "median CPU µs per visit, 10 members", show: rounded },
  joinMicrosMany: { name: "median CPU µs per visit, all members", show: rounded },
  joinRatio: { name: "median CPU per visit, all members / 10", show: asRatio },
  joinMeanMicrosFew: { name: "mean CPU µs per visit, 10 members", show: rounded },
  joinMeanMicrosMany: { name: "mean CPU µs per visit, all members", show: rounded },
  seconds: { name: "seconds", show: rounded },
  bytesPerSecond: { name: "MB/s", show: asMegabytes },
  filesPerSecond: { name: "files/s", show: rounded },
  cpuSeconds: { name: "CPU s, both sides", show: rounded },
  clientCpuSeconds: { name: "CPU s, client", show: rounded },
  serverCpuSeconds: { name: "CPU s, server", show: rounded },
  bytesPerCpuSecond: { name: "MB per CPU s", show: asMegabytes },
  filesPerCpuSecond: { name: "files per CPU s", show: rounded },
  clientPeakBytes: { name: "peak memory, client, MiB", show: asMebibytes },
  serverPeakBytes: { name: "peak memory, server, MiB", show: asMebibytes },
};

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
  const what = isTransfer(result.load) ? "command" : "server";
  const heading = `### ${result.name}: ${describeLoad(result.load)}`;
  return [heading, table([what, ...shown.map(({ title }) => title)], rows), ...left].join("\n\n");
}

const isTransfer = ({ mode }: Load): boolean => mode === "one-file" || mode === "many-files";

function cell(subject: SubjectResult, { figure, show }: Column): string {
  if (subject.error !== undefined) return "failed";
  if (subject.leftOut !== undefined) return "left out";
  const values = subject.runs.flatMap((run) => run[figure] ?? []);
  return values.length === 0 ? "–" : withRange(summarize(values), show);
}

export const withRange = ({ median, min, max }: Summary, show: (value: number) => string): string =>
  `${show(median)} (${show(min)}–${show(max)})`;

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
