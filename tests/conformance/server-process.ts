// Starts a server by its command line and reads from its output where it listens. Knows no app.
import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

/** Where a server of messages listens. */
const URL_PATTERN = /\b(?:tcp|tls|udp|wss?):\/\/(?:\[[^\]\s]+\]|[\w.-]+):\d+(?:\/[\w./-]*)?/gu;
const PORT_ALONE = /^\s*(?:port\D{0,3})?(\d{1,5})\s*$/imu;
const QUIET_MS = 500;

export interface ServerProcess {
  readonly urls: readonly string[];
  stop(): Promise<void>;
  /** With SIGKILL, so that it can finish nothing; settles when it is gone. */
  kill(): Promise<void>;
}

/**
 * Starts `command`. Its output must name where it listens: URLs (`tcp://127.0.0.1:7007`), or a port alone on a line,
 * which stands for TCP on 127.0.0.1.
 * @param pattern of such a URL, where it is another protocol's; with the flag "g".
 */
export async function startServer(
  command: readonly string[],
  timeoutMs: number,
  pattern: RegExp = URL_PATTERN,
): Promise<ServerProcess> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let lastMs = Date.now();
  let gone: string | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      lastMs = Date.now();
    });
  }
  child.on("error", (error) => (gone = error.message));
  child.on("exit", (code, signal) => (gone ??= `it ended with ${signal ?? code}`));
  const stop = async (): Promise<void> => {
    child.kill();
    for (let tries = 0; tries < 50 && gone === undefined; tries++) await delay(20);
    child.kill("SIGKILL");
  };
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    while (gone === undefined) await delay(1);
  };
  for (const startMs = Date.now(); Date.now() - startMs < timeoutMs && gone === undefined; await delay(20)) {
    const urls = places(output, pattern);
    if (urls.length > 0 && Date.now() - lastMs > QUIET_MS) return { urls, stop, kill };
  }
  await stop();
  const why = gone ?? `nothing after ${timeoutMs} ms`;
  throw new Error(
    `${program} did not say where it listens (${why}); it printed: ${output.slice(0, 500) || "nothing"}`,
  );
}

function places(output: string, pattern: RegExp): string[] {
  const urls = output.match(pattern) ?? [];
  const port = PORT_ALONE.exec(output)?.[1];
  if (urls.length === 0 && port !== undefined) return [`tcp://127.0.0.1:${port}`];
  return [...new Set(urls)];
}
