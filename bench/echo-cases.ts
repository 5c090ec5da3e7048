// What the echo benchmark compares: the cases, and the goals of each. It measures nothing.
import type { Case, Load } from "./cases.ts";

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
