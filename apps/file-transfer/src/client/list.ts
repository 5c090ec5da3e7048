// `file-transfer list`, `stat` and `remove`: see what is on a server, and take it away. Exits nothing.
import { UsageError } from "@socketlab/core";
import {
  describeFlags,
  ExitCode,
  formatBytes,
  parseFlags,
  print,
  type Flags,
  type FlagTable,
  type Terminal,
} from "@socketlab/core/terminal";
import type { Entry } from "../protocol.ts";
import { readAlgorithm } from "./algorithm.ts";
import { reachServer, type Reach } from "./dial.ts";
import { pathFlags, type PathFlag } from "./flags.ts";
import { parseTarget, type Target } from "./target.ts";
import { entriesOf } from "./walk.ts";

const statFlags = {
  hash: { value: "NAME", help: "with the hash of the whole: blake3 or sha256" },
  ...pathFlags,
};
const removeFlags = { recursive: { short: "r", help: "folders with all that is in them" }, ...pathFlags };

/** @returns the exit code. @throws what was wrong, or refused. */
export async function listCommand(
  args: readonly string[],
  terminal: Terminal,
  reach: Reach = reachServer,
): Promise<number> {
  const given = read(args, pathFlags, "list", "URL", terminal);
  if (given === undefined) return ExitCode.done;
  const { target, flags } = given;
  return reach.one(target.endpoint, flags, terminal, async (remote) => {
    for await (const entry of entriesOf(remote, target.path))
      print(terminal, flags.has("json") ? JSON.stringify(entry) : lineOf(entry));
    return ExitCode.done;
  });
}

/** @returns the exit code. @throws what was wrong, or refused. */
export async function statCommand(
  args: readonly string[],
  terminal: Terminal,
  reach: Reach = reachServer,
): Promise<number> {
  const given = read(args, statFlags, "stat", "URL", terminal);
  if (given === undefined) return ExitCode.done;
  const { target, flags } = given;
  const algorithm = flags.read("hash", readAlgorithm);
  return reach.one(target.endpoint, flags, terminal, async (remote) => {
    const question = {
      type: "stat" as const,
      path: target.path,
      ...(algorithm !== undefined && { hash: algorithm }),
    };
    const { entry, hash } = await remote.ask<"stat">(question);
    const lines = [lineOf(entry), ...(hash === undefined ? [] : [`${algorithm} of the whole: ${hash}`])];
    print(terminal, flags.has("json") ? JSON.stringify({ ...entry, hash }) : lines.join("\n"));
    return ExitCode.done;
  });
}

/** @returns the exit code. @throws what was wrong, or refused. */
export async function removeCommand(
  args: readonly string[],
  terminal: Terminal,
  reach: Reach = reachServer,
): Promise<number> {
  const given = read(args, removeFlags, "remove", "URL", terminal);
  if (given === undefined) return ExitCode.done;
  const { target, flags } = given;
  if (target.path === "")
    throw new UsageError("bad-argument", "the folder that is served stays; name what is to be removed in it");
  return reach.one(target.endpoint, flags, terminal, async (remote) => {
    const question = { type: "remove" as const, path: target.path, recursive: flags.has("recursive") };
    const { count } = await remote.ask<"remove">(question);
    print(terminal, flags.has("json") ? JSON.stringify({ event: "removed", count }) : `${count} removed`);
    return ExitCode.done;
  });
}

function read<Name extends string>(
  args: readonly string[],
  table: FlagTable<Name | PathFlag>,
  command: string,
  usage: string,
  terminal: Terminal,
): { target: Target; flags: Flags<Name | PathFlag> } | undefined {
  const flags = parseFlags<Name | PathFlag>(args, table);
  const example = `file-transfer ${command} tcp://127.0.0.1:4101/inbox`;
  if (flags.has("help")) {
    print(
      terminal,
      `${example}\n\nUsage: file-transfer ${command} ${usage} [flags]\n\n${describeFlags(table)}`,
    );
    return undefined;
  }
  const [url, extra] = flags.positionals;
  if (url === undefined || extra !== undefined)
    throw new UsageError("missing-argument", `one URL is needed; try: ${example}`);
  return { target: parseTarget(url), flags };
}

function lineOf({ path, kind, size, mtimeMs, mode }: Entry): string {
  const rights = [6, 3, 0].map((shift) => letters((mode >> shift) & 7)).join("");
  const time = new Date(mtimeMs).toISOString().slice(0, 16).replace("T", " ");
  const bytes = kind === "folder" ? "" : formatBytes(size);
  return `${kind === "folder" ? "d" : "-"}${rights} ${bytes.padStart(9)} ${time} ${JSON.stringify(path).slice(1, -1)}${kind === "folder" ? "/" : ""}`;
}

function letters(bits: number): string {
  return `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${bits & 1 ? "x" : "-"}`;
}
