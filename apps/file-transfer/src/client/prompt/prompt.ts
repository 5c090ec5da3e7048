// `file-transfer client`: a prompt like sftp's in a terminal, and line by line in a pipe. Exits nothing.
import { createInterface, type Interface } from "node:readline/promises";
import { ClosedError, formatEndpoint, realClock, UsageError } from "@socketlab/core";
import {
  describeFlags,
  ExitCode,
  Observer,
  parseFlags,
  print,
  say,
  tellError,
  type Terminal,
} from "@socketlab/core/terminal";
import { Connections } from "../connections.ts";
import { dialer, type Reach } from "../dial.ts";
import { pathFlags } from "../flags.ts";
import type { Remote } from "../remote.ts";
import { parseTarget } from "../target.ts";
import { isFarewell, obey, type Shell } from "./commands.ts";
import { complete } from "./complete.ts";
import { Session } from "./session.ts";
import { parseWords } from "./words.ts";

const HISTORY_LINES = 1000;
const CLEAR_LINE = "\r\u001b[K";

const help = `file-transfer client tcp://127.0.0.1:4101                  a prompt: ls, cd, get, put …; help there tells more
file-transfer client tcp://127.0.0.1:4101 < commands       what could be typed there, line by line

Usage: file-transfer client URL [flags]    URL: tcp:// tls:// ws:// wss://, host, port, and perhaps a folder there

${describeFlags(pathFlags)}

In a pipe the first line that fails ends it, unless the line begins with "-"; a line that begins with "#" is a comment.
Exit codes: 0 done; 1 failed; 2 wrong usage; 3 some of it is done; 130 interrupted.`;

/** @returns the exit code. @throws what goes wrong before the prompt, or in a pipe. */
export async function clientCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const flags = parseFlags(args, pathFlags);
  if (flags.has("help")) {
    print(terminal, help);
    return ExitCode.done;
  }
  const [url, extra] = flags.positionals;
  if (url === undefined || extra !== undefined)
    throw new UsageError(
      "missing-argument",
      "one URL is needed; try: file-transfer client tcp://127.0.0.1:4101",
    );
  const { endpoint, path } = parseTarget(url);
  const observer = new Observer(flags, flags.has("json") ? terminal.stdout : terminal.stderr);
  let prompt: Prompt | undefined;
  const session = new Session(dialer(endpoint, flags, observer.trace), (error) => prompt?.lost(error));
  const address = formatEndpoint(endpoint).replace(/\/$/, "");
  const shell: Omit<Shell, "terminal"> = {
    session,
    json: flags.has("json"),
    reach: reachSession(session),
    urlOf: (one) => `${address}/${one}`,
  };
  const drop = (): void => session.drop();
  terminal.signal.addEventListener("abort", drop);
  const stopWatching = observer.watch(
    () => (session.socket === undefined ? [] : [session.socket]),
    terminal,
    flags,
  );
  try {
    await session.remote();
    await session.enter(`/${path}`);
    if (terminal.stdin.isTTY !== true || terminal.stdout.isTTY !== true)
      return await readPipe({ ...shell, terminal });
    say(terminal, `Connected to ${address}. help lists the commands; Ctrl-D ends.`);
    prompt = new Prompt(shell, terminal);
    return await prompt.run();
  } finally {
    terminal.signal.removeEventListener("abort", drop);
    stopWatching();
    if (observer.inspects && session.socket !== undefined) observer.draw(session.socket);
    await session.close();
    observer.finish();
  }
}

/** Over the prompt's own connection, which nobody else ends; one that is lost is made again by the next line. */
function reachSession(session: Session): Reach {
  const assertWanted = ({ signal }: Terminal): void => {
    if (signal.aborted) throw new ClosedError("aborted", "interrupted");
  };
  return {
    async one(_endpoint, _flags, terminal, act) {
      assertWanted(terminal);
      return act(await session.remote());
    },
    async many(_endpoint, _flags, terminal, _progress, act) {
      assertWanted(terminal);
      const dial = (): Promise<Remote> => session.remote();
      const { signal } = terminal;
      const onRetry = (): void => {};
      const { random } = Math;
      return act(new Connections({ dial, count: 1, retries: 0, signal, clock: realClock, random, onRetry }));
    },
  };
}

