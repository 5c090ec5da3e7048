// `file-transfer get`: fetches files and folders. Exits nothing.
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "@socketlab/core";
import { describeFlags, ExitCode, parseFlags, print, type Terminal } from "@socketlab/core/terminal";
import { readVerification } from "./algorithm.ts";
import { withConnections } from "./dial.ts";
import { fetching } from "./fetch-file.ts";
import { pathFlags, progressOf, transferFlags, type TransferCommandFlag } from "./flags.ts";
import { Outcome } from "./outcome.ts";
import { Progress } from "./progress.ts";
import { isTarget, parseTarget } from "./target.ts";
import { summing, transferAll, type Transfer } from "./transfer.ts";
import { walk } from "./walk.ts";

const flagsOfGet = { ...transferFlags, ...pathFlags };

const help = `file-transfer get tcp://127.0.0.1:4101/inbox/a.jpg            one file, into this folder
file-transfer get tcp://127.0.0.1:4101/inbox ./photos         a folder with all that is in it, into ./photos/inbox

Usage: file-transfer get URL [FOLDER] [flags]    URL: tcp:// tls:// ws:// wss://, host, port, and a path there

${describeFlags(flagsOfGet)}

Interrupted in any way, the same command goes on where it was.
Exit codes: 0 done; 1 failed; 2 wrong usage; 3 some of it is done; 130 interrupted.`;

/** @returns the exit code. @throws what keeps it from beginning, or ends the conversation. */
export async function getCommand(args: readonly string[], terminal: Terminal): Promise<number> {
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
  const algorithm = flags.read("hash", readVerification) ?? "blake3";
  const progress = new Progress(terminal, progressOf(flags));
  const outcome = new Outcome(terminal, "fetched", { json: flags.has("json"), algorithm }, progress);
  if ((await stat(into).catch(() => undefined))?.isFile() === true)
    throw new UsageError(
      "bad-argument",
      `${JSON.stringify(into)} is a file, and a folder is needed to put things in`,
    );

  return withConnections(target.endpoint, flags, terminal, progress, async (connections) => {
    const setting = { connections, outcome, progress, terminal };
    const above = target.path.includes("/") ? target.path.slice(0, target.path.lastIndexOf("/") + 1) : "";
    return summing(setting, async () => {
      const wanted: Transfer[] = [];
      for await (const entry of walk(connections, target.path)) {
        const local = join(into, entry.path.slice(above.length));
        if (entry.kind === "folder") await mkdir(local, { recursive: true });
        else wanted.push(fetching(entry, local, algorithm));
      }
      await transferAll(wanted, setting);
    });
  });
}
