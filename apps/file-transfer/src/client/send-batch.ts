// Sends small files in one batch over one conversation. Tries nothing again.
import { SMALL_BYTES, type Verification } from "../protocol.ts";
import type { BatchWriter } from "../transfer/batch.ts";
import { errorsOf, type Attempt, type Parcel } from "./batches.ts";
import { openSource } from "./local-file.ts";

export function sendingBatch(algorithm: Verification): Attempt {
  return async (remote, left, settle) => {
    const sent: Parcel[] = [];
    const refused = await remote.putBatch(algorithm, async (batch) => {
      for (const parcel of left) {
        try {
          if (await addTo(batch, parcel)) sent.push(parcel);
          else settle(parcel, "grown");
        } catch (error) {
          settle(parcel, error as Error);
        }
      }
    });
    const why = errorsOf(refused, sent);
    for (const parcel of sent) settle(parcel, why.get(parcel) ?? { kept: 0 });
  };
}

/** @returns whether it is still small. @throws LocalFileError. */
async function addTo(batch: BatchWriter, { local, path }: Parcel): Promise<boolean> {
  const source = openSource(local);
  try {
    if (source.size > SMALL_BYTES || !batch.fits(path, source.size)) return false;
    const { size, mtimeMs, mode } = source;
    await batch.add({ path, size, mtimeMs, mode }, (into) => source.read(into, 0));
    return true;
  } finally {
    await source.close();
  }
}
