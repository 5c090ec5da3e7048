// Does what a document says, in its order, and looks at what is printed. Knows nothing of files but the document's text.
//
//   ```sh                     runs from the repository's root, and must end with exit code 0
//   ```sh in NAME             the same in a terminal of its own, and goes on running
//   ```text                   what the last command, or the terminal that was named last, has printed since
//   <!-- type in NAME: … -->  a line for what runs in that terminal; <!-- end of input in NAME -->
//   <!-- Ctrl-C in NAME -->   and <!-- Ctrl-\ in NAME -->
//   <!-- output of NAME -->   the next ```text is of that terminal
//   <!-- exit code: 1 -->     of the next command
//   <!-- varies: words -->    in lines with these words numbers differ in the next ```text; `numbers`: in all lines
//                             `everything`: the output only has to be there
//   <!-- contains: text -->   and this has to be in the next ```text's output
//   <!-- not run: reason -->  the next block is only read
import { difference } from "./compare.ts";
import type { Block, Item } from "./markdown.ts";
import { Terminal } from "./terminal.ts";

const COMMAND_MS = 60_000;
const OUTPUT_MS = 60_000;
const QUIET_MS = 1500;
// A build may say nothing for a while before it goes on.
const LONG_QUIET_MS = 10_000;

export interface Outcome {
  readonly faults: string[];
  readonly notRun: string[];
}

/** @param write put what was printed in place of what does not agree. */
export async function runDocument(
  items: readonly Item[],
  { folder, env, write }: { folder: string; env: NodeJS.ProcessEnv; write: boolean },
): Promise<Outcome> {
  const run = new DocumentRun(folder, env, write);
  try {
    for (const item of items) {
      // What follows builds on what failed.
      if (run.faults.length > 0) break;
      if (item.kind === "directive") run.heed(item.name, item.argument);
      else await run.block(item);
    }
  } finally {
    await run.close();
  }
  return run;
}

interface Expectations {
  readonly reason?: string;
  readonly varies?: readonly string[];
  readonly contains?: string;
  readonly exitCode?: number;
}

class DocumentRun implements Outcome {
  readonly faults: string[] = [];
  readonly notRun: string[] = [];
  readonly #terminals = new Map<string, Terminal>();
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #write: boolean;
  /** Whose output the next block of text shows. */
  #speaker: Terminal | undefined;
  #next: Expectations = {};

  constructor(folder: string, env: NodeJS.ProcessEnv, write: boolean) {
    this.#folder = folder;
    this.#env = env;
    this.#write = write;
  }

  heed(name: string, argument: string): void {
    const [, action, terminal] =
      /^(type|Ctrl-C|Ctrl-\\|end of input|output) (?:in|of) (\w+)$/.exec(name) ?? [];
    if (terminal !== undefined) {
      const named = this.#terminals.get(terminal);
      if (named === undefined) throw new Error(`no terminal "${terminal}" has been opened`);
      this.#speaker = named;
      if (action === "type") named.type(argument);
      else if (action === "end of input") named.closeInput();
      else if (action === "Ctrl-C") named.signal("SIGINT");
      else if (action === "Ctrl-\\") named.signal("SIGQUIT");
    } else if (name === "not run") this.#expect({ reason: argument });
    else if (name === "varies") this.#expect({ varies: argument.split(", ") });
    else if (name === "contains") this.#expect({ contains: argument });
    else if (name === "exit code") this.#expect({ exitCode: Number(argument) });
  }

  #expect(more: Expectations): void {
    this.#next = { ...this.#next, ...more };
  }

  async block(block: Block): Promise<void> {
    const { reason, exitCode = 0, ...ofOutput } = this.#next;
    if (block.language === "sh") {
      this.#next = ofOutput;
      this.#speaker = undefined;
      if (reason === undefined) await this.#command(block, exitCode);
      else this.notRun.push(`line ${block.line}: ${block.text.split("\n")[0]!} (${reason})`);
    } else if (block.language === "text") {
      this.#next = {};
      if (reason === undefined && this.#speaker !== undefined)
        await this.#show(block, this.#speaker, ofOutput);
    }
  }

  async #command(block: Block, exitCode: number): Promise<void> {
    const name = /^in (\w+)$/.exec(block.info)?.[1];
    // Before what runs there is over, its port is taken.
    if (name !== undefined) await this.#terminals.get(name)?.close();
    const terminal = new Terminal(block.text, this.#folder, this.#env);
    this.#speaker = terminal;
    if (name !== undefined) {
      this.#terminals.set(name, terminal);
      return;
    }
    terminal.closeInput();
    const code = await terminal.ended(COMMAND_MS);
    await terminal.close();
    if (code !== exitCode)
      this.faults.push(
        `line ${block.line}: ${block.text}\nended with ${code ?? "no"} exit code, not ${exitCode}:\n${terminal.unread}`,
      );
  }

  async #show(block: Block, terminal: Terminal, { varies = [], contains = "" }: Expectations): Promise<void> {
    const agrees = (printed: string): boolean =>
      block.text !== "" &&
      printed.includes(contains) &&
      // What varies is written anew, since nothing else would tell when the command has changed.
      (varies.includes("everything") ? !this.#write : difference(block.text, printed, varies) === undefined);
    const hasEnded = (await terminal.ended(0)) !== undefined;
    const timeoutMs = hasEnded ? 1 : OUTPUT_MS;
    // Writing, what is there after a moment of silence is all that comes.
    if (
      await terminal.until(
        agrees,
        timeoutMs,
        this.#write ? (block.text === "" ? QUIET_MS : LONG_QUIET_MS) : Infinity,
      )
    )
      return terminal.markRead();
    const printed = terminal.unread;
    if (this.#write && printed.includes(contains)) block.text = tidy(printed);
    else {
      const missing = printed.includes(contains) ? difference(block.text, printed, varies) : contains;
      this.faults.push(
        `line ${block.line}: this is shown but was not printed: ${missing}\nprinted was:\n${printed}`,
      );
    }
    terminal.markRead();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#terminals.values()].map((terminal) => terminal.close()));
  }
}

/** What a reader sees: not the warnings of npm's own settings, and not the log. */
function tidy(printed: string): string {
  return printed
    .split("\n")
    .filter((line) => !/^npm (warn|notice)/.test(line) && !line.startsWith('{"level":'))
    .map((line) => line.trimEnd())
    .join("\n")
    .replace(/^\n+|\n+$/g, "");
}
