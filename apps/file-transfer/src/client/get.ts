// `file-transfer get`: fetches files and folders. Exits nothing.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "@socketlab/core";
import { describeFlags, ExitCode, parseFlags, print, type Terminal } from "@socketlab/core/terminal";
import { readVerification } from "./algorithm.ts";
import { reachServer, type Reach } from "./dial.ts";
import { fetching } from "./fetch-file.ts";
import { pathFlags, progressOf, transferFlags, type TransferCommandFlag } from "./flags.ts";
import { mirror, rulesOfAgain } from "./mirror.ts";
import { Outcome } from "./outcome.ts";
import { Progress } from "./progress.ts";
import { Spool, STANDARD } from "./spool.ts";
import { listRemote, lookLocal } from "./sync-sides.ts";
import { parseTarget } from "./target.ts";
import { summing, transferAll } from "./transfer.ts";

const flagsOfGet = { ...transferFlags, ...pathFlags };

const help = `file-transfer get tcp://127.0.0.1:4101/inbox/a.jpg            one file, into this folder
file-transfer get tcp://127.0.0.1:4101/inbox ./photos         a folder with all that is in it, into ./photos/inbox
file-transfer get tcp://127.0.0.1:4101/inbox/photos.tar - | tar x     a file to standard output

Usage: file-transfer get URL [FOLDER] [flags]    URL: tcp:// tls:// ws:// wss://, host, port, and a path there

${describeFlags(flagsOfGet)}

Interrupted in any way, the same command goes on where it was: what is here already, with the same size, time and mode, is not
fetched again once its hash is the same, too (with --hash none: at once). What goes to standard output is first kept in a temporary file,
since it is verified before its first byte leaves; it cannot be gone on with.
Exit codes: 0 done; 1 failed; 2 wrong usage; 3 some of it is done; 130 interrupted.`;

/** @returns the exit code. @throws what keeps it from beginning, or ends the conversation. */
export async function getCommand(
  args: readonly string[],
  terminal: Terminal,
  reach: Reach = reachServer,
): Promise<number> {
  const flags = parseFlags<TransferCommandFlag>(args, flagsOfGet);
  if (flags.has("help")) {
    print(terminal, help);
    return ExitCode.done;
  }
  const [url, into = ".", extra] = flags.positionals;
  if (url === undefined || extra !== undefined)
    throw new UsageError(
      "missing-argument",
      "what to fetch is needed, and perhaps a folder to put it; try: file-transfer get tcp://127.0.0.1:4101/inbox/a.jpg .",
    );
  const target = parseTarget(url);
  const algorithm = flags.read("hash", readVerification) ?? "blake3";
  const progress = new Progress(terminal, progressOf(flags));
  const outcome = new Outcome(terminal, "fetched", { json: flags.has("json"), algorithm }, progress);
  if (into === STANDARD && flags.has("json"))
    throw new UsageError("bad-flag", "--json and the file would both go to standard output");
  if ((await stat(into).catch(() => undefined))?.isFile() === true)
    throw new UsageError(
      "bad-argument",
      `${JSON.stringify(into)} is a file, and a folder is needed to put things in`,
    );

  await using spool = into === STANDARD ? await Spool.open() : undefined;
  return await reach.many(target.endpoint, flags, terminal, progress, async (connections) => {
    const setting = { connections, outcome, progress, terminal };
    if (spool !== undefined)
      return summing(setting, async () => {
        const { entry } = await connections.ask<"stat">({ type: "stat", path: target.path });
        if (entry.kind === "folder")
          throw new UsageError(
            "bad-argument",
            `${target.path} is a folder, and cannot go to standard output`,
          );
        progress.expect([entry.size]);
        await transferAll([fetching(entry, spool.path, algorithm)], setting);
        if (!outcome.hasFailed) await spool.empty(terminal);
      });
    const above = target.path.includes("/") ? target.path.slice(0, target.path.lastIndexOf("/") + 1) : "";
    const local = (path: string): string => join(into, path.slice(above.length));
    return summing(setting, async () => {
      const source = await listRemote(connections, target.path);
      await mirror(setting, {
        isPush: false,
        source,
        target: lookLocal(source, local),
        local,
        remote: (path) => path,
        shown: local,
        algorithm,
        rules: rulesOfAgain(algorithm),
        same: "there already",
      });
    });
  });
}
