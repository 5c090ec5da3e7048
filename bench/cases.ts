// What a case of a benchmark is: a load, the servers that take it, and the goals. It measures nothing.
import type { SubjectName } from "./subjects.ts";
import type { Swarm } from "./swarm/bound.ts";

/** Of whole commands: a file is moved, or a folder of equal files. */
export type TransferLoad =
  { mode: "one-file"; bytes: number } | { mode: "many-files"; files: number; bytes: number };

/** One seed and so many leechers; "mixed" of two clients, "unlimited" with no limit to any rate. */
export type SwarmLoad = Swarm & { leechers: number } & (
    { mode: "swarm" } | { mode: "mixed" } | { mode: "unlimited" }
  );

export type Load = TransferLoad | SwarmLoad | ServerLoad;

/** What the load generator makes for one server. */
export type ServerLoad =
  | { mode: "throughput"; connections: number; window: number; bytes: number }
  | { mode: "ping-pong"; bytes: number }
  | { mode: "idle"; connections: number }
  /** One sender says `window` messages at once, waits until all `receivers` have all of them, and says the next ones. */
  | { mode: "fan-out"; receivers: number; window: number; bytes: number }
  /** Each sender has `window` messages in flight that are not acknowledged as stored. */
  | { mode: "stored"; senders: number; rooms: number; window: number; bytes: number }
  /** All are in one room and say nothing. */
  | { mode: "members"; members: number };

export const figures = [
  "messagesPerSecond",
  "cpuMicrosPerMessage",
  "messagesPerCpuSecond",
  "deliveriesPerSecond",
  "cpuMicrosPerDelivery",
  "p50Micros",
  "p99Micros",
  "bytesPerConnection",
  "pssBytesPerConnection",
  "memoryBytes",
  "peakMemoryBytes",
  "joinMicrosFew",
  "joinMicrosMany",
  "joinRatio",
  "joinMeanMicrosFew",
  "joinMeanMicrosMany",
  "seconds",
  "bytesPerSecond",
  "filesPerSecond",
  "cpuSeconds",
  "clientCpuSeconds",
  "serverCpuSeconds",
  "bytesPerCpuSecond",
  "filesPerCpuSecond",
  "clientPeakBytes",
  "serverPeakBytes",
  "boundRatio",
  "firstSeconds",
  "alikeSeconds",
  "utilization",
  "fullestUplink",
  "seedCopies",
  "firstByteSeconds",
  "bytesPerSecondAfterFirst",
  "cpuSecondsPerGibibyte",
  "seedCpuSeconds",
  "leecherCpuSeconds",
  "seedPeakBytes",
  "leecherPeakBytes",
] as const;

/** What a run yields. Memory is resident; the proportional set size of a connection stands beside it. */
export type Figure = (typeof figures)[number];
export type Figures = Partial<Record<Figure, number>> & {
  /** How much of what could be sent was sent, in each tenth of the time. */
  utilizationOverTime?: readonly number[];
};

/** A subject's figure, or its ratio to another's, and what it must be. Without a bound it is only reported. */
export interface Goal {
  subject: SubjectName;
  against?: SubjectName;
  figure: Figure;
  atLeast?: number;
  atMost?: number;
}

export interface Case {
  name: string;
  load: Load;
  /** In the order in which they run. */
  subjects: SubjectName[];
  goals: Goal[];
}

/** The cases with these names; "typed" means all that begin with "typed-". */
export function selectCases(all: readonly Case[], names: readonly string[]): Case[] {
  const unknown = names.find((name) => !all.some((one) => matches(one, name)));
  if (unknown !== undefined) {
    throw new Error(`no case is called ${unknown}: the cases are ${all.map((one) => one.name).join(", ")}`);
  }
  return all.filter((one) => names.some((name) => matches(one, name)));
}

const matches = (one: Case, name: string): boolean => one.name === name || one.name.startsWith(`${name}-`);
