// How far a reading of files is: one line that is painted over in a terminal, nothing in a pipe. Knows no file.
import { formatBytes, formatDuration, type Terminal } from "@socketlab/core/terminal";

const PAINT_MS = 100;
const BAR_COLUMNS = 30;

export class ProgressLine implements Disposable {
  #doneBytes = 0;
  readonly #totalBytes: number;
  readonly #terminal: Terminal;
  readonly #beganMs: number = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param isShown only in a terminal is it. */
  constructor(terminal: Terminal, totalBytes: number, isShown: boolean) {
    this.#terminal = terminal;
    this.#totalBytes = totalBytes;
    if (isShown && terminal.stderr.isTTY === true) this.#timer = setInterval(() => this.#paint(), PAINT_MS);
  }

  add(bytes: number): void {
    this.#doneBytes += bytes;
  }

  /** Takes the line away. */
  [Symbol.dispose](): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#terminal.stderr.write("\r\u001b[K");
  }

  #paint(): void {
    const { columns = 0 } = this.#terminal.stderr;
    const ms = performance.now() - this.#beganMs;
    // Never as wide as the terminal, which would begin a new line; some say 0 when they do not know.
    const line = describeProgress(this.#doneBytes, this.#totalBytes, ms).slice(0, (columns || 80) - 1);
    this.#terminal.stderr.write(`\r${line}\u001b[K`);
  }
}

export function describeProgress(doneBytes: number, totalBytes: number, ms: number): string {
  const share = Math.min(1, doneBytes / totalBytes);
  const perMs = doneBytes / Math.max(1, ms);
  const left = doneBytes > 0 ? ` ${formatDuration((totalBytes - doneBytes) / perMs)} left` : "";
  const bar = "█".repeat(Math.round(share * BAR_COLUMNS)).padEnd(BAR_COLUMNS, "░");
  const rate = formatBytes(Math.round(perMs * 1000));
  return `${String(Math.floor(share * 100)).padStart(3)}% ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)} ${rate}/s${left} [${bar}]`;
}
