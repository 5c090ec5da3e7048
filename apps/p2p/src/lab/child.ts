// One process of the lab: this same program with another command. It lives no longer than the lab. Knows no command.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ClosedError } from "@socketlab/core";

// Loaded first: when the lab is gone, however it went, the process ends as by Ctrl-C.
const withParent = `data:text/javascript,process.once("disconnect",()=>process.kill(process.pid,"SIGTERM"))`;

/** Whoever is told to end has so long to say goodbye. */
const GRACE_MS = 3000;
const MOST_LAST_WORDS = 10;

export class Child {
  readonly name: string;
  /** Settles when it has ended, by itself or not: how. Never rejects. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcess;
  readonly #listening = Promise.withResolvers<string[]>();
  /** What it has said to people, the last of it. */
  readonly #lastWords: string[] = [];

  /** @param name for people. @param main the URL of the program. */
  constructor(name: string, main: string, args: readonly string[]) {
    this.name = name;
    this.#process = spawn(
      process.execPath,
      [...process.execArgv, "--import", withParent, fileURLToPath(main), ...args],
      {
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        // Ctrl-C in a terminal is for the lab, which then ends them in their order.
        detached: process.platform !== "win32",
      },
    );
    this.ended = this.#untilEnd();
    this.#listening.promise.catch(() => {});
    createInterface({ input: this.#process.stdout! }).on("line", (line) => this.#heed(line));
    createInterface({ input: this.#process.stderr! }).on("line", (line) => this.#hear(line));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Where it waits, as it has said with `--json`. @throws ClosedError when it ends before that, with what it has said last. */
  listening(): Promise<string[]> {
    return this.#listening.promise;
  }

  async stop(): Promise<void> {
    this.#process.kill("SIGTERM");
    const late = setTimeout(() => this.#process.kill("SIGKILL"), GRACE_MS);
    await this.ended;
    clearTimeout(late);
  }

  #heed(line: string): void {
    const { event, endpoint, endpoints } = recordOf(line);
    if (event === "listening")
      this.#listening.resolve(endpoints ?? (endpoint === undefined ? [] : [endpoint]));
  }

  #hear(line: string): void {
    this.#lastWords.push(line.replace(/^p2p: /, ""));
    if (this.#lastWords.length > MOST_LAST_WORDS) this.#lastWords.shift();
  }

  async #untilEnd(): Promise<string> {
    const how = await once(this.#process, "close").then(
      ([code, signal]: (number | string | null)[]) =>
        signal === null ? `exit code ${code}` : `by ${signal}`,
      (error: Error) => error.message,
    );
    const why = this.#lastWords.join("\n") || how;
    this.#listening.reject(new ClosedError("not-started", `${this.name} could not start: ${why}`));
    return how;
  }
}

interface Said {
  readonly event?: string;
  readonly endpoint?: string;
  readonly endpoints?: string[];
}

function recordOf(line: string): Said {
  try {
    return JSON.parse(line) as Said;
  } catch {
    return {};
  }
}
