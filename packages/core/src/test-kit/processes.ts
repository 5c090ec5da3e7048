// Programs as processes of their own, as a user would start them. Knows nothing of what they say.
import {
  spawn,
  type ChildProcessWithoutNullStreams,
  type SpawnOptionsWithoutStdio,
} from "node:child_process";
import { once } from "node:events";

const running = new Set<ChildProcessWithoutNullStreams>();

/** What a failed test has left running must not outlive the tests: `afterAll(killRunning)`. */
export function killRunning(): void {
  for (const child of running) child.kill("SIGKILL");
}

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
export function run(
  program: string,
  args: readonly string[],
  { input = "", ...options }: RunOptions = {},
): Promise<Ended> {
  return new TestProcess(spawn(program, args, settings(options)), input).ended;
}

/** A program that goes on until it is told to stop. */
export class TestProcess {
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

  static start(program: string, args: readonly string[], options: RunOptions = {}): TestProcess {
    return new TestProcess(spawn(program, args, settings(options)));
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

  /** The doors of a server that was started with `--json`. */
  async listening(): Promise<string[]> {
    const [line] = await this.says(/^\{"event":"listening".*\}$/m);
    return (JSON.parse(line) as { endpoints: string[] }).endpoints;
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}

function settings({ cwd, env }: RunOptions): SpawnOptionsWithoutStdio {
  return { ...(cwd !== undefined && { cwd }), env: { ...process.env, NO_COLOR: undefined, ...env } };
}
