// What a figure is worth nothing without: the machine, its system, and the versions of what was measured.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import os from "node:os";
import { z } from "zod";

export interface Machine {
  date: string;
  cpu: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  node: string;
  packages: Record<string, string>;
}

/** By name, each with the flag that makes it tell its version, or with the whole command for that. */
export type Programs = Readonly<Record<string, string | readonly string[]>>;

/** @param programs of which one that is missing is left out here, and its case says so or fails. */
export function describeMachine(packages: readonly string[], programs: Programs = {}): Machine {
  const require = createRequire(import.meta.url);
  const manifest = z.object({ version: z.string() });
  const version = (name: string): string => manifest.parse(require(`${name}/package.json`)).version;
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC",
    cpu: os.cpus()[0]?.model ?? "unknown",
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    kernel: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    packages: Object.fromEntries([
      ...packages.map((name) => [name, version(name)]),
      ...Object.entries(programs).flatMap(([name, flag]) => {
        const [program = name, ...args] = typeof flag === "string" ? [name, flag] : flag;
        const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
        const said = /\d+(\.\d+)+(p\d+)?/.exec(`${stdout}${stderr}`);
        return said === null ? [] : [[name, said[0]]];
      }),
    ]),
  };
}
