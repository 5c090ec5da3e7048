// The command line of the peers' tester: how to start a seed and a leecher, and which checks. Knows no peer.
import { parseArgs } from "node:util";
import { Report } from "../command.ts";
import { checkLeecher, checkSeed } from "./checks.ts";
import type { Command } from "./subject.ts";

const usage = `usage: main.ts [flags] -- COMMAND [ARGUMENT…]   or   main.ts [flags] -- SEED… -- LEECHER…
  in the arguments: {torrent} its file, {folder} where its content is or is to be, {file} the content, {host} and {port}
  to listen at; with one command, it is started both with the content and without
  --timeout MS   how long to wait for what must come (15000)   --only NAME   only this check; may be given again
  --seed-only    the leecher is not checked                    --leecher-only   nor the seed
  --at-once N    so many checks at a time, each with a peer of its own (1)`;

/** @returns the exit code: 0 all passed, 1 one failed, 2 wrong usage or no peer. */
export async function peerCommand(args: readonly string[]): Promise<number> {
  try {
    return await checkAll(args);
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
}

async function checkAll(args: readonly string[]): Promise<number> {
  const [flags = [], seed = [], leecher = seed] = splitAt("--", args);
  const { values } = parseArgs({
    args: flags,
    options: {
      timeout: { type: "string", default: "15000" },
      only: { type: "string", multiple: true, default: [] },
      "at-once": { type: "string", default: "1" },
      "seed-only": { type: "boolean", default: false },
      "leecher-only": { type: "boolean", default: false },
    },
  });
  const timeoutMs = Number(values.timeout);
  const atOnce = Number(values["at-once"]);
  if (!(timeoutMs > 0) || !(atOnce >= 1) || seed.length === 0 || leecher.length === 0) throw new Error(usage);
  const report = new Report(values.only);
  if (!values["leecher-only"]) await checkSeed(seed, timeoutMs, report, atOnce);
  if (!values["seed-only"]) await checkLeecher(leecher, timeoutMs, report, atOnce);
  return report.close();
}

function splitAt(separator: string, words: readonly string[]): Command[] {
  const parts: string[][] = [[]];
  for (const word of words) {
    if (word === separator) parts.push([]);
    else parts.at(-1)!.push(word);
  }
  return parts;
}
