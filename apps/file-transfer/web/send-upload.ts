// One attempt to send one upload, and what its failure means. Knows nothing of other attempts.
import { SocketlabError, UsageError } from "@socketlab/core";
import { RefusedError } from "../src/client/refused-error.ts";
import type { Remote } from "../src/client/remote.ts";
import { SMALL_BYTES } from "../src/protocol.ts";
import { FileSource } from "./file-source.ts";
import type { Upload } from "./upload.ts";

/** A page knows no permission bits. */
const MODE = 0o644;
/** Refusals that may be over in a moment: the server has not noticed yet, say, that our last connection is gone. */
const passing = new Set(["bad-hash", "busy", "failed", "too-many"]);

export interface SendOptions {
  /** What it is aborted with is thrown. */
  readonly signal: AbortSignal;
  /** So many bytes are there from an earlier attempt. */
  readonly onKept: (bytes: number) => void;
  /** So many bytes have gone out. */
  readonly onSent: (bytes: number) => void;
}

/** Settles when it is under its name there. @throws as `Remote.put` does. */
export async function sendUpload(upload: Upload, remote: Remote, options: SendOptions): Promise<void> {
  const { path } = upload.view;
  if (upload.isFolder) await remote.ask<"makeFolder">({ type: "makeFolder", path });
  else await putFile(upload, remote, options);
}

async function putFile(
  { file, key, hashes, view: { path, size, mtimeMs } }: Upload,
  remote: Remote,
  options: SendOptions,
): Promise<void> {
  const source = new FileSource(file!);
  const described = { path, size, mtimeMs, mode: MODE };
  if (size > SMALL_BYTES)
    return remote.put({ type: "put", ...described, algorithm: "blake3", upload: key }, source, {
      ...options,
      hashes,
    });
  const [refused] = await remote.putBatch("blake3", (batch) =>
    batch.add(described, (into) => source.read(into, 0)),
  );
  if (refused !== undefined) throw new RefusedError(refused.code, refused.detail);
  options.onSent(size);
}

/** `passing`: the same may go well in a moment; `final`: it may not; `lost`: there is no way there any more. */
export function meaningOf(error: Error): "passing" | "final" | "lost" {
  if (error instanceof RefusedError) return passing.has(error.code) ? "passing" : "final";
  // What is wrong with the file, rather than with the way there.
  const isOwn = error instanceof UsageError || (error instanceof SocketlabError && error.code === "changed");
  return isOwn ? "final" : "lost";
}
