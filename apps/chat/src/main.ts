// The chat command: argv, signals and exit codes. The only place that knows that there is a process around all this.
import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { inspect } from "node:util";
import type { Terminal } from "@socketlab/core/terminal";

// A start that finds the last one's compiled modules takes a third of the time; so everything else is imported after this.
enableCompileCache();
const { SocketlabError, UsageError } = await import("@socketlab/core");
const { ExitCode, nearestWord, print, say, styled } = await import("@socketlab/core/terminal");

const help = `chat lab                                                  start the server at its two doors, and see where to go next
chat client tcp://127.0.0.1:4001 --name ann --room lobby  talk
chat server --listen tcp://127.0.0.1:4001                 start the server at doors of your choice
chat token --name ann --secret-file chat.secret           make a token with which ann comes in

Usage: chat COMMAND [flags]    chat COMMAND --help tells more about one of: lab, server, client, token

  --version   the version        --help   this text        --debug   with any command: errors with their stack

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 partly done; 130 interrupted.`;

const commands: Record<string, (args: readonly string[], terminal: Terminal) => Promise<number>> = {
  lab: async (args, terminal) => (await import("./server/command.ts")).serverCommand(args, terminal, "lab"),
  server: async (args, terminal) =>
    (await import("./server/command.ts")).serverCommand(args, terminal, "server"),
  client: async (args, terminal) => (await import("./client/command.ts")).clientCommand(args, terminal),
  token: async (args, terminal) => (await import("./server/token-command.ts")).tokenCommand(args, terminal),
};

// What is wrong with the machine and not with how the program was called.
const notTheCaller = new Set([
  "address-in-use",
  "no-such-address",
  "not-permitted",
  "bad-file",
  "page-missing",
  "store-in-use",
  "store-damaged",
  "store-foreign",
  "store-unusable",
]);

async function main(args: readonly string[]): Promise<number> {
  const debug = args.includes("--debug");
  const [name, ...rest] = args.filter((arg) => arg !== "--debug");
  try {
    if (name === undefined || name === "help" || name === "--help" || name === "-h") {
      (name === undefined ? say : print)(terminal, help);
      return name === undefined ? ExitCode.wrongUsage : ExitCode.done;
    }
    if (name === "--version" || name === "-v") {
      const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
        version: string;
      };
      print(terminal, version);
      return ExitCode.done;
    }
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) throw unknownCommand(name);
    return await command(rest, terminal);
  } catch (error) {
    if (interrupted.signal.aborted) return ExitCode.interrupted;
    tell(error, debug);
    return error instanceof UsageError && !notTheCaller.has(error.code)
      ? ExitCode.wrongUsage
      : ExitCode.failed;
  }
}

function unknownCommand(name: string): Error {
  const near = nearestWord(name, Object.keys(commands));
  const meant = near === undefined ? "" : `; did you mean "${near}"?`;
  return new UsageError(
    "unknown-command",
    `there is no command ${JSON.stringify(name)}${meant} (chat --help)`,
  );
}

function tell(error: unknown, debug: boolean): void {
  // What is no error of ours is a fault of the program: its stack is wanted.
  const text = error instanceof SocketlabError && !debug ? error.message : inspect(error);
  say(terminal, `${styled("red", "chat:", process.stderr)} ${text}`);
}

const interrupted = new AbortController();
const terminal: Terminal = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupted.signal,
  interrupt: () => interrupted.abort(),
  onLook(callback) {
    // Windows has no such signal.
    if (process.platform === "win32") return () => {};
    process.on("SIGUSR2", callback);
    return () => void process.off("SIGUSR2", callback);
  },
  // Windows cannot.
  ...(process.platform !== "win32" && { onSuspend }),
};

function onSuspend(before: () => void, after: () => void): () => void {
  const suspend = (): void => {
    before();
    // Nobody can keep that one from stopping us.
    process.kill(process.pid, "SIGSTOP");
  };
  process.on("SIGTSTP", suspend).on("SIGCONT", after);
  return () => void process.off("SIGTSTP", suspend).off("SIGCONT", after);
}

// The second one kills at once: that is what they do without a handler.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.once(signal, () => interrupted.abort());

// Whoever read our output has had enough (| head): that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") tell(error, false);
  process.exit(error.code === "EPIPE" ? ExitCode.done : ExitCode.failed);
});

// Nobody is left to tell that nobody listens.
process.stderr.on("error", () => {});

const code = await main(process.argv.slice(2));
// Standard input may still be open, and would keep the process; what was written must get out first.
process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
