// Makes one tree of files like another: what put, get and sync do once they know both. Reads no flags.
import { utimes } from "node:fs/promises";
import { SMALL_BYTES, type HashAlgorithm, type Verification } from "../protocol.ts";
import { transferBatches, type Parcel } from "./batches.ts";
import { isLoss } from "./connections.ts";
import { fetchingBatch } from "./fetch-batch.ts";
import { fetching } from "./fetch-file.ts";
import type { Untouched } from "./outcome.ts";
import { inTurns } from "./pool.ts";
import { sendingBatch } from "./send-batch.ts";
import { sending } from "./send-file.ts";
import { planSync, type Item, type Rules, type Step, type Tree } from "./sync-plan.ts";
import { localSide, remoteSide, type Side } from "./sync-sides.ts";
import { transferAll, type Setting, type Transfer } from "./transfer.ts";

/** What is to be done. Both trees have the same paths for what is to be the same. */
export interface Task {
  /** From here to the server. */
  readonly isPush: boolean;
  readonly source: Tree;
  readonly target: Tree;
  /** Where a path is here. */
  readonly local: (path: string) => string;
  /** What it is called on the server. */
  readonly remote: (path: string) => string;
  /** What people are told of a path. */
  readonly shown: (path: string) => string;
  readonly algorithm: Verification;
  readonly rules: Rules;
  /** What becomes of those that are the same. */
  readonly same: Untouched;
  /** What is not in the source, or is in the way, is removed. Undefined: nobody can ask for that. */
  readonly mayRemove?: boolean;
  /** Only says what would be done. */
  readonly isDry?: boolean;
  /** Says of every file why. */
  readonly isVerbose?: boolean;
}

/** Windows knows no modes: there each file would always be another one. */
const MODES = process.platform !== "win32";

/** For put and get: what a run before this one has finished is left as it is, once its hash says that it is the same. */
export function rulesOfAgain(algorithm: Verification): Rules {
  return { same: algorithm === "none" ? "skip" : "compare", other: "transfer", modes: MODES };
}

// Each is read as a whole, on both sides, with a chunk of it in memory.
const COMPARED_AT_A_TIME = 8;

/** @throws what ends the conversation. */
export async function mirror(setting: Setting, task: Task): Promise<void> {
  await new Mirror(setting, task).run();
}

class Mirror {
  readonly #setting: Setting;
  readonly #task: Task;
  readonly #source: Side;
  readonly #target: Side;

