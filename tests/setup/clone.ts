// A fresh clone of this repository's last commit, an empty home directory, and commands that run there.
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const kept = /^(https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS)$/i;

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

export class Clone implements Disposable {
  readonly #home = mkdtempSync(join(tmpdir(), "socketlab-home-"));
  readonly #folder = join(mkdtempSync(join(tmpdir(), "socketlab-clone-")), "socketlab");
  /** What a person's shell would have: none of the variables of this test run, none of its node_modules. */
  readonly #env: NodeJS.ProcessEnv;

  constructor() {
    const folders = (process.env["PATH"] ?? "")
      .split(delimiter)
      .filter((path) => !path.includes("node_modules"));
    const own = Object.entries(process.env).filter(([name]) => kept.test(name));
    this.#env = { ...Object.fromEntries(own), HOME: this.#home, PATH: folders.join(delimiter) };
    const git = ["-c", "safe.directory=*", "clone", "--quiet", root, this.#folder];
    const { status, stderr } = spawnSync("git", git, { encoding: "utf8" });
    if (status !== 0) throw new Error(`git clone failed: ${stderr}`);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.#folder, path)), { recursive: true });
    writeFileSync(join(this.#folder, path), text);
  }

  has(path: string): boolean {
    return existsSync(join(this.#folder, path));
  }

  start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    const options = { cwd: this.#folder, env: { ...this.#env, ...env }, stdio: "pipe" } as const;
    return new Running(spawn(command, args, { ...options, detached: true }));
  }

  async run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
    return await this.start(command, args, env).finished;
  }

  /** The processes that work in this clone (Linux; elsewhere none is found). */
  processes(): number[] {
    if (!existsSync("/proc/self/cwd")) return [];
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => workingFolder(pid)?.startsWith(this.#folder))
      .map(Number);
  }

  [Symbol.dispose](): void {
    for (const pid of this.processes()) process.kill(pid, "SIGKILL");
    for (const folder of [dirname(this.#folder), this.#home]) {
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

function workingFolder(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined; // It ended, or belongs to somebody else.
  }
}

/** A command that runs, without a terminal, and all that it has printed. */
export class Running {
  readonly finished: Promise<Finished>;
  readonly #child: ChildProcess;
  #output = "";
  #more = Promise.withResolvers<void>();

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdin?.end();
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (text) => {
        this.#output += String(text);
        this.#more.resolve();
        this.#more = Promise.withResolvers();
      });
    }
    this.finished = once(child, "close").then(() => {
      return { code: child.exitCode, signal: child.signalCode, output: this.#output };
    });
  }

  /** Waits until the output matches. Throws if the command ends before. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    let ended = false;
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      if (ended) throw new Error(`ended before it printed ${pattern}:\n${this.#output}`);
      ended = await Promise.race([this.finished.then(() => true), this.#more.promise.then(() => false)]);
    }
  }

  /** Sends a signal to the started process alone, not to what it started. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
