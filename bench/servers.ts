// Starts one server of the benchmark, in a folder of its own, and learns its port. It knows nothing of loads.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Binaries } from "./build.ts";
import { freePort } from "./commands/port.ts";
import { start, type Program } from "./processes.ts";
import type { Subject } from "./subjects.ts";

export interface Server {
  program: Program;
  port: number;
  /** Kills it and removes its folder. */
  stop(): Promise<void>;
}

// What it stores is on the disk of this repository: what /tmp is on some machines needs no fsync.
const parent = path.join(import.meta.dirname, "build");

export async function startServer(
  binaries: Binaries,
  subject: Subject,
  nodeOptions: readonly string[] = [],
): Promise<Server> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(path.join(parent, "run-"));
  const started = await launch(binaries, subject, nodeOptions, folder);
  const stop = async (): Promise<void> => {
    await started.program.kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { program: started.program, port: await started.port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function launch(
  binaries: Binaries,
  { file, args = [], nodeArgs = [] }: Subject,
  nodeOptions: readonly string[],
  folder: string,
): Promise<{ program: Program; port: Promise<number> }> {
  if (!file.includes(".")) {
    const port = await freePort();
    const program = start(file, [...args, "--port", String(port)], folder);
    return { program, port: accepts(program, port) };
  }
  const binary = binaries.servers.get(file);
  const source = path.join(import.meta.dirname, "servers", file);
  const program =
    binary === undefined
      ? start(process.execPath, [...nodeArgs, ...nodeOptions, source, ...args], folder)
      : start(binary, args, folder);
  return { program, port: program.nextLine().then(portOf) };
}

const Listening = z.object({ event: z.literal("listening"), endpoints: z.tuple([z.string()]) });

/** Our servers print the port alone; our apps, as JSON, what they listen at. */
function portOf(line: string): number {
  if (!line.startsWith("{")) return Number(line);
  return Number(new URL(Listening.parse(JSON.parse(line)).endpoints[0]).port);
}

/** Redis says so on one of the lines of its log. */
async function accepts(program: Program, port: number): Promise<number> {
  while (!(await program.nextLine()).includes("Ready to accept connections"));
  return port;
}
