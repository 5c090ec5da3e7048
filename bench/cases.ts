// What the echo benchmark compares: the servers, the cases, and the goal of each. It measures nothing.

/** A server of the benchmark: its file in bench/servers, and the language in which the load generator speaks to it. */
export interface Subject {
  title: string;
  protocol: "raw" | "prefixed" | "lines" | "ws" | "ws-zero-mask" | "socketio" | "udp" | "tls";
  file: string;
  args?: string[];
}

export const subjects = {
  c: { title: "C, epoll", protocol: "raw", file: "epoll.c" },
  net: { title: "bare node:net", protocol: "raw", file: "bare-net.ts" },
  tls: { title: "bare node:tls", protocol: "tls", file: "bare-tls.ts" },
  dgram: { title: "bare node:dgram", protocol: "udp", file: "bare-dgram.ts" },
  ws: { title: "bare ws", protocol: "ws", file: "bare-ws.ts" },
  // Its client masks with zero, so that it need not unmask: the cheapest that ws can be. Browsers never do so.
  "ws-zero-mask": { title: "bare ws, zero mask", protocol: "ws-zero-mask", file: "bare-ws.ts" },
  socketio: { title: "socket.io", protocol: "socketio", file: "socketio.ts" },
  "json-alone": { title: "JSON and zod alone", protocol: "lines", file: "json-alone.ts" },
  "our-tcp": { title: "ours: raw TCP", protocol: "raw", file: "ours-raw.ts", args: ["tcp"] },
  "our-tls": { title: "ours: raw TLS", protocol: "tls", file: "ours-raw.ts", args: ["tls"] },
  "our-udp": { title: "ours: raw UDP", protocol: "udp", file: "ours-raw.ts", args: ["udp"] },
  "our-ws": { title: "ours: raw WebSocket", protocol: "ws", file: "ours-raw.ts", args: ["ws"] },
  "our-ws-zero-mask": {
    title: "ours: raw WebSocket, zero mask",
    protocol: "ws-zero-mask",
    file: "ours-raw.ts",
    args: ["ws"],
  },
  "our-typed": { title: "ours: typed binary", protocol: "prefixed", file: "ours-typed.ts" },
  "our-lines": { title: "ours: JSON lines", protocol: "lines", file: "ours-lines.ts" },
} satisfies Record<string, Subject>;

export type SubjectName = keyof typeof subjects;

export type Load =
  | { mode: "throughput"; connections: number; window: number; bytes: number }
  | { mode: "ping-pong"; bytes: number }
  | { mode: "idle"; connections: number };

/** What a run yields. `bytesPerConnection` is resident memory; the proportional set size stands beside it. */
export type Figure =
  | "messagesPerSecond"
  | "cpuMicrosPerMessage"
  | "messagesPerCpuSecond"
  | "p50Micros"
  | "p99Micros"
  | "bytesPerConnection"
  | "pssBytesPerConnection";

