// The log of a server: JSON lines for programs, short lines for people; always on standard error. Knows no conversation.
import { stripVTControlCharacters, styleText } from "node:util";
import { pino, type DestinationStream, type Logger } from "pino";

export type { Logger };

export interface LogOptions {
  /** "silent", "fatal", "error", "warn", "info", "debug", "trace". Default "info". */
  readonly level?: string;
  /** One short line per entry, for people. Default: when standard error is a terminal. */
  readonly pretty?: boolean;
  /** Default: standard error; standard output belongs to results. */
  readonly destination?: DestinationStream;
}

/** Makes a log. Entries below `level` cost next to nothing. */
export function createLog(options: LogOptions = {}): Logger {
  const { level = "info", pretty = process.stderr.isTTY, destination = process.stderr } = options;
  const settings = { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` };
  if (!pretty) return pino(settings, destination);
  return pino(settings, { write: (line) => void destination.write(prettyLine(line)) });
}

const levelStyles = { 40: "yellow", 50: "red", 60: "red" } as const;

/** `18:40:07 message key=value …`; colours where the terminal has them (and not with NO_COLOR). */
function prettyLine(line: string): string {
  const { level, time, msg, err, ...rest } = JSON.parse(line) as Entry;
  const clock = styleText("dim", time.slice(11, 19), { stream: process.stderr });
  const style = levelStyles[level as keyof typeof levelStyles];
  const text =
    style === undefined ? printable(msg) : styleText(style, printable(msg), { stream: process.stderr });
  const fields = Object.entries(rest).map(
    ([key, value]) => `${key}=${printable(typeof value === "string" ? value : JSON.stringify(value))}`,
  );
  const details =
    fields.length === 0 ? "" : ` ${styleText("dim", fields.join(" "), { stream: process.stderr })}`;
  // The sentence of an expected error is in the message already; the stack of one that is a fault of ours is wanted.
  const stack = err?.stack === undefined ? "" : `\n${err.stack}`;
  return `${clock} ${text}${details}${stack}\n`;
}

interface Entry {
  level: number;
  time: string;
  msg?: string;
  err?: { stack?: string };
  [field: string]: unknown;
}

/** Text from the network must not steer somebody's terminal. */
function printable(text = ""): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}/gu, "�");
}
