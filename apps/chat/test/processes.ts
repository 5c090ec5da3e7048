// The chat command as a process of its own, as a user would start it. Knows nothing of what it says.
import { fileURLToPath } from "node:url";
import { killRunning, run, TestProcess, type Ended, type RunOptions } from "@socketlab/core/test-kit";
import { afterAll } from "vitest";

export const main: string = fileURLToPath(new URL("../src/main.js", import.meta.url));

afterAll(killRunning);

/** From its start to its end. */
export function chat(args: readonly string[], options?: RunOptions): Promise<Ended> {
  return run(process.execPath, [main, ...args], options);
}

/** A chat server of ours at these doors, and where they really are; without `--store` among the flags it keeps nothing. */
export async function startServer(
  doors: readonly string[],
  flags: readonly string[] = [],
  options: RunOptions = {},
): Promise<{ server: TestProcess; urls: string[] }> {
  const listen = doors.flatMap((door) => ["--listen", door]);
  const server = TestProcess.start(
    process.execPath,
    [main, "server", ...listen, "--json", "--log-level", "warn", "--store", "memory", ...flags],
    options,
  );
  return { server, urls: await server.listening() };
}
