// Starting a program, reading its lines, ending it. It knows nothing of servers and loads.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface Program {
  readonly pid: number;
  /** The next line of its output; rejects if it ends first, or says nothing for too long. */
  nextLine(timeoutMs?: number): Promise<string>;
  /** One line to its stdin. */
  write(line: string): void;
  /** Closes its stdin and waits for its end; rejects if that is not the exit code 0. */
  finish(): Promise<void>;
  /** Ends it now, whatever it does. */
  kill(): Promise<void>;
}

export function start(command: string, args: readonly string[], cwd?: string): Program {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], ...(cwd !== undefined && { cwd }) });
  let complaints = "";
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => (complaints = (complaints + text).slice(-4000)));
  child.stdin.on("error", () => {}); // it has ended before we wrote; its exit says so
  const closed = once(child, "close").catch((error: unknown) => (complaints += String(error)));
  const output = createInterface(child.stdout)[Symbol.asyncIterator]();
  const failed = (what: string): Error =>
    new Error(complaints.trim() || `${command} ${args.join(" ")}: ${what}`);

  return {
    pid: child.pid ?? 0,
    async nextLine(timeoutMs = 15_000) {
      const alarm = AbortSignal.timeout(timeoutMs);
      const silence = once(alarm, "abort").then(() => "silence" as const);
      const line = await Promise.race([output.next(), silence]);
      if (line === "silence") throw failed(`said nothing for ${timeoutMs / 1000} s`);
      if (line.done !== true) return line.value;
      await closed;
      throw failed(`ended with exit code ${child.exitCode}`);
    },
    write: (line) => void child.stdin.write(`${line}\n`),
    async finish() {
      child.stdin.end();
      await closed;
      if (child.exitCode !== 0) throw failed(`ended with exit code ${child.exitCode}`);
    },
    async kill() {
      child.kill("SIGKILL");
      await closed;
    },
  };
}