  constructor(setting: Setting, task: Task) {
    this.#setting = setting;
    this.#task = task;
    const sides = [localSide(task.local), remoteSide(setting.connections, task.remote)] as const;
    [this.#source, this.#target] = task.isPush ? sides : [sides[1], sides[0]];
  }

  async run(): Promise<void> {
    const { source, target, rules, mayRemove = false, isDry = false } = this.#task;
    // Until it is known what is the same, all is to be done.
    if (!isDry) this.#setting.progress.expect(sizesOf(source));
    const steps = (await this.#compare(planSync(source, target, rules))).filter(
      ({ act }) => act !== "remove" || mayRemove,
    );
    for (const step of steps) this.#tell(step);
    if (isDry) return;
    const blocked = await this.#clear(steps);
    const isBlocked = (path: string): boolean =>
      blocked.some((one) => path === one || path.startsWith(`${one}/`));
    // In their order, so that a folder is there before what is in it.
    for (const { act, path } of steps)
      if (act === "makeFolder" && !isBlocked(path)) await this.#target.makeFolder(path, source.get(path)!);
    const transfers = steps.filter(({ act, path }) => act === "transfer" && !isBlocked(path));
    const sizeOf = ({ path }: Step): number => source.get(path)!.size;
    this.#setting.progress.expect(transfers.map(sizeOf));
    const grown = await this.#transferSmall(transfers.filter((step) => sizeOf(step) <= SMALL_BYTES));
    const large = transfers.filter((step) => sizeOf(step) > SMALL_BYTES).map(({ path }) => path);
    await transferAll(this.#transfers([...large, ...grown]), this.#setting);
    await this.#remove(steps);
  }

  /** Puts in the place of each that is to be compared what is to be done with it. */
  async #compare(steps: Step[]): Promise<Step[]> {
    const { algorithm, source, local, isPush, isDry = false } = this.#task;
    // Without verification the rules compare nothing.
    if (algorithm === "none") return steps;
    const open = Array.from(steps.keys()).filter((at) => steps[at]!.act === "compare");
    await inTurns(open, COMPARED_AT_A_TIME, async (at) => {
      const { path } = steps[at]!;
      const isSame = await this.#isSame(path, algorithm);
      steps[at] = isSame
        ? { act: "skip", path, why: "same content" }
        : { act: "transfer", path, why: "it has another content" };
      // So that the next time nothing is to be compared. A server has no word for that.
      if (isSame && !isPush && !isDry) await setTime(local(path), source.get(path)!);
    });
    return steps;
  }

  async #isSame(path: string, algorithm: HashAlgorithm): Promise<boolean> {
    try {
      const hashes = [this.#source.hash(path, algorithm), this.#target.hash(path, algorithm)];
      const [here, there] = await Promise.all(hashes);
      return here === there;
    } catch (error) {
      if (isLoss(error) || this.#setting.terminal.signal.aborted) throw error;
      // What keeps it from being read is told when it is transferred, if it is still so.
      return false;
    }
  }

  #tell(step: Step): void {
    const { isPush, same, shown, isDry = false, isVerbose = false } = this.#task;
    const { outcome } = this.#setting;
    const path = shown(step.path);
    if (step.act === "skip") outcome.skip(same, path, step.why, isVerbose);
    else if (step.act === "transfer" && (isDry || isVerbose))
      outcome.tell(
        isDry ? (isPush ? "would send" : "would fetch") : isPush ? "sending" : "fetching",
        path,
        step.why,
      );
    else if (step.act === "remove" && isDry) outcome.tell("would remove", path, "it is not in the source");
    else if (step.act === "clear" && isDry) outcome.tell("in the way", path, step.why);
  }

  /** @returns where something is in the way that may not be removed. */
  async #clear(steps: readonly Step[]): Promise<string[]> {
    const { mayRemove, target, shown } = this.#task;
    const blocked: string[] = [];
    for (const step of steps) {
      if (step.act !== "clear") continue;
      if (mayRemove === true) await this.#target.remove(step.path, target);
      else {
        blocked.push(step.path);
        const advice = mayRemove === undefined ? "" : "; with --delete it is removed";
        this.#setting.outcome.undone("failed", shown(step.path), `${step.why}${advice}`);
      }
    }
    return blocked;
  }

  /** @returns the paths of those that are not small any more. */
  async #transferSmall(steps: readonly Step[]): Promise<string[]> {
    const { isPush, algorithm } = this.#task;
    const { outcome } = this.#setting;
    const attempt = isPush ? sendingBatch(algorithm) : fetchingBatch(algorithm);
    // A server that asks for a file again says so in its own log.
    const again = ({ shown }: Parcel): void => (isPush ? undefined : outcome.badChunk(shown, 0));
    const grown = await transferBatches(this.#parcels(steps), attempt, this.#setting, again);
    return grown.map(({ key }) => key);
  }

  *#parcels(steps: readonly Step[]): Generator<Parcel> {
    const { isPush, source, local, remote } = this.#task;
    for (const { path: key } of steps) {
      const [here, path] = [local(key), remote(key)];
      yield { key, shown: isPush ? path : here, local: here, path, size: source.get(key)!.size };
    }
  }

  *#transfers(paths: readonly string[]): Generator<Transfer> {
    const { isPush, source, local, remote, algorithm } = this.#task;
    for (const path of paths) {
      const item = source.get(path)!;
      yield isPush
        ? sending({ local: local(path), path: remote(path), size: item.size }, algorithm)
        : fetching({ ...item, path: remote(path) }, local(path), algorithm);
    }
  }

  async #remove(steps: readonly Step[]): Promise<void> {
    const { outcome } = this.#setting;
    const removals = steps.filter(({ act }) => act === "remove");
    if (removals.length > 0 && outcome.hasFailed)
      return outcome.tell("kept", `${removals.length}`, "nothing is removed, since something has failed");
    for (const { path } of removals) {
      try {
        await this.#target.remove(path, this.#task.target);
        outcome.removed(path);
      } catch (error) {
        if (isLoss(error)) throw error;
        outcome.undone("failed", path, error as Error);
      }
    }
  }
}

async function setTime(path: string, { mtimeMs }: Item): Promise<void> {
  await utimes(path, mtimeMs / 1000, mtimeMs / 1000);
}

export function sizesOf(tree: Tree): number[] {
  return Array.from(tree.values()).flatMap(({ kind, size }) => (kind === "file" ? [size] : []));
}
