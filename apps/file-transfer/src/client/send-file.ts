// Sends one file over one conversation or several: each brings chunks of it.
import { randomUUID } from "node:crypto";
import type { Verification } from "../protocol.ts";
import type { Source } from "../transfer/ends.ts";
import { ChunkHashes } from "../transfer/hashes.ts";
import { readWholeHash } from "../transfer/whole-hash.ts";
import { openSource } from "./local-file.ts";
import { lanesFor } from "./lanes.ts";
import { RefusedError } from "./refused-error.ts";
import type { FileToPut } from "./put-transfer.ts";
import type { Remote } from "./remote.ts";
import type { Transfer } from "./transfer.ts";

/** The transfer that takes a file of this machine to the server. */
export function sending(
  { local, path, size: found }: { readonly local: string; readonly path: string; readonly size: number },
  algorithm: Verification,
): Transfer {
  // The same in every attempt: when all has arrived and only the word of it was lost, nothing is sent again.
  const upload = randomUUID();
  let isFirst = true;
  return {
    shown: path,
    size: found,
    async act(remotes, file) {
      const source = openSource(local);
      try {
        const { size, mtimeMs, mode } = source;
        const put = { type: "put" as const, path, size, mtimeMs, mode, algorithm, upload };
        // A server that was started again has forgotten the upload, and may have finished the file before.
        if (!isFirst && (await isThere(remotes[0], put, source))) {
          file.keep(size);
          return undefined;
        }
        isFirst = false;
        await sendFile(remotes, put, source, (bytes) => file.add(bytes));
        // What was not asked for was there.
        file.keep(Math.max(0, size - file.moved));
        return undefined;
      } finally {
        await source.close();
      }
    },
  };
}

/** Whether this very file stands under its name there. @throws ClosedError; what the source throws. */
async function isThere(remote: Remote, file: FileToPut, source: Source): Promise<boolean> {
  const { path, algorithm, size, mtimeMs, mode } = file;
  // Whoever may write and not read is refused, and sends it again.
  const unlessRefused = (error: Error): undefined => {
    if (!(error instanceof RefusedError)) throw error;
  };
  const found = await remote.ask<"stat">({ type: "stat", path }).catch(unlessRefused);
  const { entry } = found ?? {};
  if (entry?.kind !== "file" || entry.size !== size || entry.mtimeMs !== mtimeMs || entry.mode !== mode)
    return false;
  if (algorithm === "none") return true;
  const asked = remote.ask<"stat">({ type: "stat", path, hash: algorithm }).catch(unlessRefused);
  const [here, there] = await Promise.all([readWholeHash(algorithm, source), asked]);
  return here === there?.hash;
}

/**
 * Settles when it is complete, verified, on disk and under its name there. One conversation's end does not end it while
 * there is another.
 * @throws RefusedError, ClosedError, what the source throws.
 */
export async function sendFile(
  [first, ...others]: readonly [Remote, ...Remote[]],
  file: FileToPut,
  source: Source,
  onSent: (bytes: number) => void,
): Promise<void> {
  const helpers = lanesFor(file.size, others);
  const over = new AbortController();
  const hashes = new ChunkHashes(file.algorithm, file.size);
  const options = { hashes, onSent, signal: over.signal };
  const accepted = Promise.withResolvers<void>();
  const lanes = [first.put(file, source, { ...options, onAccepted: accepted.resolve })];
  try {
    // Only one of them begins it; the others find it begun.
    if (helpers.length > 0) await Promise.race([accepted.promise, ...lanes]);
    for (const helper of helpers) lanes.push(helper.put(file, source, options));
    // The server tells all of them when it is done: the first to hear of it knows.
    await Promise.any(lanes).catch(({ errors }: AggregateError) => Promise.reject(errors[0] as Error));
  } finally {
    over.abort();
    // Its source is read until each has ended.
    await Promise.allSettled(lanes);
  }
}
