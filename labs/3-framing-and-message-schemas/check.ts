// Checks a decoder of length-prefixed messages, in any language: check.ts COMMAND [ARGUMENT…]
// The command reads bytes from standard input and prints each message as a line of hexadecimal digits.
import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

const PIECE_PAUSE_MS = 30;
const PATIENCE_MS = 5000;

interface Case {
  readonly promise: string;
  /** In hexadecimal, each piece sent by itself. */
  readonly pieces: readonly string[];
  /** The lines that must come; undefined: an exit code other than 0, within a moment. */
  readonly lines: string | undefined;
  /** The input stays open: whoever waits for what was announced waits for ever. */
  readonly staysOpen?: boolean;
}

const cases: readonly Case[] = [
  { promise: "one message", pieces: ["00000002 6869"], lines: "6869\n" },
  { promise: "two messages in one piece", pieces: ["00000001 61 00000002 6263"], lines: "61\n6263\n" },
  {
    promise: "a message in pieces of one byte",
    pieces: ["00", "00", "00", "02", "68", "69"],
    lines: "6869\n",
  },
  { promise: "a length of zero says nothing", pieces: ["00000000 00000001 7a"], lines: "7a\n" },
  {
    promise: "a length of 256: the order of the bytes",
    pieces: [`00000100 ${"ab".repeat(256)}`],
    lines: `${"ab".repeat(256)}\n`,
  },
  { promise: "an end inside a message is an error", pieces: ["00000003 6869"], lines: undefined },
  { promise: "an end inside a length is an error", pieces: ["0000"], lines: undefined },
  {
    promise: "a length over 65536 is an error at once",
    pieces: ["ffffffff"],
    lines: undefined,
    staysOpen: true,
  },
];

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error("usage: check.ts COMMAND [ARGUMENT…]");
  process.exit(2);
}

let failed = 0;
for (const [at, each] of cases.entries()) {
  const { code, output } = await run(command, args, each);
  const right =
    each.lines === undefined ? code !== undefined && code !== 0 : code === 0 && output === each.lines;
  console.log(`${right ? "ok" : "not ok"} ${at + 1} ${each.promise}`);
  if (right) continue;
  failed++;
  console.log(`    sent      ${each.pieces.join(" | ").slice(0, 60)}`);
  console.log(
    `    expected  ${each.lines?.trim().replaceAll("\n", " ").slice(0, 60) ?? "an exit code that is not 0"}`,
  );
  console.log(
    `    received  ${output.trim().replaceAll("\n", " ").slice(0, 60)} (${code === undefined ? "it still waits" : `exit code ${code}`})`,
  );
}
console.log(failed === 0 ? "# every check passed" : `# ${failed} of ${cases.length} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function run(
  program: string,
  programArgs: readonly string[],
  { pieces, staysOpen = false }: Case,
): Promise<{ code: number | undefined; output: string }> {
  const child = spawn(program, programArgs, { stdio: ["pipe", "pipe", "ignore"] });
  const ended = Promise.withResolvers<number>();
  child.on("error", ended.reject);
  child.on("close", (code) => ended.resolve(code ?? 1));
  // A program that has refused reads no further.
  child.stdin.on("error", () => {});
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  for (const piece of pieces) {
    child.stdin.write(Buffer.from(piece.replaceAll(" ", ""), "hex"));
    if (pieces.length > 1) await delay(PIECE_PAUSE_MS);
  }
  if (!staysOpen) child.stdin.end();
  const late = new AbortController();
  const code = await Promise.race([
    ended.promise,
    delay(PATIENCE_MS, undefined, { signal: late.signal }).catch(() => undefined),
  ]);
  late.abort();
  child.kill("SIGKILL");
  return { code, output };
}
