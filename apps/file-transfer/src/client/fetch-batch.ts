// Fetches small files in one batch over one conversation, and puts them under their names. Tries nothing again.
import { ProtocolError } from "@socketlab/core";
import type { Verification } from "../protocol.ts";
import { isIntact, type SmallFile } from "../transfer/batch.ts";
import { wholeHash } from "../transfer/chunks.ts";
import { badHash, errorsOf, type Attempt } from "./batches.ts";
import { openPartial } from "./local-file.ts";

export function fetchingBatch(algorithm: Verification): Attempt {
  return async (remote, left, settle) => {
    const missing = new Map(left.map((parcel) => [parcel.path, parcel]));
    const finishing: Promise<void>[] = [];
    const take = async (file: SmallFile): Promise<void> => {
      const parcel = missing.get(file.path);
      if (parcel === undefined)
        throw new ProtocolError(
          "bad-message",
          `the server sent ${JSON.stringify(file.path)}, which nobody asked for`,
        );
      missing.delete(file.path);
      if (!isIntact(algorithm, file)) return settle(parcel, badHash());
      const failed = (error: Error): void => settle(parcel, error);
      const whole = wholeOf(algorithm, file);
      try {
        const finish = await write(parcel.local, file);
        finishing.push(finish().then(() => settle(parcel, whole), failed));
      } catch (error) {
        failed(error as Error);
      }
    };
    try {
      const paths = left.map(({ path }) => path);
      const refused = await remote.getBatch(paths, algorithm, async (files) => {
        for (const file of files) await take(file);
      });
      for (const [parcel, error] of errorsOf(refused, left)) {
        missing.delete(parcel.path);
        settle(parcel, error.code === "too-large" ? "grown" : error);
      }
    } finally {
      await Promise.all(finishing);
    }
    if (missing.size > 0)
      throw new ProtocolError(
        "bad-message",
        `the server neither sent nor refused ${missing.size} of the files`,
      );
  };
}

/** @returns how to put it under its name. @throws LocalFileError. */
async function write(local: string, { path, mtimeMs, mode, data }: SmallFile): Promise<() => Promise<void>> {
  const partial = openPartial(local, { kind: "file", path, size: data.length, mtimeMs, mode });
  try {
    await partial.write(data, 0);
  } catch (error) {
    await partial.close();
    throw error;
  }
  return async () => {
    try {
      await partial.finish();
    } finally {
      await partial.close();
    }
  };
}

/** The hash of the whole of a small file, which has one chunk or none; undefined where nothing is verified. */
function wholeOf(
  algorithm: Verification,
  { hash, data }: SmallFile,
): {
  readonly kept: 0;
  readonly hash?: string;
} {
  if (algorithm === "none") return { kept: 0 };
  const chunks = data.length > 0 ? hash.slice() : hash.slice(0, 0);
  return {
    kept: 0,
    // Few ask.
    get hash() {
      return wholeHash(algorithm, chunks);
    },
  };
}
