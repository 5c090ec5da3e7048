// `file-transfer sync`: makes one folder like another, here and on a server, in either direction. Exits nothing.
import { mkdir, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "@socketlab/core";
import {
  describeFlags,
  ExitCode,
  parseFlags,
  print,
  type Flags,
  type Terminal,
} from "@socketlab/core/terminal";
import type { HashAlgorithm } from "../protocol.ts";
import { readAlgorithm } from "./algorithm.ts";
import { isLoss } from "./connections.ts";
import { reachServer } from "./dial.ts";
import { fetching } from "./fetch-file.ts";
import { pathFlags, progressOf, transferFlags, type TransferCommandFlag } from "./flags.ts";
import { Outcome } from "./outcome.ts";
import { inTurns } from "./pool.ts";
import { Progress } from "./progress.ts";
import { sending } from "./send-file.ts";
import { planSync, type Item, type Step, type Tree } from "./sync-plan.ts";
import { listOrNothing, localSide, remoteSide, type Side } from "./sync-sides.ts";
import { isTarget, parseTarget, type Target } from "./target.ts";
import { summing, transferAll, type Setting, type Transfer } from "./transfer.ts";

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

// Each is read as a whole, on both sides.
const COMPARED_AT_A_TIME = 4;

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
    throw new UsageError("bad-argument", `${JSON.stringify(root)} is no folder`);
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
    const sync = new Sync(setting, { flags, isPush, root, target, algorithm });
    return summing(setting, () => sync.run());
  });
}

interface What {
  readonly flags: Flags<SyncFlag>;
  readonly isPush: boolean;
  /** The folder of this machine. */
  readonly root: string;
  readonly target: Target;
  readonly algorithm: HashAlgorithm;
}

class Sync {
  readonly #setting: Setting;
  readonly #what: What;
  readonly #source: Side;
  readonly #target: Side;

  constructor(setting: Setting, what: What) {
    this.#setting = setting;
    this.#what = what;
    const sides = [localSide(what.root), remoteSide(setting.connections, what.target.path)] as const;
    [this.#source, this.#target] = what.isPush ? sides : [sides[1], sides[0]];
  }

  async run(): Promise<void> {
    const { flags } = this.#what;
    const { outcome } = this.#setting;
    const skipped = (path: string, why: string): void => outcome.undone("skipped", path, why);
    const source = await this.#source.list(skipped);
    const target = await listOrNothing(this.#target, skipped);
    const planned = planSync(source, target, { checksum: flags.has("checksum") });
    const steps = (await this.#compare(planned, source)).filter(
      ({ act }) => act !== "remove" || flags.has("delete"),
    );
    for (const step of steps) this.#tell(step);
    if (flags.has("dry-run")) return;
    const blocked = await this.#clear(steps, target);
    const isBlocked = (path: string): boolean =>
      blocked.some((one) => path === one || path.startsWith(`${one}/`));
    if (!this.#what.isPush) await mkdir(this.#what.root, { recursive: true });
    for (const { act, path } of steps)
      if (act === "makeFolder" && !isBlocked(path)) await this.#target.makeFolder(path, source.get(path)!);
    const transfers = steps.filter(({ act, path }) => act === "transfer" && !isBlocked(path));
    await transferAll(
      transfers.map(({ path }) => this.#transfer(path, source.get(path)!)),
      this.#setting,
    );
    await this.#remove(steps, target);
  }

  /** Puts in the place of each that is to be compared what is to be done with it. */
  async #compare(steps: readonly Step[], source: Tree): Promise<Step[]> {
    const compared = [...steps];
    const { algorithm } = this.#what;
    await inTurns(compared.entries(), COMPARED_AT_A_TIME, async ([at, { act, path }]) => {
      if (act !== "compare") return;
      const [here, there] = await Promise.all([
        this.#source.hash(path, algorithm),
        this.#target.hash(path, algorithm),
      ]);
      if (here !== there) compared[at] = { act: "transfer", path, why: "it has another content" };
      else {
        compared[at] = { act: "skip", path, why: "same content" };
        await this.#setTime(path, source.get(path)!);
      }
    });
    return compared;
  }

  /** So that the next time nothing is to be compared. A server has no word for that. */
  async #setTime(path: string, { mtimeMs }: Item): Promise<void> {
    const { isPush, root, flags } = this.#what;
    if (!isPush && !flags.has("dry-run")) await utimes(join(root, path), mtimeMs / 1000, mtimeMs / 1000);
  }

  #tell(step: Step): void {
    const { flags, isPush } = this.#what;
    const { outcome } = this.#setting;
    const isDry = flags.has("dry-run");
    if (step.act === "skip") outcome.skip(step.path, step.why, flags.has("verbose"));
    else if (step.act === "transfer" && (isDry || flags.has("verbose")))
      outcome.tell(
        isDry ? (isPush ? "would send" : "would fetch") : isPush ? "sending" : "fetching",
        step.path,
        step.why,
      );
    else if (step.act === "remove" && isDry)
      outcome.tell("would remove", step.path, "it is not in the source");
    else if (step.act === "clear" && isDry) outcome.tell("in the way", step.path, step.why);
  }

  /** @returns where something is in the way that may not be removed. */
  async #clear(steps: readonly Step[], target: Tree): Promise<string[]> {
    const blocked: string[] = [];
    for (const step of steps) {
      if (step.act !== "clear") continue;
      if (this.#what.flags.has("delete")) await this.#target.remove(step.path, target);
      else {
        blocked.push(step.path);
        this.#setting.outcome.undone("failed", step.path, `${step.why}; with --delete it is removed`);
      }
    }
    return blocked;
  }

  #transfer(path: string, { size, mtimeMs, mode }: Item): Transfer {
    const { isPush, root, target, algorithm } = this.#what;
    const local = join(root, path);
    const remote = target.path === "" ? path : `${target.path}/${path}`;
    if (isPush) return sending({ local, path: remote, size }, algorithm);
    return fetching({ path: remote, kind: "file", size, mtimeMs, mode }, local, algorithm);
  }

  async #remove(steps: readonly Step[], target: Tree): Promise<void> {
    const { outcome } = this.#setting;
    const removals = steps.filter(({ act }) => act === "remove");
    if (removals.length > 0 && outcome.hasFailed)
      return outcome.tell("kept", `${removals.length}`, "nothing is removed, since something has failed");
    for (const { path } of removals) {
      try {
        await this.#target.remove(path, target);
        outcome.removed(path);
      } catch (error) {
        if (isLoss(error)) throw error;
        outcome.undone("failed", path, error as Error);
      }
    }
  }
}
