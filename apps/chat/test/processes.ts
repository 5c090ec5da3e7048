// Starts the chat command as a process of its own, as a user would. Knows nothing of what it says.
import {
  spawn,
  type ChildProcessWithoutNullStreams,
  type SpawnOptionsWithoutStdio,
} from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

/** What a failed test has left running must not outlive the tests. */
const running = new Set<ChildProcessWithoutNullStreams>();
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
});

export const main: string = fileURLToPath(new URL("../src/main.ts", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Any program, from its start to its end. */
export function runProgram(
  program: string,
  args: readonly string[],
  { input = "", ...options }: RunOptions = {},
): Promise<Ended> {
  return new Program(spawn(program, args, settings(options)), input).ended;
}

export function chat(args: readonly string[], options?: RunOptions): Promise<Ended> {
  return runProgram(process.execPath, [main, ...args], options);
}

/** A program that goes on until it is told to stop. */
export class Program {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";

  constructor(child: ChildProcessWithoutNullStreams, input?: string | Uint8Array) {
    this.child = child;
    running.add(child);
    child.once("close", () => running.delete(child));
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      this.stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => void (this.stderr += chunk.toString()));
    // It may have ended before it has read everything.
    child.stdin.on("error", () => {});
    if (input !== undefined) child.stdin.end(input);
    this.ended = once(child, "close").then(([code]) => ({
      code: code as number | null,
      stdout: Buffer.concat(chunks),
      stderr: this.stderr,
    }));
  }

  static start(program: string, args: readonly string[], options: RunOptions = {}): Program {
    return new Program(spawn(program, args, settings(options)));
  }

  /** Until standard output or error matches. @throws Error when the program ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (let over = false; ;) {
      const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (match !== null) return match;
      if (over) throw new Error(`it ended without saying ${pattern}: ${this.stdout}${this.stderr}`);
      const waiting = new AbortController();
      const more = [this.child.stdout, this.child.stderr].map((stream) =>
        once(stream, "data", { signal: waiting.signal }),
      );
      const outcome = await Promise.race([...more, this.ended]);
      over = !Array.isArray(outcome);
      for (const each of more) each.catch(() => {});
      waiting.abort();
    }
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}

/** A chat server of ours at these doors, and where they really are; without `--store` among the flags it keeps nothing. */
export async function startServer(
  doors: readonly string[],
  flags: readonly string[] = [],
  options: RunOptions = {},
): Promise<{ server: Program; urls: string[] }> {
  const listen = doors.flatMap((door) => ["--listen", door]);
  const server = Program.start(
    process.execPath,
    [main, "server", ...listen, "--json", "--log-level", "warn", "--store", "memory", ...flags],
    options,
  );
  const [line] = await server.says(/^\{"event":"listening".*\}$/m);
  const { endpoints } = JSON.parse(line) as { endpoints: string[] };
  return { server, urls: endpoints };
}

function settings({ cwd, env }: RunOptions): SpawnOptionsWithoutStdio {
  return { ...(cwd !== undefined && { cwd }), env: { ...process.env, NO_COLOR: undefined, ...env } };
}
