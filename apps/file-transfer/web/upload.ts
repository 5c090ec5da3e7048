// One file that this page sends, or an empty folder that it makes there. Knows neither where it stands nor how it is sent.
import { randomToken } from "@socketlab/page-kit";
import { ChunkHashes } from "../src/transfer/hashes.ts";
import type { Whereabouts } from "./found.ts";
import type { Remembered } from "./remembered.ts";
import type { UploadView } from "./upload-view.ts";

export interface Upload {
  view: UploadView;
  /** Undefined: an empty folder, or missing. */
  file: File | undefined;
  readonly isFolder: boolean;
  whereabouts: Whereabouts | undefined;
  /** The same in each attempt, so that the server knows that it is one. */
  readonly key: string;
  /** What an attempt has read the next one need not read again, as long as the page is open. */
  hashes: ChunkHashes;
  /** How often it failed, for a reason that may be over in a moment. */
  failures: number;
}

export function makeUpload(
  view: UploadView,
  file: File | undefined,
  whereabouts: Whereabouts | undefined,
): Upload {
  return {
    view,
    file,
    isFolder: file === undefined && view.state !== "missing",
    whereabouts,
    key: randomToken(),
    hashes: noHashes(view),
    failures: 0,
  };
}

/** For a file that may be another one than it was. */
export function noHashes({ size }: { readonly size: number }): ChunkHashes {
  return new ChunkHashes("blake3", size);
}

export function isSameFile(
  { size, mtimeMs }: UploadView,
  other: { readonly size: number; readonly mtimeMs: number },
): boolean {
  return size === other.size && mtimeMs === other.mtimeMs;
}

/** What the browser keeps of it for when the page is loaded again. */
export function rememberedOf({ view: { path, size, mtimeMs, sentBytes }, whereabouts }: Upload): Remembered {
  return { path, size, mtimeMs, sentBytes, whereabouts };
}
