// What can be typed at the prompt. Each that has a command of its own outside is that command. Reads no keyboard.
import { readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { UsageError } from "@socketlab/core";
import {
  ExitCode,
  nearestWord,
  parseFlags,
  print,
  type FlagTable,
  type Terminal,
} from "@socketlab/core/terminal";
import type { Reach } from "../dial.ts";
import { transferFlags } from "../flags.ts";
import { getCommand } from "../get.ts";
import { listCommand, removeCommand, statCommand } from "../list.ts";
import { putCommand } from "../put.ts";
import type { Session } from "./session.ts";

export interface Shell {
  readonly session: Session;
  /** Its signal ends what is typed now, and not the prompt. */
  readonly terminal: Terminal;
  readonly json: boolean;
  /** Comes to the session's connection. */
  readonly reach: Reach;
  /** A path as our commands take it. */
  readonly urlOf: (path: string) => string;
}

type Place = "remote" | "local";

export interface PromptCommand {
  /** The first is the one that help shows. */
  readonly names: readonly string[];
  readonly usage: string;
  readonly help: string;
  readonly flags?: FlagTable;
  /** What its arguments are; those in `usage` without brackets have to be there. */
  readonly takes: readonly Place[];
  /** @param flags as they are handed on */
  readonly run: (args: readonly string[], shell: Shell, flags: readonly string[]) => Promise<number>;
}

// What belongs to the connection, and is not chosen anew for each file, is not among them.
const { hash, quiet } = transferFlags;

/** A command that takes one path there. */
function about(command: typeof listCommand): PromptCommand["run"] {
  return ([path = "."], { session, terminal, reach, urlOf }, flags) =>
    command([...flags, "--", urlOf(session.resolve(path))], terminal, reach);
}

/** In the order of help; the last one ends the prompt. */
export const commands: readonly PromptCommand[] = [
  {
    names: ["ls", "list"],
    usage: "ls [PATH]",
    help: "what is in a folder",
    takes: ["remote"],
    run: about(listCommand),
  },
  {
    names: ["cd"],
    usage: "cd [FOLDER]",
    help: "go to a folder; without one, to the top",
    takes: ["remote"],
    async run([path = "/"], { session }) {
      await session.enter(path);
      return ExitCode.done;
    },
  },
  {
    names: ["pwd"],
    usage: "pwd",
    help: "the folder on the server",
    takes: [],
    run: (_args, { session, terminal }) => tell(terminal, `/${session.folder}`),
  },
  {
    names: ["get"],
    usage: "get PATH [FOLDER]",
    help: "fetch a file or a folder, into a folder here",
    flags: { quiet, hash },
    takes: ["remote", "local"],
    run: ([path = "", into = "."], { session, terminal, reach, urlOf }, flags) =>
      getCommand([...flags, "--", urlOf(session.resolve(path)), into], terminal, reach),
  },
  {
    names: ["put"],
    usage: "put PATH [FOLDER]",
    help: "send a file or a folder, into a folder there",
    flags: { quiet, hash },
    takes: ["local", "remote"],
    run: ([path = "", into = "."], { session, terminal, reach, urlOf }, flags) =>
      putCommand([...flags, "--", path, urlOf(session.resolve(into))], terminal, reach),
  },
  {
    names: ["stat"],
    usage: "stat PATH",
    help: "what is known of a file; --hash NAME with its hash",
    flags: { hash },
    takes: ["remote"],
    run: about(statCommand),
  },
  {
    names: ["rm", "remove"],
    usage: "rm PATH",
    help: "remove; -r folders with all that is in them",
    flags: { recursive: { short: "r", help: "folders with all that is in them" } },
    takes: ["remote"],
    run: about(removeCommand),
  },
  {
    names: ["mkdir"],
    usage: "mkdir FOLDER",
    help: "make a folder",
    takes: ["remote"],
    async run([path = ""], { session }) {
      const remote = await session.remote();
      await remote.ask<"makeFolder">({ type: "makeFolder", path: session.resolve(path) });
      return ExitCode.done;
    },
  },
  {
    names: ["lcd"],
    usage: "lcd [FOLDER]",
    help: "go to a folder of this machine; without one, home",
    takes: ["local"],
    async run([path = homedir()]) {
      try {
        process.chdir(path);
      } catch (error) {
        throw cannotRead(path, error);
      }
      return ExitCode.done;
    },
  },
  {
    names: ["lls"],
    usage: "lls [FOLDER]",
    help: "what is in a folder of this machine",
    takes: ["local"],
    async run([path = "."], { terminal }) {
      for (const name of await readFolder(path)) print(terminal, JSON.stringify(name).slice(1, -1));
      return ExitCode.done;
    },
  },
  {
    names: ["lpwd"],
    usage: "lpwd",
    help: "the folder on this machine",
    takes: [],
    run: (_args, { terminal }) => tell(terminal, process.cwd()),
  },
  {
    names: ["help", "?"],
    usage: "help",
    help: "this text",
    takes: [],
    run: (_args, { terminal }) => tell(terminal, helpText()),
  },
  {
    names: ["bye", "exit", "quit"],
    usage: "bye",
    help: "the end; Ctrl-D, too",
    takes: [],
    run: () => Promise.resolve(ExitCode.done),
  },
];

export function isFarewell(name: string): boolean {
  return commands.at(-1)!.names.includes(name);
}

export function findCommand(name: string): PromptCommand | undefined {
  return commands.find(({ names }) => names.includes(name));
}

/** @returns the exit code. @throws what was wrong with the line, or is refused, or failed. */
export async function obey([name = "", ...args]: readonly string[], shell: Shell): Promise<number> {
  const command = findCommand(name);
  if (command === undefined) {
    const near = nearestWord(
      name,
      commands.flatMap(({ names }) => names),
    );
    const meant = near === undefined ? "" : `; did you mean "${near}"?`;
    throw new UsageError("unknown-command", `there is no command ${JSON.stringify(name)}${meant} (help)`);
  }
  const { flags: table = {}, takes, usage } = command;
  const flags = parseFlags(args, table);
  const needed = usage.split(" ").filter((word) => /^[A-Z]/.test(word)).length;
  const { positionals } = flags;
  if (positionals.length < needed || positionals.length > takes.length)
    throw new UsageError("bad-argument", `usage: ${usage}`);
  const given = Object.keys(table).flatMap((flag) => {
    const value = flags.text(flag);
    return !flags.has(flag) ? [] : [value === undefined ? `--${flag}` : `--${flag}=${value}`];
  });
  return command.run(positionals, shell, shell.json ? [...given, "--json"] : given);
}

/** The names in it, in their order; a folder's with a "/". @throws UsageError `bad-file`. */
export async function readFolder(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const names = entries.map(async (entry) => {
      const isFolder = entry.isSymbolicLink()
        ? await stat(`${path}/${entry.name}`).then(
            (stats) => stats.isDirectory(),
            () => false,
          )
        : entry.isDirectory();
      return isFolder ? `${entry.name}/` : entry.name;
    });
    return (await Promise.all(names)).toSorted();
  } catch (error) {
    throw cannotRead(path, error);
  }
}

function cannotRead(path: string, cause: unknown): UsageError {
  const { code } = cause as NodeJS.ErrnoException;
  return new UsageError("bad-file", `cannot read ${JSON.stringify(path)} (${code})`, { cause });
}

function tell(terminal: Terminal, text: string): Promise<number> {
  print(terminal, text);
  return Promise.resolve(ExitCode.done);
}

function helpText(): string {
  const width = Math.max(...commands.map(({ usage }) => usage.length));
  const lines = commands.map(({ usage, help }) => `${usage.padEnd(width)}  ${help}`);
  return `${lines.join("\n")}

A name with spaces is written in quotes, or with a \\ before each space. Ctrl-C ends what is under way.`;
}
