// What put, get and sync have in common: many files, some at a time, each told; and what happens when it is interrupted.
// Knows no direction.
import type { Terminal } from "@socketlab/core/terminal";
import { MAX_TRANSFERS } from "../protocol.ts";
import { isLoss, type Connections } from "./connections.ts";
import type { Outcome } from "./outcome.ts";
import { inTurns } from "./pool.ts";
import type { FileProgress, Progress } from "./progress.ts";
import type { Remote } from "./remote.ts";

/** As many files at a time as a server takes. */
const MOST_AT_A_TIME = MAX_TRANSFERS / 2;

export interface Transfer {
  /** How it is called in the end. */
  readonly shown: string;
  readonly size: number;
  /** Does it once, from its beginning or where it was. @returns the hash of the whole, if it is known. */
  act(
    remotes: readonly [Remote, ...Remote[]],
    file: FileProgress,
    onBadChunk: (index: number) => void,
  ): Promise<string | undefined>;
}

export interface Setting {
  readonly connections: Connections;
  readonly outcome: Outcome;
  readonly progress: Progress;
  readonly terminal: Terminal;
}

/**
 * @param transfers each is made when its turn comes: ten thousand that wait are memory.
 * @returns when each is done or has failed. @throws what ends the conversation.
 */
export async function transferAll(
  transfers: Iterable<Transfer>,
  { connections, outcome, progress, terminal }: Setting,
): Promise<void> {
  await inTurns(transfers, MOST_AT_A_TIME, async (transfer) => {
    const file = progress.begin(transfer.shown, transfer.size, () => connections.moved());
    try {
      const hash = await connections.persist((remotes) => {
        file.again();
        return transfer.act(remotes, file, (chunk) => outcome.badChunk(transfer.shown, chunk));
      });
      outcome.done(transfer.shown, transfer.size, { kept: file.kept, hash });
    } catch (error) {
      if (isLoss(error) || terminal.signal.aborted) throw error;
      outcome.undone("failed", transfer.shown, error as Error);
    }
    file.end();
  });
}

/** Does all of it, and sums up whatever happens. @returns the exit code. @throws what ended it before anything was done. */
export async function summing(
  setting: Pick<Setting, "outcome" | "progress" | "terminal">,
  act: () => Promise<void>,
): Promise<number> {
  const { outcome, progress, terminal } = setting;
  try {
    await act();
  } catch (error) {
    progress.stop();
    if (terminal.signal.aborted) return outcome.sum(progress);
    // Where nothing has happened at all the error alone says why.
    if (!isLoss(error) || (progress.movedBytes === 0 && !outcome.isPartlyDone)) throw error;
    if (outcome.isPartlyDone) outcome.lost(error);
    const code = outcome.sum(progress);
    if (outcome.isPartlyDone) return code;
    throw error;
  }
  progress.stop();
  return outcome.sum(progress);
}
