// `file-transfer get`: fetches files and folders. Exits nothing.
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ClosedError, UsageError } from "@socketlab/core";
import { describeFlags, ExitCode, parseFlags, print, type Terminal } from "@socketlab/core/terminal";
import type { Entry, HashAlgorithm } from "../protocol.ts";
import { readAlgorithm } from "./algorithm.ts";
import { withRemote, type Reach } from "./dial.ts";
import { pathFlags, transferFlags, type TransferCommandFlag } from "./flags.ts";
import { openPartial, type Partial } from "./local-file.ts";
import { Outcome } from "./outcome.ts";
import { inTurns } from "./pool.ts";
import { Progress } from "./progress.ts";
import { MOST_AT_A_TIME, type Remote } from "./remote.ts";
import { isTarget, parseTarget } from "./target.ts";
import { walk } from "./walk.ts";

const flagsOfGet = { ...transferFlags, ...pathFlags };

const help = `file-transfer get tcp://127.0.0.1:4101/inbox/a.jpg            one file, into this folder
file-transfer get tcp://127.0.0.1:4101/inbox ./photos         a folder with all that is in it, into ./photos/inbox

Usage: file-transfer get URL [FOLDER] [flags]    URL: tcp:// tls:// ws:// wss://, host, port, and a path there

${describeFlags(flagsOfGet)}

Interrupted in any way, the same command goes on where it was.
Exit codes: 0 done; 1 failed; 2 wrong usage; 3 some of it is done; 130 interrupted.`;

interface Wanted {
  readonly entry: Entry;
  readonly local: string;
}

/** @returns the exit code. @throws what keeps it from beginning, or ends the conversation. */
export async function getCommand(
  args: readonly string[],
  terminal: Terminal,
  reach: Reach = withRemote,
): Promise<number> {
  const flags = parseFlags<TransferCommandFlag>(args, flagsOfGet);
  if (flags.has("help")) {
    print(terminal, help);
    return ExitCode.done;
  }
  const [url, into = ".", extra] = flags.positionals;
  if (url === undefined || !isTarget(url) || extra !== undefined)
    throw new UsageError(
      "missing-argument",
      "what to fetch is needed, and perhaps a folder to put it; try: file-transfer get tcp://127.0.0.1:4101/inbox/a.jpg .",
    );
  const target = parseTarget(url);
  const algorithm = flags.read("hash", readAlgorithm) ?? "blake3";
  if ((await stat(into).catch(() => undefined))?.isFile() === true)
    throw new UsageError(
      "bad-argument",
      `${JSON.stringify(into)} is a file, and a folder is needed to put things in`,
    );

  return reach(target.endpoint, flags, terminal, async (remote) => {
    const outcome = new Outcome(terminal, flags.has("json"));
    const progress = new Progress(terminal, flags.has("quiet") || flags.has("json"));
    const above = target.path.includes("/") ? target.path.slice(0, target.path.lastIndexOf("/") + 1) : "";
    try {
      const wanted: Wanted[] = [];
      for await (const entry of walk(remote, target.path)) {
        const local = join(into, entry.path.slice(above.length));
        if (entry.kind === "folder") await mkdir(local, { recursive: true });
        else wanted.push({ entry, local });
      }
      progress.totalFiles = wanted.length;
      progress.totalBytes = wanted.reduce((sum, { entry }) => sum + entry.size, 0);
      await inTurns(wanted, MOST_AT_A_TIME, async ({ entry, local }) => {
        progress.began(entry.path);
        try {
          const hash = await getOne(remote, entry, local, algorithm, (bytes) => progress.moved(bytes));
          outcome.done("fetched", local, entry.size, hash);
        } catch (error) {
          if (error instanceof ClosedError || terminal.signal.aborted) throw error;
          outcome.undone("failed", local, error as Error);
        }
        progress.fileDone();
      });
    } finally {
      progress.stop();
    }
    return outcome.sum(progress.bytes, progress.seconds);
  });
}

async function getOne(
  remote: Remote,
  entry: Entry,
  local: string,
  algorithm: HashAlgorithm,
  onReceived: (bytes: number) => void,
): Promise<string> {
  let partial: Partial | undefined;
  const open = async (now: Entry): Promise<Partial> => (partial = await openPartial(local, now));
  try {
    const { hash } = await remote.get(entry.path, algorithm, open, { onReceived, onKept: onReceived });
    await partial!.finish();
    return hash;
  } finally {
    await partial?.close();
  }
}
