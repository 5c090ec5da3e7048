// `file-transfer sync`: makes one folder like another, here and on a server, in either direction. Exits nothing.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "@socketlab/core";
import { describeFlags, ExitCode, parseFlags, print, type Terminal } from "@socketlab/core/terminal";
import { makeFolder } from "@socketlab/disk-kit";
import { below } from "../paths.ts";
import { readAlgorithm } from "./algorithm.ts";
import type { Connections } from "./connections.ts";
import { reachServer } from "./dial.ts";
import { pathFlags, progressOf, transferFlags, type TransferCommandFlag } from "./flags.ts";
import { mirror } from "./mirror.ts";
import { Outcome } from "./outcome.ts";
import { Progress } from "./progress.ts";
import type { Item } from "./sync-plan.ts";
import { listLocal, listRemote, orNothing } from "./sync-sides.ts";
import { isTarget, parseTarget } from "./target.ts";
import { summing } from "./transfer.ts";

type SyncFlag = "checksum" | "delete" | "dry-run" | "verbose" | TransferCommandFlag;

const flagsOfSync = {
  checksum: { help: "compare hashes even where size and time are the same" },
  delete: { help: "remove what is not in the source" },
  "dry-run": { short: "n", help: "say what would be done, and do nothing" },
  verbose: { help: "say of every file why it is sent, fetched or skipped" },
  ...transferFlags,
  hash: {
    value: "NAME",
    help: "blake3 or sha256: how files are compared, and every byte is verified (blake3)",
  },
  ...pathFlags,
};

const help = `file-transfer sync ./photos tcp://127.0.0.1:4101/photos     what is in ./photos, to the server
file-transfer sync tcp://127.0.0.1:4101/photos ./photos     and back

Usage: file-transfer sync FOLDER URL [flags]    file-transfer sync URL FOLDER [flags]

${describeFlags(flagsOfSync)}

What has the same size and time is skipped; where only the time differs, hashes are compared. Nothing is removed without
--delete, and nothing if a file has failed. Links and devices are skipped.
Exit codes: 0 done; 1 failed; 2 wrong usage; 3 some of it is done; 130 interrupted.`;

/** @returns the exit code. @throws what keeps it from beginning, or ends the conversation. */
export async function syncCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const flags = parseFlags<SyncFlag>(args, flagsOfSync);
  if (flags.has("help")) {
    print(terminal, help);
    return ExitCode.done;
  }
  const [from, to, extra] = flags.positionals;
  if (from === undefined || to === undefined || extra !== undefined || isTarget(from) === isTarget(to))
    throw new UsageError(
      "missing-argument",
      "a folder here and one of a server are needed, the source first; try: file-transfer sync ./photos tcp://127.0.0.1:4101/photos",
    );
  const isPush = isTarget(to);
  const target = parseTarget(isPush ? to : from);
  const root = isPush ? from : to;
  if (isPush && (await stat(root).catch(() => undefined))?.isDirectory() !== true)
    throw new UsageError("bad-argument", `${JSON.stringify(root)} is no folder; put sends single files`);
  const algorithm = flags.read("hash", readAlgorithm) ?? "blake3";
  const progress = new Progress(terminal, progressOf(flags));
  const outcome = new Outcome(
    terminal,
    isPush ? "sent" : "fetched",
    { json: flags.has("json"), algorithm },
    progress,
  );
  return reachServer.many(target.endpoint, flags, terminal, progress, (connections) => {
    const setting = { connections, outcome, progress, terminal };
    const skipped = (path: string, why: string): void => outcome.undone("skipped", path, why);
    return summing(setting, async () => {
      const listing = [listLocal(root, skipped), listInside(connections, target.path)] as const;
      // Of the two, only the target need not be there.
      const [here, there] = await Promise.all(
        isPush ? [listing[0], orNothing(listing[1])] : [orNothing(listing[0]), listing[1]],
      );
      const isDry = flags.has("dry-run");
      if (!isPush && !isDry) makeFolder(root);
      await mirror(setting, {
        isPush,
        source: isPush ? here : there,
        target: isPush ? there : here,
        local: (path) => here.get(path)?.local ?? join(root, path),
        remote: (path) => below(target.path, path),
        shown: (path) => path,
        algorithm,
        rules: { same: flags.has("checksum") ? "compare" : "skip", other: "compare", modes: false },
        same: "skipped",
        mayRemove: flags.has("delete"),
        isDry,
        isVerbose: flags.has("verbose"),
      });
    });
  });
}

/** What is in a folder of the server, by its path in it. */
async function listInside(connections: Connections, folder: string): Promise<Map<string, Item>> {
  const inside = new Map<string, Item>();
  for (const [path, item] of await listRemote(connections, folder))
    if (path === folder && item.kind === "file")
      throw new UsageError("bad-argument", `${JSON.stringify(folder)} is a file; get and put are for files`);
    else if (path !== folder) inside.set(folder === "" ? path : path.slice(folder.length + 1), item);
  return inside;
}
