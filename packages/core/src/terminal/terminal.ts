// What a command may do with the terminal it was started from: handed in by main.js, so that a command can be tested
// without one. Knows no command.
import type { Readable, Writable } from "node:stream";
import { styleText } from "node:util";

export interface TerminalInput extends Readable {
  readonly isTTY?: boolean;
}

export interface TerminalOutput extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Terminal {
  readonly stdin: TerminalInput;
  /** The result, and nothing else. */
  readonly stdout: TerminalOutput;
  /** Talk: what went wrong, what is going on. */
  readonly stderr: TerminalOutput;
  /** Aborted when the user wants the program to end (Ctrl-C, SIGTERM). */
  readonly signal: AbortSignal;
  /** As Ctrl-C does, for whoever reads the keyboard itself. */
  interrupt(): void;
  /**
   * For whoever has more to do than to print: calls `callback` when nobody reads standard output any more (| head). Without
   * it the process then ends at once, and has done what it was to do.
   */
  onUnread?(callback: () => void): void;
  /** Calls `callback` whenever the user asks for a look inside (SIGUSR2). Returns how to stop that. */
  onLook(callback: () => void): () => void;
  /**
   * For whoever paints the whole screen: calls `before` when the program is to be suspended (SIGTSTP), and `after` when
   * it goes on. Returns how to stop that. Left out where programs cannot be suspended.
   */
  onSuspend?(before: () => void, after: () => void): () => void;
}

/** How a program ends; the same four words in every app. 3: some of it was done, not all. */
export const ExitCode: {
  readonly done: 0;
  readonly failed: 1;
  readonly wrongUsage: 2;
  readonly partlyDone: 3;
  readonly interrupted: 130;
} = { done: 0, failed: 1, wrongUsage: 2, partlyDone: 3, interrupted: 130 };

/** Writes one line of the result. */
export function print(terminal: Terminal, line: string): void {
  terminal.stdout.write(`${line}\n`);
}

/** Writes one line of talk. */
export function say(terminal: Terminal, line: string): void {
  terminal.stderr.write(`${line}\n`);
}

export type Style = "bold" | "dim" | "red" | "yellow" | "green" | "cyan";

/** `text` in a style where `output` shows styles: a terminal, and NO_COLOR not set. */
export function styled(style: Style, text: string, output: TerminalOutput): string {
  return output.isTTY === true ? styleText(style, text, { stream: output }) : text;
}

/** Writes and waits until there is room for more; settles at once when the reader is gone. */
export async function writeAll(output: Writable, bytes: Uint8Array | string): Promise<void> {
  if (output.destroyed || output.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      output.off("drain", done);
      output.off("close", done);
      resolve();
    };
    output.on("drain", done);
    output.on("close", done);
  });
}
