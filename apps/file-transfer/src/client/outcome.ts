// What became of many files, for people, for programs, and as an exit code. Knows no conversation.
import { SocketlabError } from "@socketlab/core";
import {
  ExitCode,
  formatBytes,
  formatDuration,
  print,
  say,
  styled,
  type Terminal,
} from "@socketlab/core/terminal";
import type { Verification } from "../protocol.ts";
import { printable } from "./progress-lines.ts";

export type Fate = "sent" | "fetched" | "there already" | "skipped" | "failed" | "removed";

/** Why nothing is done with a file: it is as it should be, or it is left out. */
export type Untouched = "there already" | "skipped";

/** How far it has come. */
export interface Sum {
  readonly movedBytes: number;
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly totalFiles: number;
  readonly seconds: number;
}

export class Outcome {
  readonly #terminal: Terminal;
  readonly #json: boolean;
  readonly #counts: Record<Fate, number> = {
    sent: 0,
    fetched: 0,
    "there already": 0,
    skipped: 0,
    failed: 0,
    removed: 0,
  };

  readonly #algorithm: Verification;
  readonly #fate: "sent" | "fetched";
  #isLost = false;
  readonly #progress: { clear(): void };

  /** @param algorithm how what is done was verified. */
  constructor(
    terminal: Terminal,
    fate: "sent" | "fetched",
    { json, algorithm }: { readonly json: boolean; readonly algorithm: Verification },
    progress: { clear(): void },
  ) {
    this.#fate = fate;
    this.#algorithm = algorithm;
    this.#progress = progress;
    this.#terminal = terminal;
    this.#json = json;
  }

  /** Something is done, and something is not. */
  get isPartlyDone(): boolean {
    return this.#counts.sent + this.#counts.fetched > 0;
  }

  /** @param more how much of it was there from before, and the hash of the whole, as far as they are known. */
  done(
    path: string,
    size: number,
    more: { readonly kept?: number; readonly hash?: string | undefined } = {},
  ): void {
    this.#counts[this.#fate]++;
    if (!this.#json) return;
    const verified = this.#algorithm;
    print(this.#terminal, JSON.stringify({ event: this.#fate, path, size, verified, ...more }));
  }

  /** @param why a sentence. */
  undone(fate: Untouched | "failed", path: string, error: Error | string): void {
    this.#counts[fate]++;
    const why = typeof error === "string" ? error : error.message;
    const code = error instanceof SocketlabError ? error.code : undefined;
    this.#progress.clear();
    if (this.#json) print(this.#terminal, JSON.stringify({ event: fate, path, code, detail: why }));
    else
      say(
        this.#terminal,
        `${styled(fate === "failed" ? "red" : "yellow", `${fate}:`, this.#terminal.stderr)} ${printable(path)}: ${printable(why)}`,
      );
  }

  /** A chunk is not what its hash says: it is fetched again. */
  badChunk(path: string, chunk: number): void {
    this.#progress.clear();
    if (this.#json) print(this.#terminal, JSON.stringify({ event: "bad chunk", path, chunk }));
    else {
      const what = styled("yellow", "fetched again:", this.#terminal.stderr);
      say(this.#terminal, `${what} ${printable(path)}: chunk ${chunk} was not what its hash says`);
    }
  }

  /** It need not be done, as many others need not. @param isTold each to people, not only all in the end. */
  skip(fate: Untouched, path: string, why: string, isTold: boolean): void {
    if (isTold || this.#json) return this.undone(fate, path, why);
    this.#counts[fate]++;
  }

  removed(path: string): void {
    this.#counts.removed++;
    if (this.#json) print(this.#terminal, JSON.stringify({ event: "removed", path }));
  }

  /** What is done with something, or would be. */
  tell(event: string, path: string, why: string): void {
    this.#progress.clear();
    if (this.#json) print(this.#terminal, JSON.stringify({ event, path, detail: why }));
    else say(this.#terminal, `${event}: ${printable(path)}: ${why}`);
  }

  get hasFailed(): boolean {
    return this.#counts.failed > 0;
  }

  /** The connection is lost for good. */
  lost(error: Error): void {
    if (this.#json) print(this.#terminal, JSON.stringify({ event: "lost", detail: error.message }));
    else say(this.#terminal, error.message);
    this.#isLost = true;
  }

  /** @returns the exit code. */
  sum({ movedBytes: bytes, doneBytes, totalBytes, seconds, totalFiles }: Sum): number {
    const { sent, fetched, "there already": there, skipped, failed, removed } = this.#counts;
    const done = sent + fetched;
    if (!this.#json) {
      const rate = seconds > 0 ? `, ${formatBytes(bytes / seconds)}/s` : "";
      const isUnverified = this.#algorithm === "none" && done > 0;
      const rest = [
        isUnverified && "nothing verified",
        there > 0 && `${there} there already`,
        skipped > 0 && `${skipped} skipped`,
        removed > 0 && `${removed} removed`,
        failed > 0 && `${failed} failed`,
      ].filter(Boolean);
      const isOver = totalFiles === 0 || done + skipped + failed >= totalFiles;
      const left = `of ${totalFiles}, ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}: the same command goes on there`;
      const what = `${done} ${done === 1 ? "file" : "files"} ${this.#fate}`;
      say(
        this.#terminal,
        [
          isOver ? what : `${what} ${left}`,
          ...rest,
          `${formatBytes(bytes)} in ${formatDuration(seconds * 1000)}${rate}`,
        ].join(", "),
      );
    }
    if (this.#terminal.signal.aborted) return ExitCode.interrupted;
    if (failed === 0 && !this.#isLost) return ExitCode.done;
    return done + there + removed > 0 ? ExitCode.partlyDone : ExitCode.failed;
  }
}