/** The ratio of one subject's figure to another's, and what it must be. Without a bound it is only reported. */
export interface Goal {
  subject: SubjectName;
  against: SubjectName;
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

const pipelined = (bytes: number): Load => ({ mode: "throughput", connections: 64, window: 64, bytes });
const pingPong: Load = { mode: "ping-pong", bytes: 64 };
const idle: Load = { mode: "idle", connections: 10_000 };
const small = 64;
const large = 16 * 1024;

const perCpuSecond = "messagesPerCpuSecond";
const cpu = "cpuMicrosPerMessage";
const latency = "p50Micros";
const memory = "bytesPerConnection";

export const echoCases: Case[] = [
  {
    name: "ping-pong-tcp",
    load: pingPong,
    subjects: ["c", "net", "our-tcp", "our-typed"],
    goals: [
      { subject: "our-tcp", against: "net", figure: latency, atMost: 1.1 },
      { subject: "our-typed", against: "net", figure: latency },
    ],
  },
  {
    name: "ping-pong-tls",
    load: pingPong,
    subjects: ["tls", "our-tls"],
    goals: [{ subject: "our-tls", against: "tls", figure: latency, atMost: 1.1 }],
  },
  {
    name: "ping-pong-udp",
    load: pingPong,
    subjects: ["dgram", "our-udp"],
    goals: [{ subject: "our-udp", against: "dgram", figure: latency, atMost: 1.1 }],
  },
  {
    name: "ping-pong-ws",
    load: pingPong,
    subjects: ["ws", "socketio", "our-ws"],
    goals: [
      { subject: "our-ws", against: "ws", figure: latency, atMost: 1.1 },
      { subject: "our-ws", against: "socketio", figure: latency },
    ],
  },
  ...[small, large].map((bytes): Case => ({
    name: bytes === small ? "raw-64" : "raw-16k",
    load: pipelined(bytes),
    subjects: ["c", "net", "our-tcp"],
    goals: [
      { subject: "our-tcp", against: "net", figure: perCpuSecond, atLeast: 0.95 },
      { subject: "our-tcp", against: "c", figure: perCpuSecond },
    ],
  })),
  {
    name: "typed-64",
    load: pipelined(small),
    subjects: ["net", "ws", "socketio", "our-typed"],
    goals: [
      { subject: "our-typed", against: "net", figure: perCpuSecond, atLeast: 0.4 },
      { subject: "our-typed", against: "ws", figure: perCpuSecond, atLeast: 18 },
      { subject: "our-typed", against: "socketio", figure: perCpuSecond },
    ],
  },
  {
    name: "typed-16k",
    load: pipelined(large),
    subjects: ["net", "ws", "ws-zero-mask", "socketio", "our-typed"],
    goals: [
      { subject: "our-typed", against: "ws", figure: cpu, atMost: 1 },
      { subject: "our-typed", against: "ws-zero-mask", figure: cpu, atMost: 1 },
      { subject: "our-typed", against: "net", figure: cpu },
    ],
  },
  {
    name: "lines",
    load: pipelined(100),
    subjects: ["json-alone", "our-lines"],
    goals: [{ subject: "our-lines", against: "json-alone", figure: cpu, atMost: 1.5 }],
  },
  {
    name: "ws-64",
    load: pipelined(small),
    subjects: ["ws", "socketio", "our-ws"],
    goals: [
      { subject: "our-ws", against: "ws", figure: perCpuSecond, atLeast: 8 },
      { subject: "our-ws", against: "socketio", figure: perCpuSecond },
    ],
  },
  {
    name: "ws-16k",
    load: pipelined(large),
    subjects: ["ws", "our-ws", "ws-zero-mask", "our-ws-zero-mask", "socketio"],
    goals: [
      { subject: "our-ws", against: "ws", figure: cpu, atMost: 0.8 },
      { subject: "our-ws-zero-mask", against: "ws-zero-mask", figure: cpu, atMost: 0.8 },
    ],
  },
  {
    name: "idle-tcp",
    load: idle,
    subjects: ["net", "our-tcp"],
    goals: [{ subject: "our-tcp", against: "net", figure: memory, atMost: 1.3 }],
  },
  {
    name: "idle-ws",
    load: idle,
    subjects: ["ws", "socketio", "our-ws"],
    goals: [{ subject: "our-ws", against: "ws", figure: memory }],
  },
];

/** The cases with these names; "typed" means all that begin with "typed-". */
export function selectCases(all: readonly Case[], names: readonly string[]): Case[] {
  const unknown = names.find((name) => !all.some((one) => matches(one, name)));
  if (unknown !== undefined) {
    throw new Error(`no case is called ${unknown}: the cases are ${all.map((one) => one.name).join(", ")}`);
  }
  return all.filter((one) => names.some((name) => matches(one, name)));
}

const matches = (one: Case, name: string): boolean => one.name === name || one.name.startsWith(`${name}-`);
