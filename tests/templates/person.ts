// Somebody with Node.js 24, npm and git, and none of this repository's programs: runs commands in a folder of their own.
// Knows nothing of what the commands do.
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));
/** Outside of the repository, with a space in its path. */
export const temp: string = realpathSync(mkdtempSync(join(tmpdir(), "socketlab new ")));

/** A folder with Node.js 24, and with programs that she has not got, whatever this machine has: tests must do without. */
export const bin: string = join(temp, "bin");
mkdirSync(bin);
symlinkSync(process.execPath, join(bin, "node"));
for (const missing of ["nats-server", "tmux"])
  writeFileSync(join(bin, missing), "#!/bin/sh\nexit 127\n", { mode: 0o755 });
writeFileSync(join(temp, "gitconfig"), "[user]\n  name = Ada\n  email = ada@example.org\n");

const path = (process.env["PATH"] ?? "").split(delimiter).filter((part) => !part.startsWith(root));
// What the test runner and npm tell those whom they start.
const notHers = /^(p?npm_|INIT_CWD$|VITEST|NODE_ENV$|TEST$)/i;
const env: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !notHers.test(name))),
  PATH: [bin, ...path].join(delimiter),
  GIT_CONFIG_GLOBAL: join(temp, "gitconfig"),
  GIT_CONFIG_NOSYSTEM: "1",
  NO_COLOR: "1",
};

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function call(
  command: string,
  args: readonly string[],
  cwd: string,
  more: NodeJS.ProcessEnv = {},
): Ended {
  const program = command === "node" ? process.execPath : command;
  const options = { cwd, env: { ...env, ...more }, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 } as const;
  const { status, stdout, stderr } = spawnSync(program, args, options);
  return { code: status, stdout, stderr };
}

export function git(folder: string, ...args: string[]): string {
  return call("git", args, folder).stdout.trim();
}

const servers: ChildProcess[] = [];

/** Starts an app's servers at free ports (`--listen` in `args` says otherwise), and reads where they are. */
export async function start(
  command: string,
  cwd: string,
  ...args: string[]
): Promise<{ child: ChildProcess; tcp: URL; ws: URL }> {
  const doors = ["--listen", "tcp://127.0.0.1:0", "--listen", "ws://127.0.0.1:0"];
  const flags = [...(args.includes("--listen") ? [] : doors), "--json"];
  // In a process group of its own, as from a terminal: what Ctrl-C reaches.
  const child = spawn(command, [...args, ...flags], {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  servers.push(child);
  const said = text(child.stderr);
  let out = "";
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    out += String(chunk);
    const line = /^\{.*"listening".*\}$/m.exec(out)?.[0];
    if (line === undefined) continue;
    child.stdout.resume();
    const { endpoints }: { endpoints: string[] } = JSON.parse(line);
    const door = (scheme: string): URL =>
      new URL(endpoints.find((endpoint) => endpoint.startsWith(`${scheme}:`)) ?? `${scheme}://none`);
    return { child, tcp: door("tcp"), ws: door("ws") };
  }
  throw new Error(`the servers did not start:\n${out}${await said}`);
}

/** Whether nothing is left of what `start` started. */
export function groupIsGone({ pid = 0 }: ChildProcess): boolean {
  try {
    process.kill(-pid, 0);
    return false;
  } catch {
    return true;
  }
}

/** Waits for at most 10 s until something is so. */
export async function until(isSo: () => boolean): Promise<boolean> {
  for (let waited = 0; waited < 10_000 && !isSo(); waited += 50) await delay(50);
  return isSo();
}

export function cleanUp(): void {
  for (const child of servers) if (!groupIsGone(child)) process.kill(-(child.pid ?? 0), "SIGKILL");
  rmSync(temp, { recursive: true, force: true, maxRetries: 3 });
}
