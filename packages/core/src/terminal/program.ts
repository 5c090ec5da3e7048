// What every app's program does around its commands: help, version, the word that was meant, errors, exit codes. Knows
// no process.
import { inspect } from "node:util";
import { SocketlabError, UsageError } from "../errors.ts";
import { nearestWord } from "./nearest.ts";
import { ExitCode, print, say, styled, type Terminal } from "./terminal.ts";

export interface Program {
  /** The word that calls it. */
  readonly name: string;
  readonly version: string;
  /** What it prints when it is called without a command, or with `--help`. */
  readonly help: string;
  /** Each returns its exit code, and throws what goes wrong. */
  readonly commands: Readonly<
    Record<string, (args: readonly string[], terminal: Terminal) => Promise<number>>
  >;
}

// What is wrong with the machine and not with how the program was called.
const notTheCaller = new Set([
  "address-in-use",
  "no-such-address",
  "not-permitted",
  "bad-file",
  "page-missing",
]);

/** Runs the command that the first of `args` names. Never throws. @returns the exit code. */
export async function runProgram(
  program: Program,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const debug = args.includes("--debug");
  const [name, ...rest] = args.filter((arg) => arg !== "--debug");
  try {
    if (name === undefined) {
      say(terminal, program.help);
      return ExitCode.wrongUsage;
    }
    if (["help", "--help", "-h", "--version", "-v"].includes(name)) {
      print(terminal, /help|-h/.test(name) ? program.help : program.version);
      return ExitCode.done;
    }
    if (!Object.hasOwn(program.commands, name)) throw unknownCommand(name, program);
    return await program.commands[name]!(rest, terminal);
  } catch (thrown) {
    const error = causeOf(thrown);
    if (terminal.signal.aborted) return ExitCode.interrupted;
    tellError(program.name, error, terminal, debug);
    return error instanceof UsageError && !notTheCaller.has(error.code)
      ? ExitCode.wrongUsage
      : ExitCode.failed;
  }
}

/** What went wrong first: what was closed because of it may have failed to close for the same reason. */
function causeOf(error: unknown): unknown {
  return error instanceof SuppressedError ? causeOf(error.suppressed) : error;
}

/** One line of talk; with its stack if it is wanted, and if the error is none of ours: a fault of the program. */
export function tellError(name: string, error: unknown, terminal: Terminal, debug = false): void {
  const text = error instanceof SocketlabError && !debug ? error.message : inspect(error);
  say(terminal, `${styled("red", `${name}:`, terminal.stderr)} ${text}`);
}

function unknownCommand(name: string, program: Program): Error {
  const near = nearestWord(name, Object.keys(program.commands));
  const meant = near === undefined ? "" : `; did you mean "${near}"?`;
  return new UsageError(
    "unknown-command",
    `there is no command ${JSON.stringify(name)}${meant} (${program.name} --help)`,
  );
}
