// How a download stands, as a line that is painted over in a terminal, or as records for programs. Knows no socket.
import { formatBytes, formatDuration, print, type Terminal } from "@socketlab/core/terminal";

const PAINT_MS = 200;
const REPORT_MS = 1000;
const BAR_COLUMNS = 20;

/** How it stands at a moment. Bytes, and bytes a second. */
export interface Standing {
  readonly pieces: number;
  readonly wantedPieces: number;
  readonly left: number;
  readonly downloaded: number;
  readonly uploaded: number;
  readonly downloadRate: number;
  readonly uploadRate: number;
  readonly peers: number;
}

export class SwarmProgress implements Disposable {
  readonly #terminal: Terminal;
  readonly #look: () => Standing;
  readonly #isJson: boolean;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal, look: () => Standing, how: "json" | "line" | "quiet") {
    this.#terminal = terminal;
    this.#look = look;
    this.#isJson = how === "json";
    if (how === "json" || (how === "line" && terminal.stderr.isTTY === true))
      this.#timer = setInterval(() => this.#show(), this.#isJson ? REPORT_MS : PAINT_MS);
  }

  /** Writes something else, and the line again after it. */
  say(line: string): void {
    this.#clear();
    this.#terminal.stderr.write(`${line}\n`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #clear(): void {
    if (!this.#isJson && this.#timer !== undefined) this.#terminal.stderr.write("\r\u001b[K");
  }

  #show(): void {
    const standing = this.#look();
    if (this.#isJson) {
      print(this.#terminal, JSON.stringify({ event: "progress", ...standing }));
      return;
    }
    const { columns = 0 } = this.#terminal.stderr;
    const line = describeStanding(standing).slice(0, (columns || 80) - 1);
    this.#terminal.stderr.write(`\r${line}\u001b[K`);
  }
}

export function describeStanding(standing: Standing): string {
  const { pieces, wantedPieces, left, downloaded, uploaded, downloadRate, uploadRate, peers } = standing;
  const share = wantedPieces === 0 ? 1 : pieces / wantedPieces;
  const bar = "█".repeat(Math.floor(share * BAR_COLUMNS)).padEnd(BAR_COLUMNS, "░");
  const rate = (bytes: number): string => `${formatBytes(Math.round(bytes))}/s`;
  const ratio = downloaded > 0 ? ` ratio ${(uploaded / downloaded).toFixed(2)}` : "";
  const toGo = left > 0 && downloadRate > 0 ? ` ${formatDuration((left / downloadRate) * 1000)} left` : "";
  return `${String(Math.floor(share * 100)).padStart(3)}% [${bar}] ${pieces}/${wantedPieces} pieces ↓ ${rate(downloadRate)} ↑ ${rate(uploadRate)} ${peers} peer${peers === 1 ? "" : "s"}${ratio}${toGo}`;
}
