// How far a reading of files is, as a status line. Knows no file.
import { formatBytes, formatDuration } from "@socketlab/core/terminal";
import type { StatusLine } from "./status-line.ts";

const BAR_COLUMNS = 30;

/** @returns what is to be called with how far it is; the line is there from then on. */
export function showReading(status: StatusLine): (doneBytes: number, totalBytes: number) => void {
  const beganMs = performance.now();
  let [done, total] = [0, 0];
  return (doneBytes, totalBytes) => {
    if (total === 0) status.show(() => describeReading(done, total, performance.now() - beganMs));
    [done, total] = [doneBytes, totalBytes];
  };
}

export function describeReading(doneBytes: number, totalBytes: number, ms: number): string {
  const share = Math.min(1, doneBytes / totalBytes);
  const perMs = doneBytes / Math.max(1, ms);
  const left = doneBytes > 0 ? ` ${formatDuration((totalBytes - doneBytes) / perMs)} left` : "";
  const bar = "█".repeat(Math.round(share * BAR_COLUMNS)).padEnd(BAR_COLUMNS, "░");
  const rate = formatBytes(Math.round(perMs * 1000));
  return `${String(Math.floor(share * 100)).padStart(3)}% ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)} ${rate}/s${left} [${bar}]`;
}
