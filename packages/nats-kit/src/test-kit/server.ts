// One nats-server on loopback, to be killed and started again with what it has kept. Knows no other.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";

const ANSWER_TIMEOUT_MS = 1000;
const SHOWN_LOG_CHARACTERS = 4000;

export interface NatsServerOptions {
  readonly name: string;
  /** It keeps all that it keeps in there. */
  readonly folder: string;
  readonly port: number;
  readonly monitorPort: number;
  /** For its command line. */
  readonly flags: readonly string[];
}

export class NatsServer {
  readonly #options: NatsServerOptions;
  #process: ChildProcess | undefined;

  constructor(options: NatsServerOptions) {
    this.#options = options;
  }

  /** For clients, as `host:port`. */
  get host(): string {
    return `127.0.0.1:${this.#options.port}`;
  }

  /** The last that it said. */
  get log(): string {
    return `nats-server ${this.host}:\n${readFileSync(this.#logFile, "utf8").slice(-SHOWN_LOG_CHARACTERS)}`;
  }

  get #logFile(): string {
    return join(this.#options.folder, `${this.#options.name}.log`);
  }

  start(): void {
    const { name, folder, port, monitorPort, flags } = this.#options;
    const own = ["-n", name, "-a", "127.0.0.1", "-p", String(port), "-m", String(monitorPort)];
    this.#process = spawn("nats-server", [...own, "-js", "-sd", join(folder, name), ...flags], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process.stderr!.pipe(createWriteStream(this.#logFile, { flags: "a" }));
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
  }

  /** Whether it is not running, or has all that it is to have: its streams too, and in a cluster, someone who leads. */
  async isReady(): Promise<boolean> {
    if (this.#process === undefined) return true;
    const { monitorPort } = this.#options;
    try {
      const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
      return (await fetch(`http://127.0.0.1:${monitorPort}/healthz`, { signal })).ok;
    } catch {
      return false;
    }
  }
}
