// One measurement: a fresh server process, one load, its figures. It knows nothing of cases, goals and medians.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Binaries } from "./build.ts";
import type { Figure, Load, Subject } from "./cases.ts";
import { start, type Program } from "./processes.ts";

export type Figures = Partial<Record<Figure, number>>;

// What the load generator prints, and the yardstick that needs none.
const Printed = z.object({
  messagesPerSecond: z.number(),
  cpuMicrosPerMessage: z.number(),
  p50Micros: z.number().optional(),
  p99Micros: z.number().optional(),
});

export interface Timing {
  warmUpSeconds: number;
  seconds: number;
}

export async function measure(
  binaries: Binaries,
  subject: Subject,
  load: Load,
  timing: Timing,
): Promise<Figures> {
  if (subject.file === "json-alone.ts") return measureAlone(subject, timing);
  const server = startServer(binaries, subject, load.mode === "idle");
  try {
    const port = Number(await server.nextLine());
    if (load.mode === "idle") return await measureIdle(binaries, subject, load.connections, server, port);
    const args = loadArguments(subject, load.mode, port, server.pid);
    args.push("--warmup", String(timing.warmUpSeconds), "--seconds", String(timing.seconds));
    args.push("--bytes", String(load.bytes));
    // Two processes that take turns: what the scheduler does with them must not decide the result.
    if (load.mode === "ping-pong") args.push("--one-core");
    else args.push("--connections", String(load.connections), "--window", String(load.window));
    return await readFigures(start(binaries.load, args), timing);
  } finally {
    await server.kill();
  }
}

function startServer(binaries: Binaries, subject: Subject, exposeGc: boolean): Program {
  if (subject.file.endsWith(".c")) return start(binaries.epoll, []);
  const file = path.join(import.meta.dirname, "servers", subject.file);
  return start(process.execPath, [...(exposeGc ? ["--expose-gc"] : []), file, ...(subject.args ?? [])]);
}

function loadArguments(subject: Subject, mode: string, port: number, pid: number): string[] {
  return [mode, "--protocol", subject.protocol, "--port", String(port), "--pid", String(pid)];
}

async function measureAlone(subject: Subject, { warmUpSeconds, seconds }: Timing): Promise<Figures> {
  const file = path.join(import.meta.dirname, "servers", subject.file);
  const program = start(process.execPath, [file, String(warmUpSeconds), String(seconds)]);
  return readFigures(program, { warmUpSeconds, seconds });
}

async function readFigures(program: Program, { warmUpSeconds, seconds }: Timing): Promise<Figures> {
  try {
    const line = await program.nextLine((warmUpSeconds + seconds) * 1000 + 30_000);
    await program.finish();
    const { p50Micros, p99Micros, ...figures } = Printed.parse(JSON.parse(line));
    return {
      ...figures,
      messagesPerCpuSecond: 1e6 / figures.cpuMicrosPerMessage,
      ...(p50Micros !== undefined && { p50Micros }),
      ...(p99Micros !== undefined && { p99Micros }),
    };
  } finally {
    await program.kill();
  }
}

/** What the server's memory grows by, after a garbage collection before and after. */
async function measureIdle(
  binaries: Binaries,
  subject: Subject,
  connections: number,
  server: Program,
  port: number,
): Promise<Figures> {
  const open = async (count: number): Promise<Program> => {
    const args = [...loadArguments(subject, "idle", port, server.pid), "--connections", String(count)];
    const program = start(binaries.load, args);
    await program.nextLine(60_000);
    return program;
  };
  const settle = async (): Promise<{ rss: number; pss: number }> => {
    await delay(200);
    server.write("gc");
    await server.nextLine();
    return readMemory(server.pid);
  };
  // The first connections load code and grow the heap, which is no memory of theirs.
  await (await open(Math.ceil(connections / 20))).finish();
  const before = await settle();
  const load = await open(connections);
  try {
    const after = await settle();
    await load.finish();
    return {
      bytesPerConnection: (after.rss - before.rss) / connections,
      pssBytesPerConnection: (after.pss - before.pss) / connections,
    };
  } finally {
    await load.kill();
  }
}

async function readMemory(pid: number): Promise<{ rss: number; pss: number }> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  const kibibytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]);
  return { rss: kibibytes("Rss") * 1024, pss: kibibytes("Pss") * 1024 };
}