/** @returns the exit code of the first line that failed. @throws what it throws. */
async function readPipe(shell: Shell): Promise<number> {
  const { terminal } = shell;
  const lines = createInterface({ input: terminal.stdin, crlfDelay: Infinity });
  terminal.signal.addEventListener("abort", () => lines.close());
  for await (const line of lines) {
    const [, isForgiven, text = ""] = /^\s*(-?)\s*(.*)$/s.exec(line) ?? [];
    if (text === "" || text.startsWith("#")) continue;
    const words = parseWords(text);
    if (isFarewell(words[0]!)) break;
    try {
      const code = await obey(words, shell);
      if (code !== ExitCode.done && isForgiven !== "-") return code;
    } catch (error) {
      if (isForgiven !== "-" || terminal.signal.aborted) throw error;
      tellError(words[0]!, error, terminal);
    }
  }
  return terminal.signal.aborted ? ExitCode.interrupted : ExitCode.done;
}

class Prompt {
  readonly #shell: Omit<Shell, "terminal">;
  readonly #terminal: Terminal;
  readonly #lines: Interface;
  #isClosed = false;
  /** Of the command that is under way. */
  #running: AbortController | undefined;

  constructor(shell: Omit<Shell, "terminal">, terminal: Terminal) {
    this.#shell = shell;
    this.#terminal = terminal;
    this.#lines = createInterface({
      input: terminal.stdin,
      output: terminal.stdout,
      completer: (line: string) => complete(line, shell.session),
      historySize: HISTORY_LINES,
      removeHistoryDuplicates: true,
    });
    // In its raw mode the terminal gives Ctrl-C to readline, not to the process.
    this.#lines.on("SIGINT", () => this.#interrupt());
    // Ctrl-D, perhaps while something is under way, which is then done before the end.
    this.#lines.once("close", () => void (this.#isClosed = true));
    terminal.signal.addEventListener("abort", () => this.#lines.close());
  }

  /** Until Ctrl-D or `bye`. */
  async run(): Promise<number> {
    this.#show();
    for await (const line of this.#lines) {
      const words = this.#read(line);
      if (words.length > 0 && isFarewell(words[0]!)) {
        this.#lines.close();
        return ExitCode.done;
      }
      if (words.length > 0) await this.#obey(words);
      this.#show();
    }
    // The prompt still stands there, without an answer.
    this.#terminal.stdout.write("\n");
    return this.#terminal.signal.aborted ? ExitCode.interrupted : ExitCode.done;
  }

  /** While nothing is asked it is told here; else whoever has asked is told. */
  lost(error: Error | undefined): void {
    if (this.#running !== undefined || this.#isClosed) return;
    const why = error === undefined ? "the server has ended it" : error.message;
    this.#terminal.stdout.write(CLEAR_LINE);
    say(this.#terminal, `The connection is lost: ${why}. The next command makes it again.`);
    this.#show(true);
  }

  #show(keepsCursor = false): void {
    if (this.#isClosed) return;
    this.#lines.setPrompt(`/${this.#shell.session.folder}> `);
    this.#lines.prompt(keepsCursor);
  }

  #read(line: string): string[] {
    try {
      return parseWords(line);
    } catch (error) {
      say(this.#terminal, (error as Error).message);
      return [];
    }
  }

  async #obey(words: readonly string[]): Promise<void> {
    const { session } = this.#shell;
    const running = new AbortController();
    this.#running = running;
    const signal = AbortSignal.any([this.#terminal.signal, running.signal]);
    signal.addEventListener("abort", () => session.drop());
    try {
      await obey(words, { ...this.#shell, terminal: { ...this.#terminal, signal } });
    } catch (error) {
      if (running.signal.aborted) say(this.#terminal, "interrupted");
      else {
        tellError(words[0]!, error, this.#terminal);
        if (error instanceof ClosedError) session.drop();
      }
    } finally {
      this.#running = undefined;
    }
  }

  /** Ends what is under way, or else takes back what has been typed. */
  #interrupt(): void {
    if (this.#running !== undefined) return this.#running.abort();
    if (this.#lines.line === "") this.#terminal.stdout.write("\n");
    this.#lines.write(null, { ctrl: true, name: "e" });
    this.#lines.write(null, { ctrl: true, name: "u" });
    this.#show();
  }
}
