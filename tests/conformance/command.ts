// The command line of a conformance test: where the server is, or how to start it; then one line per check. Knows no app.
import { parseArgs } from "node:util";
import { Mismatch, NotSpoken, type Check } from "./check.ts";
import { startServer } from "./server-process.ts";

export interface Suite {
  /** What is checked at one endpoint. @throws Error for a transport that is not checked. */
  readonly at: (url: string, timeoutMs: number) => readonly Check[];
  /** How the server says where it listens, if not as servers of messages do; with the flag "g". */
  readonly urlPattern?: RegExp;
  /** What is checked of a server that may be started, killed and started again; the check starts it. */
  readonly of?: (command: readonly string[], timeoutMs: number) => readonly Check[];
}

export interface Outcome {
  readonly name: string;
  readonly promise: string;
  /** Undefined: it held. */
  readonly failure: { readonly sent?: string; readonly expected?: string; readonly came: string } | undefined;
  /** Why it was not checked, if it was not. */
  readonly skipped?: string;
}

const usage = `usage: main.ts [flags] URL…   or   main.ts [flags] -- COMMAND [ARGUMENT…]
  --timeout MS   how long to wait for an answer (5000)      --only NAME   only this check; may be given again`;

/** @returns the exit code: 0 all passed, 1 one failed, 2 wrong usage or no server. */
export async function conformanceCommand(args: readonly string[], suite: Suite): Promise<number> {
  try {
    return await checkAll(args, suite);
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
}

async function checkAll(args: readonly string[], suite: Suite): Promise<number> {
  const separator = args.indexOf("--");
  const command = separator < 0 ? [] : args.slice(separator + 1);
  const { values, positionals } = parseArgs({
    args: args.slice(0, separator < 0 ? undefined : separator),
    options: {
      timeout: { type: "string", default: "5000" },
      only: { type: "string", multiple: true, default: [] },
    },
    allowPositionals: true,
  });
  const timeoutMs = Number(values.timeout);
  if (!(timeoutMs > 0) || (positionals.length === 0) === (command.length === 0)) throw new Error(usage);
  const report = new Report(values.only);
  const server = command.length > 0 ? await startServer(command, 15_000, suite.urlPattern) : undefined;
  try {
    for (const url of server?.urls ?? positionals) await report.run(url, suite.at(url, timeoutMs));
  } finally {
    await server?.stop();
  }
  if (command.length > 0 && suite.of !== undefined)
    await report.run(command.join(" "), suite.of(command, timeoutMs));
  return report.close();
}

/** TAP: a line for each check, and what was sent, expected and received where one failed. */
export class Report {
  readonly #only: readonly string[];
  readonly #failed: string[] = [];
  #count = 0;

  constructor(only: readonly string[]) {
    this.#only = only;
  }

  /** Whether any check whose name begins so is to be run. */
  wants(prefix: string): boolean {
    return this.#only.length === 0 || this.#only.some((name) => name.startsWith(prefix));
  }

  /** @param lanes the same checks once or more: of each check, that of whichever lane is free is run. Told in their order. */
  async run(title: string, ...lanes: readonly (readonly Check[])[]): Promise<void> {
    console.log(`# ${title}`);
    const wanted = lanes.map((checks) =>
      checks.filter(({ name }) => this.#only.length === 0 || this.#only.includes(name)),
    );
    const outcomes = wanted[0]?.map(() => Promise.withResolvers<Outcome>()) ?? [];
    const left = outcomes.entries();
    for (const checks of wanted)
      void (async () => {
        for (const [at, { resolve }] of left) resolve(await runCheck(checks[at]!));
      })();
    for (const { promise } of outcomes) this.#tell(await promise);
  }

  #tell({ name, promise, failure, skipped }: Outcome): void {
    const skip = skipped === undefined ? "" : ` # SKIP ${skipped}`;
    console.log(`${failure === undefined ? "ok" : "not ok"} ${++this.#count} ${name}: ${promise}${skip}`);
    if (failure === undefined) return;
    this.#failed.push(name);
    for (const [word, value] of Object.entries(failure)) console.log(`    ${word.padEnd(8)}  ${value}`);
  }

  close(): number {
    if (this.#count === 0) throw new Error(`no check is called ${this.#only.join(" or ")}`);
    console.log(`1..${this.#count}`);
    console.log(this.#failed.length === 0 ? "# every check passed" : `# failed: ${this.#failed.join(", ")}`);
    return this.#failed.length === 0 ? 0 : 1;
  }
}

async function runCheck({ name, promise, run }: Check): Promise<Outcome> {
  try {
    await run();
    return { name, promise, failure: undefined };
  } catch (error) {
    if (error instanceof NotSpoken) return { name, promise, failure: undefined, skipped: error.message };
    if (error instanceof Mismatch) {
      const { sent, expected, came } = error;
      return { name, promise, failure: { sent, expected, came } };
    }
    return { name, promise, failure: { came: (error as Error).message } };
  }
}
