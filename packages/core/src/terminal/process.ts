// The process around a program: argv, signals, pipes that break, the exit code. The one file of core that touches them,
// for an app's main.js alone. Knows no command.
import { ClosedError } from "../errors.ts";
import { runProgram, tellError, type Program } from "./program.ts";
import { ExitCode, type Terminal } from "./terminal.ts";

// Npm, and whoever else runs us in the foreground, passes on what the terminal has sent us already: one Ctrl-C is two signals.
const SAME_PRESS_MS = 300;

/** Runs `program` as what this process is, and ends the process with its exit code. */
export async function runAsProcess(program: Program): Promise<never> {
  const interrupted = new AbortController();
  let unread = (): void => process.exit(ExitCode.done);
  const terminal: Terminal = {
    // Not before somebody reads it: to open it costs some of the start.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    signal: interrupted.signal,
    interrupt: () => interrupted.abort(),
    onUnread: (callback) => void (unread = callback),
    onLook: process.platform === "win32" ? () => () => {} : onLook,
    ...(process.platform !== "win32" && { onSuspend }),
  };

  // The second one kills at once: that is what they do without a handler.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const interrupt = (): void => {
      if (!interrupted.signal.aborted)
        setTimeout(() => process.off(signal, interrupt), SAME_PRESS_MS).unref();
      interrupted.abort();
    };
    process.on(signal, interrupt);
  }

  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // Whoever read our output has had enough (| head): that is no error.
    if (error.code === "EPIPE") return unread();
    const why = new ClosedError("closed", `cannot write to standard output (${error.code})`, {
      cause: error,
    });
    tellError(program.name, why, terminal);
    process.exit(ExitCode.failed);
  });
  // Nobody is left to tell that nobody listens.
  process.stderr.on("error", () => {});

  const code = await runProgram(program, process.argv.slice(2), terminal);
  // Standard input may still be open, and would keep the process; what was written must get out first.
  for (const output of [process.stdout, process.stderr])
    await new Promise<void>((resolve) => output.write("", () => resolve()));
  return process.exit(code);
}

function onLook(callback: () => void): () => void {
  process.on("SIGUSR2", callback);
  return () => void process.off("SIGUSR2", callback);
}

function onSuspend(before: () => void, after: () => void): () => void {
  const suspend = (): void => {
    before();
    // Nobody can keep that one from stopping us.
    process.kill(process.pid, "SIGSTOP");
  };
  process.on("SIGTSTP", suspend).on("SIGCONT", after);
  return () => void process.off("SIGTSTP", suspend).off("SIGCONT", after);
}
