// `file-transfer put`: sends files and folders. Exits nothing.
import { stat } from "node:fs/promises";
import { UsageError } from "@socketlab/core";
import { describeFlags, ExitCode, parseFlags, print, type Terminal } from "@socketlab/core/terminal";
import { readVerification } from "./algorithm.ts";
import { reachServer, type Reach } from "./dial.ts";
import { pathFlags, progressOf, transferFlags, type TransferCommandFlag } from "./flags.ts";
import { Outcome } from "./outcome.ts";
import { Progress } from "./progress.ts";
import { mirror, rulesOfAgain, sizesOf } from "./mirror.ts";
import { inTurns } from "./pool.ts";
import { scan, type Found } from "./scan.ts";
import { Spool, STANDARD } from "./spool.ts";
import type { Item } from "./sync-plan.ts";
import { listRemote, orNothing } from "./sync-sides.ts";
import { parseTarget } from "./target.ts";
import { summing } from "./transfer.ts";

const flagsOfPut = { ...transferFlags, ...pathFlags };

// Questions about what is there already of each file or folder that is named.
const LOOKED_AT_A_TIME = 16;

const help = `file-transfer put ./photos tcp://127.0.0.1:4101/inbox       a folder with all that is in it, to inbox/photos
file-transfer put a.txt b.txt tcp://127.0.0.1:4101            files
tar c photos | file-transfer put - tcp://127.0.0.1:4101/photos.tar     standard input, to a file of that name

Usage: file-transfer put FILE… URL [flags]    URL: tcp:// tls:// ws:// wss://, host, port, and a folder there

${describeFlags(flagsOfPut)}

Interrupted in any way, the same command goes on where it was: what is there already, with the same size, time and mode, is not
sent again once its hash is the same, too (with --hash none: at once). Links and devices are skipped, and told.
Standard input is first kept in a temporary file, since its size is needed; it cannot be gone on with.
Exit codes: 0 done; 1 failed; 2 wrong usage; 3 some of it is done; 130 interrupted.`;

/** @returns the exit code. @throws what keeps it from beginning, or ends the conversation. */
export async function putCommand(
  args: readonly string[],
  terminal: Terminal,
  reach: Reach = reachServer,
): Promise<number> {
  const flags = parseFlags<TransferCommandFlag>(args, flagsOfPut);
  if (flags.has("help")) {
    print(terminal, help);
    return ExitCode.done;
  }
  const locals = flags.positionals.slice(0, -1);
  const url = flags.positionals.at(-1);
  if (url === undefined || locals.length === 0)
    throw new UsageError(
      "missing-argument",
      "what to send and where to are needed; try: file-transfer put ./photos tcp://127.0.0.1:4101/inbox",
    );
  const target = parseTarget(url);
  const algorithm = flags.read("hash", readVerification) ?? "blake3";
  const progress = new Progress(terminal, progressOf(flags));
  const outcome = new Outcome(terminal, "sent", { json: flags.has("json"), algorithm }, progress);

  const source = new Map<string, Found>();
  const roots = new Set<string>();
  await using spool = locals.includes(STANDARD) ? await Spool.open() : undefined;
  if (spool !== undefined) {
    const { path } = target;
    if (locals.length > 1 || path === "")
      throw new UsageError(
        "bad-argument",
        "standard input goes alone, and to a file; try: file-transfer put - tcp://127.0.0.1:4101/inbox/name",
      );
    await spool.fill(terminal);
    const { size, mtimeMs } = await stat(spool.path);
    source.set(path, { kind: "file", local: spool.path, path, size, mtimeMs, mode: 0o644 });
    roots.add(path);
  }
  for (const local of spool === undefined ? locals : []) {
    let isRoot = true;
    for await (const one of scan(local, target.path)) {
      terminal.signal.throwIfAborted();
      if (one.kind === "skipped") outcome.undone("skipped", one.local, one.why);
      else add(one);
      if (isRoot && one.kind !== "skipped") roots.add(one.path);
      isRoot = false;
    }
  }
  return await reach.many(target.endpoint, flags, terminal, progress, async (connections) => {
    const setting = { connections, outcome, progress, terminal };
    return summing(setting, async () => {
      progress.expect(sizesOf(source));
      const there = new Map<string, Item>();
      await inTurns(roots, LOOKED_AT_A_TIME, async (root) => {
        for (const [path, item] of await orNothing(listRemote(connections, root))) there.set(path, item);
      });
      await mirror(setting, {
        isPush: true,
        source,
        target: there,
        local: (path) => source.get(path)!.local,
        remote: (path) => path,
        shown: (path) => path,
        algorithm,
        rules: rulesOfAgain(algorithm),
        same: "there already",
      });
    });
  });

  function add(found: Found): void {
    const other = source.get(found.path);
    if (other === undefined) source.set(found.path, found);
    else if (other.kind !== "folder" || found.kind !== "folder")
      outcome.undone("failed", found.local, `it would have the same name there as ${other.local}`);
  }
}
