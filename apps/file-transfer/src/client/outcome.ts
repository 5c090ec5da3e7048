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

export type Fate = "sent" | "fetched" | "skipped" | "failed";

export class Outcome {
  readonly #terminal: Terminal;
  readonly #json: boolean;
  readonly #counts: Record<Fate, number> = { sent: 0, fetched: 0, skipped: 0, failed: 0 };

  readonly #algorithm: Verification;

  /** @param algorithm how what is done was verified. */
  constructor(terminal: Terminal, json: boolean, algorithm: Verification) {
    this.#algorithm = algorithm;
    this.#terminal = terminal;
    this.#json = json;
  }

  done(fate: "sent" | "fetched", path: string, size: number, hash?: string): void {
    this.#counts[fate]++;
    if (!this.#json) return;
    const verified = this.#algorithm;
    print(this.#terminal, JSON.stringify({ event: fate, path, size, verified, hash }));
  }

  /** @param why a sentence. */
  undone(fate: "skipped" | "failed", path: string, error: Error | string): void {
    this.#counts[fate]++;
    const why = typeof error === "string" ? error : error.message;
    const code = error instanceof SocketlabError ? error.code : undefined;
    if (this.#json) print(this.#terminal, JSON.stringify({ event: fate, path, code, detail: why }));
    else
      say(
        this.#terminal,
        `${styled(fate === "failed" ? "red" : "yellow", `${fate}:`, this.#terminal.stderr)} ${path}: ${why}`,
      );
  }

  /** @returns the exit code. */
  sum(bytes: number, seconds: number): number {
    const { sent, fetched, skipped, failed } = this.#counts;
    const done = sent + fetched;
    if (!this.#json) {
      const rate = seconds > 0 ? `, ${formatBytes(bytes / seconds)}/s` : "";
      const isUnverified = this.#algorithm === "none" && done > 0;
      const rest = [
        isUnverified && "nothing verified",
        skipped > 0 && `${skipped} skipped`,
        failed > 0 && `${failed} failed`,
      ].filter(Boolean);
      const what = `${done} ${done === 1 ? "file" : "files"} ${fetched > 0 ? "fetched" : "sent"}`;
      say(
        this.#terminal,
        [what, ...rest, `${formatBytes(bytes)} in ${formatDuration(seconds * 1000)}${rate}`].join(", "),
      );
    }
    if (this.#terminal.signal.aborted) return ExitCode.interrupted;
    if (failed === 0) return ExitCode.done;
    return done > 0 ? ExitCode.partlyDone : ExitCode.failed;
  }
}
