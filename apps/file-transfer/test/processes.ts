// The file-transfer command as a process of its own, as a user would start it. Knows nothing of what it says.
import { fileURLToPath } from "node:url";
import { killRunning, run, TestProcess, type Ended, type RunOptions } from "@socketlab/core/test-kit";
import { afterAll } from "vitest";

export const main: string = fileURLToPath(new URL("../src/main.js", import.meta.url));

afterAll(killRunning);

/** From its start to its end. */
export function fileTransfer(args: readonly string[], options?: RunOptions): Promise<Ended> {
  return run(process.execPath, [main, ...args], options);
}

/** A server of ours for this folder at these doors, and where they really are. */
export async function startServer(
  folder: string,
  doors: readonly string[],
  flags: readonly string[] = [],
): Promise<{ server: TestProcess; urls: string[] }> {
  const listen = doors.flatMap((door) => ["--listen", door]);
  const server = TestProcess.start(process.execPath, [
    main,
    "server",
    "--folder",
    folder,
    ...listen,
    "--json",
    "--log-level",
    "warn",
    ...flags,
  ]);
  return { server, urls: await server.listening() };
}
