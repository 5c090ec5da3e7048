// Removes what was left of uploads that nobody has gone on with for too long. Knows no clock: it is told the time.
import type { Incoming } from "./incoming.ts";

/**
 * @param isActive whether the upload of that key is under way.
 * @returns how many were removed, and how many bytes they had.
 */
export function sweep(
  incoming: Incoming,
  untouchedSinceMs: number,
  isActive: (key: string) => boolean,
): { files: number; bytes: number } {
  let [files, bytes] = [0, 0];
  for (const { key, stats } of incoming.kept()) {
    // Not when it was written: an upload that was just about to get its name has the time of its source already.
    if (isActive(key) || Number(stats.ctimeNs / 1_000_000n) >= untouchedSinceMs) continue;
    incoming.discard(key);
    files++;
    bytes += Number(stats.size);
  }
  return { files, bytes };
}
