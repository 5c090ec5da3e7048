// Checks any echo server (RFC 862) from outside, in whatever language it is written.
//
//   node tests/conformance/echo/main.ts tcp://127.0.0.1:7007 udp://127.0.0.1:7007 ws://127.0.0.1:7008/echo
//   node tests/conformance/echo/main.ts -- python3 my_server.py
//
// Prints one line per check (TAP) and, where one failed, what was sent, expected and received. Exit code 1 if any failed.
import { parseArgs } from "node:util";
import { checksOf, runCheck } from "./run.ts";
import { startServer } from "./server-process.ts";

const usage = "usage: main.ts [--timeout MS] URL…   or   main.ts [--timeout MS] -- COMMAND [ARGUMENT…]";

async function main(): Promise<number> {
  const separator = process.argv.indexOf("--");
  const command = separator < 0 ? [] : process.argv.slice(separator + 1);
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2, separator < 0 ? undefined : separator),
    options: { timeout: { type: "string", default: "5000" } },
    allowPositionals: true,
  });
  const timeoutMs = Number(values.timeout);
  if (!(timeoutMs > 0) || (positionals.length === 0) === (command.length === 0)) {
    console.error(usage);
    return 2;
  }
  const server = command.length > 0 ? await startServer(command, 15_000) : undefined;
  try {
    return await checkAll(server?.urls ?? positionals, timeoutMs);
  } finally {
    await server?.stop();
  }
}

async function checkAll(urls: readonly string[], timeoutMs: number): Promise<number> {
  const failed: string[] = [];
  let number = 0;
  for (const url of urls) {
    console.log(`# ${url}`);
    for (const check of checksOf(url, timeoutMs)) {
      const { name, promise, failure } = await runCheck(check);
      console.log(`${failure === undefined ? "ok" : "not ok"} ${++number} ${name}: ${promise}`);
      if (failure === undefined) continue;
      failed.push(name);
      for (const [word, value] of Object.entries(failure)) console.log(`    ${word.padEnd(8)}  ${value}`);
    }
  }
  console.log(`1..${number}`);
  console.log(failed.length === 0 ? "# every check passed" : `# failed: ${failed.join(", ")}`);
  return failed.length === 0 ? 0 : 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error((error as Error).message);
    process.exitCode = 2;
  },
);
