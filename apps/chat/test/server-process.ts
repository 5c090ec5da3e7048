// Starts the chat command as a process of its own, as a user would. Knows nothing of what is said.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** What a failed test has left running must not outlive the tests. */
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
});

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command, from its start until it ends or is told to. */
export class ChatProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], cwd?: string) {
    this.child = spawn(process.execPath, [main, ...args], {
      cwd,
      env: { ...process.env, NO_COLOR: undefined },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(this.child);
    this.child.stdout!.on("data", (chunk: Buffer) => void (this.stdout += chunk.toString()));
    this.child.stderr!.on("data", (chunk: Buffer) => void (this.stderr += chunk.toString()));
    this.ended = once(this.child, "close").then(([code]) => {
      running.delete(this.child);
      return { code: code as number | null, stdout: this.stdout, stderr: this.stderr };
    });
  }

  /** Until standard output matches. @throws Error when it ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stdout);
      if (match !== null) return match;
      if (this.child.exitCode !== null) throw new Error(`it ended: ${this.stdout}${this.stderr}`);
      const waiting = new AbortController();
      const more = once(this.child.stdout!, "data", { signal: waiting.signal }).catch(() => {});
      await Promise.race([more, this.ended]);
      waiting.abort();
    }
  }

  stop(signal: NodeJS.Signals = "SIGINT"): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}

export function run(...args: string[]): Promise<Ended> {
  return new ChatProcess(args).ended;
}

/** A server at these doors, and where they really are; without `--store` among the flags it keeps nothing. */
export async function startServer(
  doors: readonly string[],
  ...flags: string[]
): Promise<{ server: ChatProcess; urls: string[] }> {
  const listen = doors.flatMap((door) => ["--listen", door]);
  const server = new ChatProcess([
    "server",
    ...listen,
    "--json",
    "--log-level",
    "warn",
    "--store",
    "memory",
    ...flags,
  ]);
  const [line] = await server.says(/^\{"event":"listening".*\}$/m);
  return { server, urls: (JSON.parse(line) as { endpoints: string[] }).endpoints };
}
