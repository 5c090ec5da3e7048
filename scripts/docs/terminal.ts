// One terminal: a shell that runs what a document says, and all that it prints. Knows no document.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 20;

export class Terminal {
  readonly #child: ChildProcess;
  readonly #over: Promise<unknown>;
  #printed = "";
  #changedMs = performance.now();
  #read = 0;

  /** Starts `command` in a shell, in `folder`. What it reads is what is typed. */
  constructor(command: string, folder: string, env: NodeJS.ProcessEnv) {
    // A group of its own, so that what the command starts ends with it.
    this.#child = spawn("bash", ["-c", `exec 2>&1\n${command}`], { cwd: folder, env, detached: true });
    this.#over = once(this.#child, "close");
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#printed += text;
      this.#changedMs = performance.now();
    });
    // Whoever has ended does not listen any more.
    this.#child.stdin?.on("error", () => {});
  }

  type(text: string): void {
    this.#child.stdin?.write(`${text}\n`);
  }

  closeInput(): void {
    this.#child.stdin?.end();
  }

  /** What a key does: Ctrl-C is SIGINT, Ctrl-\ SIGQUIT, for all that runs in the terminal. */
  signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.#child.pid!, signal);
    } catch {
      // It has ended.
    }
  }

  /** All that was printed since `markRead`. */
  get unread(): string {
    return this.#printed.slice(this.#read);
  }

  markRead(): void {
    this.#read = this.#printed.length;
  }

  /** Waits until `enough` says so of what is unread, or it has been quiet for `quietMs` after the first word. */
  async until(enough: (printed: string) => boolean, timeoutMs: number, quietMs = Infinity): Promise<boolean> {
    const begunMs = performance.now();
    while (performance.now() - begunMs < timeoutMs) {
      if (enough(this.unread)) return true;
      if (this.unread !== "" && performance.now() - this.#changedMs > quietMs) return false;
      await delay(POLL_MS);
    }
    return false;
  }

  /** Waits until it has ended. @returns its exit code; undefined when `timeoutMs` was not enough. */
  async ended(timeoutMs: number): Promise<number | undefined> {
    const stop = new AbortController();
    const late = delay(timeoutMs, undefined, { signal: stop.signal }).catch(() => {});
    await Promise.race([this.#over, late]);
    stop.abort();
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    return this.#child.signalCode === null ? undefined : 128;
  }

  async close(): Promise<void> {
    this.signal("SIGTERM");
    await this.ended(5000);
    // What the shell started may have outlived it.
    this.signal("SIGKILL");
    await this.#over;
  }
}
