// File-transfer servers and commands as processes, to be killed and started again. Knows their command line, not their code.
import { spawn, type ChildProcess } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { freePorts } from "@socketlab/core/test-kit";

const main = new URL("../../../apps/file-transfer/src/main.js", import.meta.url).pathname;
const START_TIMEOUT_MS = 30_000;

export class FileServer {
  readonly tcp: string;
  readonly ws: string;
  readonly #folder: string;
  readonly #flags: readonly string[];
  #child: ChildProcess | undefined;
  /** All that its lives have logged. */
  log = "";

  private constructor(folder: string, flags: readonly string[], ports: readonly number[]) {
    this.#folder = folder;
    this.#flags = flags;
    this.tcp = `tcp://127.0.0.1:${ports[0]}`;
    this.ws = `ws://127.0.0.1:${ports[1]}`;
  }

  static async started(folder: string, flags: readonly string[] = []): Promise<FileServer> {
    const server = new FileServer(folder, flags, await freePorts(2));
    await server.start();
    return server;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  async start(): Promise<void> {
    const doors = ["--listen", this.tcp, "--listen", this.ws];
    const args = [main, "server", "--folder", this.#folder, ...doors, "--json", "--log-level", "warn"];
    const child = spawn(process.execPath, [...args, ...this.#flags], { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.log += text));
    await new Promise<void>((resolve, reject) => {
      let output = "";
      const fail = (): void => reject(new Error(`the server does not listen: ${this.log.slice(-2000)}`));
      const timer = setTimeout(fail, START_TIMEOUT_MS);
      child.once("exit", fail);
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (!output.includes('"listening"')) return;
        clearTimeout(timer);
        child.off("exit", fail);
        resolve();
      });
    });
  }

  /** kill -9: it can finish nothing. */
  kill(): Promise<void> {
    return killed(this.#child);
  }

  /** Most memory that this life has used, in MiB. */
  get peakMiB(): number {
    const peak = /VmHWM:\s+(\d+)/u.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"));
    return Number(peak?.[1]) / 1024;
  }
}

export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command under way. */
export class Command {
  readonly ended: Promise<CommandEnd>;
  readonly #child: ChildProcess;

  constructor(...args: readonly string[]) {
    const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    this.ended = once(child, "close").then(([code]) => ({ code: code as number | null, stdout, stderr }));
  }

  kill(): Promise<void> {
    return killed(this.#child);
  }
}

async function killed(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** Bytes that look random, and are the same for the same seed. */
export function contentOf(seed: number, bytes: number): Buffer {
  const key = Buffer.alloc(16);
  key.writeDoubleBE(seed);
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}
