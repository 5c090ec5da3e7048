// Our peer as a process with one torrent, to be killed and started again. Knows its command line, not its code.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const main: string = fileURLToPath(new URL("../../../apps/p2p/src/main.js", import.meta.url));
const PATIENCE_MS = 30_000;

interface Record {
  readonly event: string;
  readonly pieces?: number;
  readonly peers?: number;
}

export class RestlessPeer {
  readonly name: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  /** Of the life that it has now, or has had last. */
  first: number | undefined;
  last = 0;
  isComplete = false;
  lives = 0;
  /** What all its lives have said of what is wrong. */
  errors = "";

  constructor(name: string, ...args: readonly string[]) {
    this.name = name;
    this.#args = args;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Until it listens. @throws Error when it does not. */
  async start(): Promise<void> {
    const listening = this.launch();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${this.name} does not listen: ${this.errors}`)),
        PATIENCE_MS,
      );
    });
    await Promise.race([listening, late]).finally(() => clearTimeout(timer));
  }

  /** Does not wait. */
  launch(): Promise<void> {
    const child = spawn(process.execPath, [main, ...this.#args], { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    this.lives++;
    this.first = undefined;
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.errors += text));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {});
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const record = JSON.parse(line) as Record;
        if (record.event === "listening") resolve();
        if (record.event === "complete") this.isComplete = true;
        if (record.pieces === undefined) continue;
        this.first ??= record.pieces;
        this.last = record.pieces;
      }
    });
    child.once("exit", () => reject(new Error(`${this.name} ended: ${this.errors}`)));
    return promise;
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || !this.isRunning) return child?.exitCode ?? null;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
    return child.exitCode;
  }
}
