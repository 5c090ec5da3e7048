// How an upload, or all of them, stands: in words. Pure.
import { bytesText, countText } from "@socketlab/page-kit";
import type { Totals, UploadView } from "./upload-view.ts";

export function percent({ size, sentBytes }: Pick<UploadView, "size" | "sentBytes">): number {
  // Not everything until everything is there.
  return size === 0 ? 0 : Math.floor((sentBytes / size) * 100);
}

export function stateWords(upload: UploadView): string {
  const { state, size, sentBytes, isKnown, why } = upload;
  const at = `${percent(upload)} %`;
  switch (state) {
    case "waiting":
      return why === undefined ? "waits its turn" : `tries again: ${why}`;
    case "sending":
      return sentBytes === size && size > 0 ? "is being put on the disk" : `${at} of ${bytesText(size)}`;
    case "paused":
      return `paused at ${at}`;
    case "done":
      return `all of it is there, verified: ${bytesText(size)}`;
    case "refused":
      return `Not sent: ${why}.`;
    case "missing":
      if (why !== undefined) return `Interrupted at ${at}: ${why}.`;
      return isKnown ? `interrupted at ${at}` : `Drop it again and it goes on at ${at}.`;
  }
}

/** 43 s, 12 min, 3 h 5 min */
export function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function totalWords({ files, done, bytes, sentBytes, perSecond, leftMs }: Totals): string {
  const words = [
    `${countText(done)} of ${files === 1 ? "1 file" : `${countText(files)} files`}`,
    `${bytesText(sentBytes)} of ${bytesText(bytes)}`,
  ];
  if (leftMs !== undefined && perSecond !== undefined)
    words.push(`${bytesText(Math.round(perSecond))}/s`, `${durationText(leftMs)} left`);
  return words.join(", ");
}
