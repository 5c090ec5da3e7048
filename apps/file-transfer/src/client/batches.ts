// Small files go in batches, many in one message: what put, get and sync do with them. Decides nothing, and knows no socket.
import { LimitError, ProtocolError } from "@socketlab/core";
import { BATCH_BYTES, MAX_BATCH_FILES, type Refused } from "../protocol.ts";
import { batchedBytes } from "../transfer/batch.ts";
import { isLoss } from "./connections.ts";
import { inTurns } from "./pool.ts";
import type { FileProgress } from "./progress.ts";
import { RefusedError } from "./refused-error.ts";
import type { Remote } from "./remote.ts";
import type { Setting } from "./transfer.ts";

/** A small file that is to go. */
export interface Parcel {
  /** What its owner knows it by. */
  readonly key: string;
  /** How it is called in the end. */
  readonly shown: string;
  readonly local: string;
  /** What it is called on the server. */
  readonly path: string;
  readonly size: number;
}

/** Tries once to bring those over that are left. What it has not settled is tried again. @throws ClosedError. */
export type Attempt = (remote: Remote, left: readonly Parcel[], settle: Settle) => Promise<void>;

/** It is there, with what the hash of the whole is, if that is known; or why it is not; or it is not small any more. */
export type Settle = (
  parcel: Parcel,
  fate: { readonly kept: 0; readonly hash?: string } | Error | "grown",
) => void;

// Of each connection: one is written there while the next is on its way, and a third is read.
const AT_A_TIME = 3;
// Those that come have their files open until they are on the disk, 512 then; some systems allow a process 1,024.
const AT_A_TIME_IN_ALL = 8;
const MOST_FAILURES = 3;

/**
 * Brings all of them over, some batches at a time; each is told.
 * @param onAgain a file was not what its hash says, and is tried again.
 * @returns those that have grown meanwhile, and must go alone. @throws what ends the conversation.
 */
export async function transferBatches(
  parcels: Iterable<Parcel>,
  attempt: Attempt,
  { connections, outcome, progress }: Setting,
  onAgain: (parcel: Parcel) => void,
): Promise<Parcel[]> {
  const grown: Parcel[] = [];
  const atATime = Math.min(AT_A_TIME * connections.count, AT_A_TIME_IN_ALL);
  await inTurns(batchesOf(parcels), atATime, async (batch) => {
    const left = new Map<Parcel, { readonly file: FileProgress; failures: number }>();
    for (const parcel of batch) {
      const file = progress.begin(parcel.shown, parcel.size, () => connections.moved());
      left.set(parcel, { file, failures: 0 });
    }
    const settle: Settle = (parcel, fate) => {
      const one = left.get(parcel);
      if (one === undefined) return;
      if (isBadHash(fate) && ++one.failures < MOST_FAILURES) return onAgain(parcel);
      left.delete(parcel);
      if (fate === "grown") {
        grown.push(parcel);
        return one.file.leave();
      }
      if (fate instanceof Error) outcome.undone("failed", parcel.shown, fate);
      else {
        one.file.add(parcel.size);
        outcome.done(parcel.shown, parcel.size, fate);
      }
      one.file.end();
    };
    while (left.size > 0)
      await connections.persist(async ([remote]) => {
        try {
          await attempt(remote, [...left.keys()], settle);
        } catch (error) {
          // Where all have come and only the last word was lost, nothing is left to be tried again.
          if (left.size > 0 || !isLoss(error)) throw error;
        }
      });
  });
  return grown;
}

function* batchesOf(parcels: Iterable<Parcel>): Generator<Parcel[]> {
  let batch: Parcel[] = [];
  let bytes = 0;
  for (const parcel of parcels) {
    const more = batchedBytes(parcel.path, parcel.size);
    if (batch.length === MAX_BATCH_FILES || bytes + more > BATCH_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(parcel);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
}

/** @throws ProtocolError when there is no such file. */
export function errorsOf(refused: readonly Refused[], all: readonly Parcel[]): Map<Parcel, RefusedError> {
  return new Map(
    refused.map(({ index, code, detail }) => {
      const parcel = all[index];
      if (parcel === undefined)
        throw new ProtocolError(
          "bad-message",
          `the server refused file ${index} of a batch of ${all.length}`,
        );
      return [parcel, new RefusedError(code, detail)];
    }),
  );
}

export function badHash(): LimitError {
  return new LimitError("bad-hash", `it was not what its hash says, ${MOST_FAILURES} times in a row`);
}

function isBadHash(fate: unknown): boolean {
  return (fate instanceof LimitError || fate instanceof RefusedError) && fate.code === "bad-hash";
}
