// What all uploads amount to, and how fast it goes. Knows no clock: its time is handed in.
import { Rate } from "./rate.ts";
import type { Totals, UploadView } from "./upload-view.ts";

export class Tally {
  readonly #rate = new Rate();
  #movedBytes = 0;

  /** So many bytes have gone out. */
  moved(bytes: number): void {
    this.#movedBytes += bytes;
  }

  totals(uploads: readonly UploadView[], nowMs: number): Totals {
    const totals = { files: uploads.length, done: 0, bytes: 0, sentBytes: 0 };
    let leftBytes = 0;
    let isSending = false;
    for (const { state, size, sentBytes } of uploads) {
      if (state === "done") totals.done++;
      if (state === "sending") isSending = true;
      totals.bytes += size;
      totals.sentBytes += sentBytes;
      if (state === "sending" || state === "waiting") leftBytes += size - sentBytes;
    }
    if (isSending) this.#rate.add(nowMs, this.#movedBytes);
    else this.#rate.forget();
    const { perSecond } = this.#rate;
    const isMoving = perSecond !== undefined && perSecond > 0 && leftBytes > 0;
    return { ...totals, perSecond, leftMs: isMoving ? (leftBytes / perSecond) * 1000 : undefined };
  }
}
