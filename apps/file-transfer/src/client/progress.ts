// How far it is: lines that are painted over in a terminal, nothing in a pipe. Knows no file and no conversation.
import { print, type Terminal } from "@socketlab/core/terminal";
import { describeFile, describeTotal, rowsOf } from "./progress-lines.ts";

const PAINT_MS = 100;
/** A line of JSON for programs. */
const TELL_MS = 1000;
/** The rate is that of the last seconds. */
const RATE_MS = 3000;
/** More files under way are in the total alone. */
const MOST_FILES = 4;

export type ProgressKind = "none" | "painted" | "json";

/** One file on its way. */
export class FileProgress {
  readonly name: string;
  readonly size: number;
  /** Bytes that have moved in this attempt; that were there from before. */
  moved = 0;
  kept = 0;
  readonly #total: Progress;
  readonly #onMoved: () => void;

  constructor(name: string, size: number, total: Progress, onMoved: () => void) {
    this.name = name;
    this.size = size;
    this.#total = total;
    this.#onMoved = onMoved;
  }

  get done(): number {
    return Math.min(this.size, this.moved + this.kept);
  }

  add(bytes: number): void {
    this.moved += bytes;
    this.#total.movedBytes += bytes;
    this.#onMoved();
  }

  keep(bytes: number): void {
    this.kept += bytes;
    this.#onMoved();
  }

  /** A new attempt begins: what has moved will be found again. */
  again(): void {
    this.moved = 0;
    this.kept = 0;
  }

  end(): void {
    this.#total.ended(this);
  }

  /** It is begun again later. */
  leave(): void {
    this.#total.left(this);
  }
}

export class Progress {
  totalBytes = 0;
  totalFiles = 0;
  /** All that has gone over the network. */
  movedBytes = 0;
  doneFiles = 0;
  #doneBytes = 0;
  readonly #underway = new Set<FileProgress>();
  readonly #terminal: Terminal;
  readonly #kind: ProgressKind;
  #timer: NodeJS.Timeout | undefined;
  #beganMs: number | undefined;
  #samples: { atMs: number; bytes: number }[] = [];
  /** The lines that are on the screen. */
  #painted: string[] = [];

  constructor(terminal: Terminal, kind: ProgressKind) {
    this.#terminal = terminal;
    this.#kind = kind === "painted" && terminal.stderr.isTTY !== true ? "none" : kind;
  }

  /** So much is to be done, as far as is known; the clock runs. */
  expect(sizes: readonly number[]): void {
    this.totalFiles = sizes.length;
    this.totalBytes = sizes.reduce((sum, size) => sum + size, 0);
    if (this.#beganMs === undefined && sizes.length > 0) this.#start();
  }

  /** @param onMoved is called whenever something of it has moved. */
  begin(name: string, size: number, onMoved: () => void): FileProgress {
    if (this.#beganMs === undefined) this.#start();
    const file = new FileProgress(name, size, this, onMoved);
    this.#underway.add(file);
    return file;
  }

  #start(): void {
    this.#beganMs = performance.now();
    if (this.#kind === "painted") this.#timer = setInterval(() => this.#paint(), PAINT_MS);
    if (this.#kind === "json") this.#timer = setInterval(() => this.#tell(), TELL_MS);
  }

  left(file: FileProgress): void {
    this.#underway.delete(file);
  }

  ended(file: FileProgress): void {
    this.left(file);
    this.doneFiles++;
    this.#doneBytes += file.size;
  }

  /** What is where it belongs, with what has arrived of those that are under way. */
  get doneBytes(): number {
    let bytes = this.#doneBytes;
    for (const { done } of this.#underway) bytes += done;
    return bytes;
  }

  get seconds(): number {
    return this.#beganMs === undefined ? 0 : (performance.now() - this.#beganMs) / 1000;
  }

  /** Takes the lines away. */
  stop(): void {
    clearInterval(this.#timer);
    this.clear();
  }

  /** Takes the lines away until they are painted again: for a line of talk. */
  clear(): void {
    if (this.#painted.length > 0) this.#terminal.stderr.write(`${this.#toTheTop()}\u001b[J`);
    this.#painted = [];
  }

  /** Some terminals say 0 when they do not know. */
  get #columns(): number {
    const { columns = 0 } = this.#terminal.stderr;
    return columns > 0 ? columns : 80;
  }

  #paint(): void {
    const columns = this.#columns;
    const files = this.totalFiles > 1 ? [...this.#underway].slice(0, MOST_FILES) : [];
    const lines = files.map((file) => describeFile(file, columns));
    const [only] = this.totalFiles === 1 ? this.#underway : [];
    lines.push(describeTotal({ ...this.#figures(), name: only?.name }, columns));
    this.#terminal.stderr.write(
      `${this.#toTheTop()}${lines.map((line) => `${line}\u001b[K`).join("\n")}\u001b[J`,
    );
    this.#painted = lines;
  }

  /** From the end of the last line; in a terminal that is narrower now they take more rows than before. */
  #toTheTop(): string {
    const columns = this.#columns;
    const rows = this.#painted.reduce((sum, line) => sum + rowsOf(line, columns), 0);
    return rows > 1 ? `\r\u001b[${rows - 1}A` : "\r";
  }

  #tell(): void {
    const { perSecond, ...figures } = this.#figures();
    print(
      this.#terminal,
      JSON.stringify({ event: "progress", ...figures, bytesPerSecond: Math.round(perSecond) }),
    );
  }

  #figures() {
    const now = performance.now();
    this.#samples.push({ atMs: now, bytes: this.movedBytes });
    this.#samples = this.#samples.filter(({ atMs }) => atMs >= now - RATE_MS);
    const [first = { atMs: this.#beganMs ?? now, bytes: 0 }] = this.#samples.length > 1 ? this.#samples : [];
    const perSecond = ((this.movedBytes - first.bytes) / Math.max(1, now - first.atMs)) * 1000;
    const { doneBytes, totalBytes, doneFiles, totalFiles } = this;
    return { doneBytes, totalBytes, doneFiles, totalFiles, perSecond };
  }
}
