// One measurement: a fresh server process, one load, its figures. It knows nothing of cases, goals and medians.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Binaries } from "./build.ts";
import { figures, type Figures, type ServerLoad } from "./cases.ts";
import { start, type Program } from "./processes.ts";
import { startServer, type Server } from "./servers.ts";
import type { Subject } from "./subjects.ts";

// What the load generator prints, and the yardstick that needs none: figures, and what they were made of.
const Printed = z.record(z.string(), z.number());

export interface Timing {
  warmUpSeconds: number;
  seconds: number;
}

export async function measure(
  binaries: Binaries,
  subject: Subject,
  load: ServerLoad,
  timing: Timing,
): Promise<Figures> {
  if (subject.file === "json-alone.ts") return measureAlone(subject, timing);
  const server = await startServer(binaries, subject, load.mode === "idle" ? ["--expose-gc"] : []);
  try {
    if (load.mode === "idle") return await measureIdle(binaries, subject, load.connections, server);
    if (load.mode === "members") return await measureMembers(binaries, subject, load.members, server);
    const args = loadArguments(subject, load.mode, server);
    args.push("--warmup", String(timing.warmUpSeconds), "--seconds", String(timing.seconds));
    args.push("--bytes", String(load.bytes), ...modeArguments(load));
    const printed = await readFigures(start(binaries.load, args), timing);
    if (load.mode !== "fan-out") return printed;
    return { ...printed, peakMemoryBytes: await readKibibytes(server.program.pid, "status", "VmHWM") };
  } finally {
    await server.stop();
  }
}

function loadArguments(subject: Subject, mode: string, { program, port }: Server): string[] {
  return [mode, "--protocol", subject.protocol, "--port", String(port), "--pid", String(program.pid)];
}

type TimedLoad = Exclude<ServerLoad, { mode: "idle" | "members" }>;

function modeArguments(load: TimedLoad): string[] {
  switch (load.mode) {
    // Two processes that take turns: what the scheduler does with them must not decide the result.
    case "ping-pong":
      return ["--one-core"];
    case "throughput":
      return ["--connections", String(load.connections), "--window", String(load.window)];
    case "fan-out":
      return ["--connections", String(load.receivers), "--window", String(load.window)];
    case "stored": {
      const { senders, rooms, window } = load;
      return ["--connections", String(senders), "--rooms", String(rooms), "--window", String(window)];
    }
  }
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
    const printed = parseFigures(line);
    const { cpuMicrosPerMessage } = printed;
    return {
      ...printed,
      ...(cpuMicrosPerMessage !== undefined && { messagesPerCpuSecond: 1e6 / cpuMicrosPerMessage }),
    };
  } finally {
    await program.kill();
  }
}

function parseFigures(line: string): Figures {
  const printed = Printed.parse(JSON.parse(line));
  const known: Figures = {};
  for (const figure of figures) {
    const value = printed[figure];
    if (value !== undefined) known[figure] = value;
  }
  return known;
}

/** What the server's memory grows by, after a garbage collection before and after. */
async function measureIdle(
  binaries: Binaries,
  subject: Subject,
  connections: number,
  server: Server,
): Promise<Figures> {
  const open = async (count: number): Promise<Program> => {
    const args = [...loadArguments(subject, "idle", server), "--connections", String(count)];
    const program = start(binaries.load, args);
    await program.nextLine(60_000);
    return program;
  };
  const settle = async (): Promise<{ rss: number; pss: number }> => {
    await delay(200);
    server.program.write("gc");
    await server.program.nextLine();
    const read = (name: string): Promise<number> => readKibibytes(server.program.pid, "smaps_rollup", name);
    return { rss: await read("Rss"), pss: await read("Pss") };
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

// How long the members say nothing before the memory is read. No garbage collection is asked for: nobody would.
const SETTLE_MS = 3000;

/** All of the server's memory, as it is while the members say nothing; and what joining cost. */
async function measureMembers(
  binaries: Binaries,
  subject: Subject,
  members: number,
  server: Server,
): Promise<Figures> {
  const args = [...loadArguments(subject, "members", server), "--connections", String(members)];
  const load = start(binaries.load, args);
  try {
    const printed = parseFigures(await load.nextLine(120_000));
    await delay(SETTLE_MS);
    const memoryBytes = await readKibibytes(server.program.pid, "status", "VmRSS");
    await load.finish();
    const { joinMicrosFew = Number.NaN, joinMicrosMany = Number.NaN } = printed;
    return { ...printed, memoryBytes, joinRatio: joinMicrosMany / joinMicrosFew };
  } finally {
    await load.kill();
  }
}

/** A figure of a process, in bytes, from a file in /proc that has it in KiB. */
async function readKibibytes(pid: number, file: "status" | "smaps_rollup", name: string): Promise<number> {
  const text = await readFile(`/proc/${pid}/${file}`, "utf8");
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]) * 1024;
}
