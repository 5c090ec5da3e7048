// One line that is painted over in a terminal, and what is said above it; in a pipe there is no such line. Knows not what it tells.
import { say, type Terminal } from "@socketlab/core/terminal";

const PAINT_MS = 200;
const CLEAR_TO_END = "\u001b[K";

export class StatusLine implements Disposable {
  readonly #terminal: Terminal;
  #look: (() => string) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param isShown only in a terminal is it. */
  constructor(terminal: Terminal, isShown: boolean) {
    this.#terminal = terminal;
    if (isShown && terminal.stderr.isTTY === true) this.#timer = setInterval(() => this.#paint(), PAINT_MS);
  }

  /** @param look what the line is, whenever it is painted; without one there is none. */
  show(look?: () => string): void {
    this.#clear();
    this.#look = look;
  }

  /** Writes a line that stays. */
  say(line: string): void {
    this.#clear();
    say(this.#terminal, line);
  }

  /** Takes the line away. */
  [Symbol.dispose](): void {
    this.show();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #clear(): void {
    if (this.#timer !== undefined && this.#look !== undefined)
      this.#terminal.stderr.write(`\r${CLEAR_TO_END}`);
  }

  #paint(): void {
    if (this.#look === undefined) return;
    const { columns = 0 } = this.#terminal.stderr;
    // Never as wide as the terminal, which would begin a new line; some say 0 when they do not know.
    const line = this.#look().slice(0, (columns || 80) - 1);
    this.#terminal.stderr.write(`\r${line}${CLEAR_TO_END}`);
  }
}
