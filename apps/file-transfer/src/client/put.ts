// `file-transfer put`: sends files and folders. Exits nothing.
import { randomUUID } from "node:crypto";
import { ClosedError, UsageError } from "@socketlab/core";
import { describeFlags, ExitCode, parseFlags, print, type Terminal } from "@socketlab/core/terminal";
import { UNASKED_BYTES, type HashAlgorithm } from "../protocol.ts";
import { withRemote, type Reach } from "./dial.ts";
import { pathFlags, transferFlags, type TransferCommandFlag } from "./flags.ts";
import { readAlgorithm } from "./algorithm.ts";
import { openSource } from "./local-file.ts";
import { Outcome } from "./outcome.ts";
import { inTurns } from "./pool.ts";
import { Progress } from "./progress.ts";
import { MOST_AT_A_TIME, type Remote } from "./remote.ts";
import { scan, type Found } from "./scan.ts";
import { isTarget, parseTarget } from "./target.ts";

const flagsOfPut = { ...transferFlags, ...pathFlags };

const help = `file-transfer put ./photos tcp://127.0.0.1:4101/inbox       a folder with all that is in it, to inbox/photos
file-transfer put a.txt b.txt tcp://127.0.0.1:4101            files

Usage: file-transfer put FILE… URL [flags]    URL: tcp:// tls:// ws:// wss://, host, port, and a folder there

${describeFlags(flagsOfPut)}

Interrupted in any way, the same command goes on where it was. Links and devices are skipped, and told.
Exit codes: 0 done; 1 failed; 2 wrong usage; 3 some of it is done; 130 interrupted.`;

/** @returns the exit code. @throws what keeps it from beginning, or ends the conversation. */
export async function putCommand(
  args: readonly string[],
  terminal: Terminal,
  reach: Reach = withRemote,
): Promise<number> {
  const flags = parseFlags<TransferCommandFlag>(args, flagsOfPut);
  if (flags.has("help")) {
    print(terminal, help);
    return ExitCode.done;
  }
  const locals = flags.positionals.slice(0, -1);
  const url = flags.positionals.at(-1);
  if (url === undefined || locals.length === 0 || !isTarget(url))
    throw new UsageError(
      "missing-argument",
      "what to send and where to are needed; try: file-transfer put ./photos tcp://127.0.0.1:4101/inbox",
    );
  const target = parseTarget(url);
  const algorithm = flags.read("hash", readAlgorithm) ?? "blake3";

  const outcome = new Outcome(terminal, flags.has("json"));
  const found: Found[] = [];
  for (const local of locals) {
    for await (const one of scan(local, target.path)) {
      terminal.signal.throwIfAborted();
      if (one.kind === "skipped") outcome.undone("skipped", one.local, one.why);
      else found.push(one);
    }
  }
  return reach(target.endpoint, flags, terminal, async (remote) => {
    const progress = new Progress(terminal, flags.has("quiet") || flags.has("json"));
    const files = found.filter(({ kind }) => kind === "file");
    progress.totalFiles = files.length;
    progress.totalBytes = files.reduce((sum, { size }) => sum + size, 0);
    try {
      // In their order, so that a folder is there before what is in it; one that is there already stays.
      for (const { kind, path, mtimeMs, mode } of found)
        if (kind === "folder") await remote.ask<"makeFolder">({ type: "makeFolder", path, mtimeMs, mode });
      await inTurns(files, MOST_AT_A_TIME, async (file) => {
        progress.began(file.path);
        try {
          await putOne(remote, file, algorithm, (bytes) => progress.moved(bytes));
          outcome.done("sent", file.path, file.size);
        } catch (error) {
          if (error instanceof ClosedError || terminal.signal.aborted) throw error;
          outcome.undone("failed", file.local, error as Error);
        }
        progress.fileDone();
      });
    } finally {
      progress.stop();
    }
    return outcome.sum(progress.bytes, progress.seconds);
  });
}

async function putOne(
  remote: Remote,
  { local, path }: Found,
  algorithm: HashAlgorithm,
  onSent: (bytes: number) => void,
): Promise<void> {
  const source = await openSource(local);
  try {
    const { size, mtimeMs, mode } = source;
    const file = { type: "put" as const, path, size, mtimeMs, mode, algorithm, upload: randomUUID() };
    await remote.put(file, source, { unasked: size > 0 && size <= UNASKED_BYTES, onSent });
  } finally {
    await source.close();
  }
}
