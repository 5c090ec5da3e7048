// Jobs, each interrupted again and again with kill -9 on a random side at a random byte and run again until it is complete.
// After each kill it looks at what is there. Knows the promise, and nothing of the code.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "@socketlab/core";
import { Command, contentOf, type FileServer } from "./processes.ts";
import { Relay } from "./relay.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
/** What may be on its way in one conversation: 16 chunks of 512 KiB, and what lies in buffers of the path. */
const LOST_BY_A_KILL = 16 * 512 * KIB + 4 * MIB;
const KILLS_OF_A_JOB = 5;

export interface Counts {
  jobs: number;
  kills: Record<"client" | "server", number>;
  /** Bytes that were to be transferred, and that passed the relay. */
  wanted: number;
  passed: number;
  compared: number;
  violations: string[];
}

export interface Job {
  readonly name: string;
  readonly what: "put" | "get";
  readonly transport: "tcp" | "ws";
  readonly sizes: readonly number[];
}

export function someJob(random: Random, n: number): Job {
  const what = n % 2 === 0 ? "put" : "get";
  const transport = n % 4 < 2 ? "tcp" : "ws";
  const kind = random();
  const pick = (most: number): number => Math.floor(random() * most);
  let sizes = [8 * MIB + pick(32 * MIB)];
  if (kind < 0.25) sizes = Array.from({ length: 200 }, () => pick(8 * KIB));
  else if (kind < 0.6)
    sizes = [0, 1, 64 * KIB, 64 * KIB + 1, 512 * KIB, ...Array.from({ length: 8 }, () => pick(4 * MIB))];
  return { name: `job-${n}`, what, transport, sizes };
}

/** @param mayKill how many kills there may still be. */
export async function runJob(
  job: Job,
  server: FileServer,
  folders: { readonly here: string; readonly there: string },
  random: Random,
  counts: Counts,
  mayKill: number,
): Promise<void> {
  const isPut = job.what === "put";
  const [from, to] = isPut ? [folders.here, folders.there] : [folders.there, folders.here];
  const [source, target] = [join(from, job.name), join(to, job.name)];
  const files = makeSource(source, job, Math.floor(random() * 1e9));
  const total = job.sizes.reduce((sum, size) => sum + size, 0);
  const relay = await Relay.to(server[job.transport]);
  const direction = isPut ? "up" : "down";
  const args = isPut
    ? ["put", source, relay.url, "--json"]
    : ["get", `${relay.url}/${job.name}`, folders.here, "--json"];
  let kills = 0;
  /** What earlier runs have acknowledged. */
  const finished = new Set<string>();
  try {
    for (;;) {
      const doKill = kills < Math.min(KILLS_OF_A_JOB, mayKill);
      const command = new Command(...args);
      const struck = Promise.withResolvers<void>();
      // Sometimes as it begins, sometimes as it ends, mostly between.
      if (doKill)
        relay.after(direction, Math.floor(random() * 1.1 * total * (1 - kills / 12)), struck.resolve);
      const first = await Promise.race([
        command.ended.then(() => "ended"),
        struck.promise.then(() => "struck"),
      ]);
      if (first === "struck") {
        await delay(random() < 0.3 ? random() * 30 : 0);
        const victim = random() < 0.5 ? "client" : "server";
        await (victim === "client" ? command : server).kill();
        counts.kills[victim]++;
        kills++;
        look(job, target, files, counts);
        if (victim === "server") await server.start();
      }
      const { code, stdout, stderr } = await command.ended;
      // What was acknowledged is there, whoever was killed afterwards.
      for (const path of acknowledged(stdout)) {
        const name = path.split("/").at(-1)!;
        if (!existsSync(join(target, name)))
          counts.violations.push(`${job.name}: ${name} was acknowledged, and is not there`);
        if (finished.has(name))
          counts.violations.push(`${job.name}: ${name} was finished, and was transferred again`);
        finished.add(name);
      }
      if (first === "struck" && code !== 0) continue;
      if (code === 0) break;
      throw new Error(
        `${args.join(" ")} ended with ${code}, and nobody was killed: ${stderr} ${stdout.slice(-500)}`,
      );
    }
    look(job, target, files, counts);
    const missing = [...files.keys()].filter((name) => !existsSync(join(target, name)));
    if (missing.length > 0) counts.violations.push(`${job.name}: done, and missing: ${missing.join(" ")}`);
    counts.jobs++;
    counts.wanted += total;
    counts.passed += relay.passed[direction];
    // Each run names each file, and asks for the hashes of those that are there.
    const talk = (kills + 1) * (200 * KIB + job.sizes.length * 512);
    const bound = total * 1.01 + talk + kills * LOST_BY_A_KILL;
    if (relay.passed[direction] > bound)
      counts.violations.push(
        `${job.name}: ${relay.passed[direction]} bytes were sent for ${total}, ${kills} kills`,
      );
  } finally {
    await relay.close();
    for (const path of [source, target]) rmSync(path, { recursive: true, force: true });
  }
}

function makeSource(folder: string, job: Job, seed: number): Map<string, Buffer> {
  mkdirSync(folder, { recursive: true });
  const files = new Map<string, Buffer>();
  for (const [n, size] of job.sizes.entries()) {
    const content = contentOf(seed + n, size);
    files.set(`file-${n}`, content);
    const path = join(folder, `file-${n}`);
    writeFileSync(path, content);
    utimesSync(path, 1_700_000_000 + n, 1_700_000_000 + n);
  }
  return files;
}

/** Whatever has its name is whole, byte by byte. */
function look(job: Job, target: string, files: ReadonlyMap<string, Buffer>, counts: Counts): void {
  if (!existsSync(target)) return;
  for (const name of readdirSync(target)) {
    // Where the client keeps what has arrived.
    if (name.startsWith(".") && name.endsWith(".part") && job.what === "get") continue;
    const right = files.get(name);
    const path = join(target, name);
    if (right === undefined) counts.violations.push(`${job.name}: ${name} was never sent`);
    else if (statSync(path).size !== right.length || !readFileSync(path).equals(right))
      counts.violations.push(`${job.name}: ${name} has its name, and is not what was sent`);
    else counts.compared += right.length;
  }
}

function acknowledged(output: string): string[] {
  return output
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line) as { event?: string; path?: string })
    .flatMap(({ event, path }) =>
      (event === "sent" || event === "fetched") && path !== undefined ? [path] : [],
    );
}
