// How far it is: one line that is painted over in a terminal, nothing in a pipe. Knows no file and no conversation.
import { formatBytes, formatDuration, type Terminal } from "@socketlab/core/terminal";

const PAINT_MS = 100;
/** The rate is that of the last seconds. */
const RATE_MS = 3000;

export class Progress {
  totalBytes = 0;
  totalFiles = 0;
  #doneBytes = 0;
  #doneFiles = 0;
  #name = "";
  readonly #terminal: Terminal;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #beganMs = performance.now();
  #samples: { atMs: number; bytes: number }[] = [];

  constructor(terminal: Terminal, isQuiet: boolean) {
    this.#terminal = terminal;
    if (isQuiet || terminal.stderr.isTTY !== true) return;
    this.#timer = setInterval(() => this.#paint(), PAINT_MS);
  }

  moved(bytes: number): void {
    this.#doneBytes += bytes;
  }

  began(name: string): void {
    this.#name = name;
  }

  fileDone(): void {
    this.#doneFiles++;
  }

  get bytes(): number {
    return this.#doneBytes;
  }

  get seconds(): number {
    return (performance.now() - this.#beganMs) / 1000;
  }

  /** Takes the line away. */
  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#terminal.stderr.write("\r\u001b[K");
  }

  #paint(): void {
    const now = performance.now();
    this.#samples.push({ atMs: now, bytes: this.#doneBytes });
    this.#samples = this.#samples.filter(({ atMs }) => atMs >= now - RATE_MS);
    const [first] = this.#samples;
    const perMs =
      first === undefined || now === first.atMs ? 0 : (this.#doneBytes - first.bytes) / (now - first.atMs);
    const share = this.totalBytes === 0 ? 0 : Math.min(1, this.#doneBytes / this.totalBytes);
    const width = this.#terminal.stderr.columns ?? 80;
    const left = perMs > 0 ? ` ${formatDuration((this.totalBytes - this.#doneBytes) / perMs)} left` : "";
    const figures = `${String(Math.floor(share * 100)).padStart(3)}% ${formatBytes(this.#doneBytes)} of ${formatBytes(this.totalBytes)} ${formatBytes(perMs * 1000)}/s${left}`;
    const files = this.totalFiles > 1 ? ` ${this.#doneFiles}/${this.totalFiles}` : "";
    const barWidth = Math.max(0, Math.min(30, width - figures.length - files.length - 24));
    const bar = barWidth < 5 ? "" : ` [${"█".repeat(Math.round(share * barWidth)).padEnd(barWidth, "░")}]`;
    const line = `${figures}${bar}${files}`;
    const name = this.#name.slice(0, Math.max(0, width - line.length - 2));
    this.#terminal.stderr.write(`\r${line} ${name}\u001b[K`);
  }
}
