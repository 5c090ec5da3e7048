// A real terminal with a shell in it, by tmux: keys in, what is on the screen out. Knows no app.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 20_000;
const LOOK_MS = 50;

export class TmuxTerminal implements Disposable {
  // Its own server: nobody's sessions are touched.
  readonly #folder = mkdtempSync(join(tmpdir(), "tmux-"));

  constructor(columns = 100, rows = 24) {
    const size = ["-x", `${columns}`, "-y", `${rows}`];
    this.#tmux("-f", "/dev/null", "new-session", "-d", ...size, "env PS1='$ ' bash --norc --noprofile -i");
  }

  /** What is on the screen, with colours if `withEscapes`. */
  screen(): string {
    return this.#tmux("capture-pane", "-p");
  }

  /** Types a text as it is. */
  type(text: string): void {
    this.#tmux("send-keys", "-l", text);
  }

  /** Presses keys by tmux's names: Enter, PPage, C-c. */
  press(...keys: string[]): void {
    this.#tmux("send-keys", ...keys);
  }

  run(command: string): void {
    this.type(command);
    this.press("Enter");
  }

  resize(columns: number, rows: number): void {
    this.#tmux("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** Whether the alternate screen is shown. */
  get isFullScreen(): boolean {
    return this.#tmux("display-message", "-p", "#{alternate_on}").trim() === "1";
  }

  /** Until the screen matches. @throws Error with the screen. */
  async shows(pattern: RegExp | ((screen: string) => boolean)): Promise<string> {
    const matches = typeof pattern === "function" ? pattern : (screen: string) => pattern.test(screen);
    for (const untilMs = Date.now() + PATIENCE_MS; ;) {
      const screen = this.screen();
      if (matches(screen)) return screen;
      if (Date.now() > untilMs) throw new Error(`the screen never showed ${String(pattern)}:\n${screen}`);
      await sleep(LOOK_MS);
    }
  }

  /** Presses a key again and again until the screen matches. @throws Error with the screen. */
  async pressUntil(key: string, pattern: RegExp): Promise<void> {
    await this.shows((screen) => {
      if (pattern.test(screen)) return true;
      this.press(key);
      return false;
    });
  }

  [Symbol.dispose](): void {
    this.#tmux("kill-server");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #tmux(...args: string[]): string {
    const env = {
      ...process.env,
      TMUX_TMPDIR: this.#folder,
      TMUX: "",
      LC_ALL: "C.UTF-8",
      NO_COLOR: undefined,
    };
    return execFileSync("tmux", ["-u", ...args], { encoding: "utf8", env });
  }
}
