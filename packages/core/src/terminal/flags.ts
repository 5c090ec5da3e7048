// Reads flags from a command line, with node:util's parseArgs, and says what was probably meant. Knows no command.
import { parseArgs } from "node:util";
import { SocketlabError, UsageError } from "../errors.ts";
import { nearestWord } from "./nearest.ts";

export interface Flag {
  /** What stands after it, as help shows it: "SECONDS". Left out: it is a switch. */
  readonly value?: string;
  /** It may stand without its value, and means this then. Only a number that follows is taken for its value. */
  readonly withoutValue?: string;
  /** One letter: -H. */
  readonly short?: string;
  /** It may be given several times. */
  readonly multiple?: boolean;
  readonly help: string;
}

export type FlagTable<Name extends string = string> = Readonly<Record<Name, Flag>>;

/** What was given. Reading a value that cannot be understood throws a UsageError that names the flag. */
export class Flags<Name extends string> {
  readonly positionals: readonly string[];
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>, positionals: readonly string[]) {
    this.#values = values;
    this.positionals = positionals;
  }

  has(name: Name): boolean {
    return this.#values[name] !== undefined;
  }

  text(name: Name): string | undefined {
    return this.texts(name).at(-1);
  }

  texts(name: Name): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? (value as string[]) : typeof value === "string" ? [value] : [];
  }

  /** What `parse` makes of the flag's value; undefined if it was not given. */
  read<Value>(name: Name, parse: (text: string) => Value): Value | undefined {
    return this.readAll(name, parse).at(-1);
  }

  /** The same of each of its values. */
  readAll<Value>(name: Name, parse: (text: string) => Value): Value[] {
    return this.texts(name).map((text) => {
      try {
        return parse(text);
      } catch (error) {
        if (!(error instanceof SocketlabError)) throw error;
        throw new UsageError("bad-flag", `--${name}: ${error.message}`, { cause: error });
      }
    });
  }
}

/** @throws UsageError `unknown-flag`, `bad-flag`. */
export function parseFlags<Name extends string>(
  given: readonly string[],
  table: FlagTable<Name>,
): Flags<Name> {
  const entries = Object.entries<Flag>(table);
  const options = Object.fromEntries(
    entries.map(([name, { value, short, multiple = false }]) => [
      name,
      {
        type: value === undefined ? ("boolean" as const) : ("string" as const),
        multiple,
        ...(short !== undefined && { short }),
      },
    ]),
  );
  const args = given.flatMap((arg, at) => withOptionalValue(arg, given[at + 1], given[at - 1], table));
  // What is unknown is looked for first: parseArgs' own sentence does not know what was meant.
  const { tokens } = parseArgs({ args, options, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === "option" && !Object.hasOwn(table, token.name))
      throw unknownFlag(token.rawName, entries);
  }
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    return new Flags(values, positionals);
  } catch (error) {
    throw new UsageError("bad-flag", (error as Error).message.split(/\. |\n/)[0]!, { cause: error });
  }
}

/** `--inspect 2` and `--inspect` as `--inspect=2` and `--inspect=0`: parseArgs knows no optional values. */
function withOptionalValue(
  arg: string,
  next: string | undefined,
  previous: string | undefined,
  table: FlagTable,
): string[] {
  const optional = (flag: string | undefined): string | undefined =>
    table[flag?.slice(2) ?? ""]?.withoutValue;
  if (optional(previous) !== undefined && isNumber(arg)) return [];
  const without = optional(arg);
  return without === undefined ? [arg] : [`${arg}=${isNumber(next) ? next : without}`];
}

function isNumber(text: string | undefined): boolean {
  return /^\d/.test(text ?? "");
}

function unknownFlag(given: string, entries: readonly [string, Flag][]): UsageError {
  const near = nearestWord(
    given.replace(/^-+/, ""),
    entries.map(([name]) => name),
  );
  const meant = near === undefined ? "" : `; did you mean --${near}?`;
  return new UsageError("unknown-flag", `there is no flag ${given}${meant}`);
}

/** The lines of a help text for these flags, aligned. */
export function describeFlags(table: FlagTable): string {
  const rows = Object.entries(table).map(([name, { value, withoutValue, short, help }]): [string, string] => [
    `  ${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : withoutValue === undefined ? ` ${value}` : ` [${value}]`}`,
    help,
  ]);
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, help]) => `${left.padEnd(width)}  ${help}`).join("\n");
}
