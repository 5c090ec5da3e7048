// A terminal taken over for a full screen, and given back on every way out: end, crash, suspension. Knows no layout.
import { emitKeypressEvents } from "node:readline";
import { writeSync } from "node:fs";
import type { ReadStream, WriteStream } from "node:tty";
import type { Terminal } from "@socketlab/core/terminal";
import type { Key } from "./keys.ts";
import type { Frame, Size } from "./layout.ts";

// Alternate screen, bracketed paste (xterm, "Control Sequences": modes 1049 and 2004); and back, with the cursor shown.
const ENTER = "\x1b[?1049h\x1b[?2004h\x1b[2J";
const LEAVE = "\x1b[?2004l\x1b[?25h\x1b[0m\x1b[?1049l";
// Where a terminal knows it, a frame shows as a whole (mode 2026).
const FRAME_START = "\x1b[?2026h\x1b[?25l";
const FRAME_END = "\x1b[?25h\x1b[?2026l";
const STDOUT = 1;
const SMALLEST: Size = { columns: 20, rows: 4 };

/** Moves to a column, counted from 0. */
export function toColumn(column: number): string {
  return `\x1b[${column + 1}G`;
}

export class Tty {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #redraw: () => void;
  readonly #key: (key: Key) => void;
  #shown: readonly string[] = [];
  #isTaken = false;
  #stopSuspending: () => void = () => {};

  constructor(terminal: Terminal, key: (key: Key) => void, redraw: () => void) {
    this.#input = terminal.stdin as ReadStream;
    this.#output = terminal.stdout as WriteStream;
    this.#key = key;
    this.#redraw = redraw;
    emitKeypressEvents(this.#input);
    this.#stopSuspending = terminal.onSuspend?.(this.#giveBack, this.#take) ?? (() => {});
  }

  get size(): Size {
    return {
      columns: Math.max(SMALLEST.columns, this.#output.columns ?? 80),
      rows: Math.max(SMALLEST.rows, this.#output.rows ?? 24),
    };
  }

  open(): void {
    this.#input.on("keypress", this.#onKeypress);
    this.#output.on("resize", this.repaint);
    // The last chance of a crash.
    process.on("exit", this.#giveBack);
    this.#take();
  }

  close(): void {
    this.#stopSuspending();
    process.off("exit", this.#giveBack);
    this.#input.off("keypress", this.#onKeypress);
    this.#output.off("resize", this.repaint);
    this.#giveBack();
    this.#input.pause();
  }

  /** Writes what differs from the last frame. */
  draw({ lines, cursor }: Frame): void {
    if (!this.#isTaken) return;
    const changed = lines
      .map((line, at) => (line === this.#shown[at] ? "" : `\x1b[${at + 1};1H\x1b[0m${line}\x1b[0m\x1b[K`))
      .join("");
    this.#shown = lines;
    this.#output.write(`${FRAME_START}${changed}\x1b[${cursor.row + 1};${cursor.column + 1}H${FRAME_END}`);
  }

  /** Everything anew: the size has changed, or something else has written. */
  repaint = (): void => {
    this.#shown = [];
    if (this.#isTaken) this.#output.write("\x1b[2J");
    this.#redraw();
  };

  bell(): void {
    this.#output.write("\x07");
  }

  #take = (): void => {
    if (this.#isTaken) return;
    this.#isTaken = true;
    this.#input.setRawMode(true);
    this.#input.resume();
    this.#output.write(ENTER);
    this.repaint();
  };

  // Synchronously: at the end of a process nothing else arrives.
  #giveBack = (): void => {
    if (!this.#isTaken) return;
    this.#isTaken = false;
    try {
      this.#input.setRawMode(false);
      writeSync(STDOUT, LEAVE);
    } catch {
      // The terminal is gone: there is nothing to give back.
    }
  };

  #onKeypress = (text: string | undefined, key: { name?: string; ctrl?: boolean; meta?: boolean }): void => {
    this.#key({ text, name: key.name, ctrl: key.ctrl === true, meta: key.meta === true });
  };
}
