// What the chat benchmark compares: the cases, and the goals of each. It measures nothing.
import type { Case } from "./cases.ts";

const cpu = "cpuMicrosPerDelivery";
const MEBIBYTE = 1024 * 1024;

export const chatCases: Case[] = [
  ...[1, 16].map((window): Case => ({
    name: `fan-out-${window}`,
    load: { mode: "fan-out", receivers: 1000, window, bytes: 100 },
    subjects: ["chat-relay", "redis", "chat-ws", "chat-socketio", "our-chat", "our-chat-ws"],
    goals: [
      { subject: "our-chat", against: "chat-relay", figure: cpu, atMost: window === 1 ? 1.3 : 1.5 },
      { subject: "our-chat", against: "chat-socketio", figure: cpu, atMost: window === 1 ? 0.58 : 0.08 },
      { subject: "our-chat-ws", against: "chat-socketio", figure: cpu, atMost: window === 1 ? 0.58 : 0.08 },
      { subject: "our-chat", against: "redis", figure: cpu, ...(window > 1 && { atMost: 1 }) },
      { subject: "our-chat-ws", against: "chat-ws", figure: cpu },
    ],
  })),
  ...[100, 1].map((rooms): Case => ({
    name: rooms === 1 ? "stored-one-room" : "stored-own-rooms",
    load: { mode: "stored", senders: 100, rooms, window: 16, bytes: 100 },
    subjects: ["our-chat", "our-chat-sqlite"],
    goals: [
      { subject: "our-chat-sqlite", figure: "messagesPerSecond", atLeast: 5000 },
      { subject: "our-chat-sqlite", against: "our-chat", figure: "messagesPerSecond" },
    ],
  })),
  {
    name: "members",
    load: { mode: "members", members: 10_000 },
    subjects: ["our-chat", "our-chat-ws"],
    goals: (["our-chat", "our-chat-ws"] as const).flatMap((subject) => [
      { subject, figure: "memoryBytes", atMost: 150 * MEBIBYTE },
      { subject, figure: "joinRatio", atMost: 1.1 },
    ]),
  },
];
