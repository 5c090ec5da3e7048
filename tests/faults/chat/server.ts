// Chat servers as processes, to be killed and started again at the same doors. Knows their command line, not their code.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { freePorts } from "@socketlab/core/test-kit";

const main = new URL("../../../apps/chat/src/main.js", import.meta.url).pathname;
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 10_000;

export interface ServerOptions {
  /** For `--store`. */
  readonly store: string;
  readonly flags?: readonly string[];
  /** What to run it under, such as another user. */
  readonly uid?: number;
}

export class ChatServer {
  readonly urls: readonly string[];
  readonly #options: ServerOptions;
  #child: ChildProcess | undefined;
  #stderr = "";

  private constructor(urls: readonly string[], options: ServerOptions) {
    this.urls = urls;
    this.#options = options;
  }

  /** With a TCP and a WebSocket door on free ports; not yet started. */
  static async prepare(options: ServerOptions): Promise<ChatServer> {
    const [tcp, ws] = await freePorts(2);
    return new ChatServer([`tcp://127.0.0.1:${tcp}`, `ws://127.0.0.1:${ws}`], options);
  }

  static async started(options: ServerOptions): Promise<ChatServer> {
    const server = await ChatServer.prepare(options);
    await server.start();
    return server;
  }

  get url(): string {
    return this.urls[0]!;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  /** What it complained of so far. */
  get complaints(): string {
    return this.#stderr;
  }

  /** Starts the process; `listening` settles when it says so. */
  launch(): { readonly listening: Promise<void> } {
    const doors = this.urls.flatMap((url) => ["--listen", url]);
    const { store, flags = [], uid } = this.#options;
    const args = [
      main,
      "server",
      ...doors,
      "--store",
      store,
      "--rate",
      "0",
      "--json",
      "--log-level",
      "error",
      ...flags,
    ];
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "pipe"],
      ...(uid !== undefined && { uid, gid: uid }),
    });
    this.#child = child;
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    const listening = new Promise<void>((resolve, reject) => {
      let output = "";
      const timer = setTimeout(
        () => reject(new Error(`not listening after ${START_TIMEOUT_MS} ms`)),
        START_TIMEOUT_MS,
      );
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (!output.includes('"listening"')) return;
        clearTimeout(timer);
        resolve();
      });
      child.once("exit", (code, signal) => {
        clearTimeout(timer);
        reject(new Error(`the chat server ended with ${code ?? signal}: ${this.#stderr.slice(-2000)}`));
      });
    });
    // Who kills it while it starts does not wait for it.
    listening.catch(() => {});
    return { listening };
  }

  async start(): Promise<void> {
    await this.launch().listening;
  }

  /** kill -9: it can finish nothing. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  /** An orderly stop. @throws Error unless it ends by itself with 0. */
  async stop(): Promise<void> {
    const child = this.#child!;
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    const [code, signal] = (await gone) as [number | null, string | null];
    clearTimeout(timer);
    if (code !== 0)
      throw new Error(`the chat server was to stop, and ended with ${code ?? signal}: ${this.#stderr}`);
  }
}
