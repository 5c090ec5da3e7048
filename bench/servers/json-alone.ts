// The yardstick of JSON messages: parsing, checking and writing them, with no network. Arguments: warm-up and window in seconds.
import { z } from "zod";
import { say } from "./say.ts";

const schema = z.object({ type: z.literal("say"), ...say });
const lines = Array.from({ length: 64 }, (_, index) => {
  const id = `m-${String(index).padStart(6, "0")}`;
  const head = JSON.stringify({ type: "say", room: "lobby", id, text: "" });
  const text = "The quick brown fox jumps over the lazy dog. ".repeat(3).slice(0, 100 - head.length);
  return JSON.stringify({ type: "say", room: "lobby", id, text });
});

function echo(line: string): string {
  const { success, data, error } = schema.safeParse(JSON.parse(line));
  if (!success) throw error;
  return JSON.stringify({ type: "said", room: data.room, id: data.id, text: data.text });
}

let written = 0; // read below, so that nothing is optimised away

function runFor(seconds: number): { messages: number; seconds: number; cpuMicros: number } {
  const began = performance.now();
  const cpuBegan = process.cpuUsage();
  let messages = 0;
  while (performance.now() - began < seconds * 1000) {
    for (const line of lines) written += echo(line).length;
    messages += lines.length;
  }
  const { user, system } = process.cpuUsage(cpuBegan);
  return { messages, seconds: (performance.now() - began) / 1000, cpuMicros: user + system };
}

runFor(Number(process.argv[2]));
const { messages, seconds, cpuMicros } = runFor(Number(process.argv[3]));
if (written === 0) throw new Error("nothing was written");
const figures = {
  messages,
  seconds,
  messagesPerSecond: messages / seconds,
  cpuMicrosPerMessage: cpuMicros / messages,
};
console.log(JSON.stringify(figures));
