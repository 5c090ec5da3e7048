// Starts a command so that what it has cost is known at its end, all that it started included. It knows no subject and no load.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { Readable } from "node:stream";
import { z } from "zod";
import { LeftOut } from "./left-out.ts";

/** A program with its arguments. */
export interface Command {
  program: string;
  args: readonly string[];
  cwd?: string;
}

/** Start and end are by one clock for all; of all its processes, the peak memory of the largest one. */
export interface Cost {
  startSeconds: number;
  endSeconds: number;
  cpuSeconds: number;
  peakMemoryBytes: number;
}

export interface Running {
  /** Of the accountant; the command is its child. */
  readonly pid: number;
  /** The next line of its output. @throws what it complained about when there is none. */
  nextLine(): Promise<string>;
  /** Settles at its end. @throws what it complained about, when its exit code is not 0. */
  readonly ended: Promise<Cost>;
  /** Ends it with all that it has started. */
  stop(): Promise<Cost>;
}

const Report = z.object({
  startSeconds: z.number(),
  endSeconds: z.number(),
  cpuSeconds: z.number(),
  peakMemoryBytes: z.number(),
  exitCode: z.int(),
});

// The exit code of our commands for wrong usage: a flag that this version does not know.
const WRONG_USAGE = 2;

const running = new Set<Running>();

/** @param accountant the program that account.c became. */
export function run(accountant: string, { program, args, cwd }: Command): Running {
  // In a process group of its own, so that Ctrl-C is the benchmark's alone, which then ends all in their order.
  const child = spawn(accountant, [program, ...args], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    detached: true,
    ...(cwd !== undefined && { cwd }),
  });
  let complaints = "";
  child.stderr
    ?.setEncoding("utf8")
    .on("data", (more: string) => (complaints = (complaints + more).slice(-4000)));
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  const failed = (what: string): Error =>
    new Error(`${basename(program)}: ${complaints.trim() || what}\n  ${program} ${args.join(" ")}`);
  const reported = text(child.stdio[3] as Readable);
  const settled = Promise.all([once(child, "close"), reported]).then(([, report]) => {
    running.delete(result);
    const { exitCode, ...cost } = Report.parse(JSON.parse(report));
    return { exitCode, cost };
  });
  const ended = settled.then(({ exitCode, cost }) => {
    if (exitCode === WRONG_USAGE && program === process.execPath)
      throw new LeftOut(`not in this version: ${complaints.trim().split("\n")[0]}`);
    if (exitCode !== 0) throw failed(`ended with exit code ${exitCode}`);
    return cost;
  });
  ended.catch(() => {}); // who stops it does not wait for it
  const result: Running = {
    pid: child.pid ?? 0,
    async nextLine() {
      const line = await lines.next();
      if (line.done === true) {
        await ended;
        throw failed("said nothing");
      }
      return line.value;
    },
    ended,
    async stop() {
      child.kill("SIGTERM");
      return (await settled).cost;
    },
  };
  running.add(result);
  return result;
}

/** Ends whatever is still running. */
export async function stopAll(): Promise<void> {
  await Promise.allSettled(Array.from(running, (one) => one.stop()));
}

// What the kernel calls USER_HZ, which is the same on every Linux.
const TICKS_PER_SECOND = 100;

/** The CPU time so far of a process and of all that it has started, those that have ended included. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const [stat, children] = await Promise.all([
    readFile(`/proc/${pid}/stat`, "utf8"),
    readFile(`/proc/${pid}/task/${pid}/children`, "utf8"),
  ]).catch(() => ["", ""] as const); // it has ended meanwhile, and its parent has its time
  // After the name, which may have spaces in it, comes field 3; 14 to 17 are its own times and those of its ended children.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
  const theirs = await Promise.all(
    children
      .split(" ")
      .filter(Boolean)
      .map((child) => cpuSecondsOf(Number(child))),
  );
  return theirs.reduce((sum, seconds) => sum + seconds, own);
}
