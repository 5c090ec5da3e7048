// What is to be seen of the files that are sent. Only types.

/** `missing`: the page was loaded again, and has to be given the file once more. */
export type UploadState = "waiting" | "sending" | "paused" | "done" | "refused" | "missing";

export interface UploadView {
  readonly id: number;
  /** Where it goes. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly state: UploadState;
  /** What is there of it. */
  readonly sentBytes: number;
  /** Of one that is refused or missing: a sentence. */
  readonly why?: string | undefined;
  /** Of one that is missing: the browser knows where it is, and a click is enough. */
  readonly isKnown: boolean;
}

export interface Totals {
  readonly files: number;
  readonly done: number;
  readonly bytes: number;
  readonly sentBytes: number;
  /** Undefined while nothing moves. */
  readonly perSecond: number | undefined;
  readonly leftMs: number | undefined;
}

export interface UploadsView {
  readonly uploads: readonly UploadView[];
  readonly totals: Totals;
}
