// An app's command as a process of its own, as a user would start it. Knows no app, and nothing of what it says.
import { fileURLToPath } from "node:url";
import { run, TestProcess, type Ended, type RunOptions } from "./processes.ts";

export class TestApp {
  /** The path of its main.js. */
  readonly main: string;

  constructor(main: URL) {
    this.main = fileURLToPath(main);
  }

  /** From its start to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended> {
    return run(process.execPath, [this.main, ...args], options);
  }

  /** A server at these doors, and where they really are. */
  async startServer(
    doors: readonly string[],
    flags: readonly string[] = [],
    options: RunOptions = {},
  ): Promise<{ server: TestProcess; urls: string[] }> {
    const listen = doors.flatMap((door) => ["--listen", door]);
    const server = TestProcess.start(
      process.execPath,
      [this.main, "server", ...listen, "--json", "--log-level", "warn", ...flags],
      options,
    );
    return { server, urls: await server.listening() };
  }
}
