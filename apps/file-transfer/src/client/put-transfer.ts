// Sends a file over one conversation, as it is asked for. Knows no other conversation.
import type { FromClient } from "../protocol.ts";
import type { Source } from "../transfer/ends.ts";
import type { ChunkHashes } from "../transfer/hashes.ts";
import { cancel, type Talk, type Unnumbered } from "./talk.ts";
import type { Answer } from "./waiting.ts";

export type FileToPut = Unnumbered<FromClient & { type: "put" }>;

export interface PutOptions {
  /** Shared by the conversations that send it together. */
  readonly hashes?: ChunkHashes;
  /** So many bytes have gone out. */
  readonly onSent?: (bytes: number) => void;
  /** So many bytes are there from an earlier attempt. */
  readonly onKept?: (bytes: number) => void;
  readonly onAccepted?: () => void;
  /** Aborted: it is not sent any more, and what has arrived is kept there for the next attempt. */
  readonly signal?: AbortSignal;
}

/** As `Remote.put`. */
export async function putTransfer(
  talk: Talk,
  file: FileToPut,
  source: Source,
  { hashes, onSent, onKept, onAccepted, signal }: PutOptions,
): Promise<void> {
  signal?.throwIfAborted();
  const { waiting, sender, say } = talk;
  const { algorithm } = file;
  const id = waiting.next();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(signal!.reason as Error);
  signal?.addEventListener("abort", abort, { once: true });
  const answered = ({ type }: Answer): void => {
    if (type !== "accepted") return;
    sender.begin(id, source, { algorithm, ...(hashes !== undefined && { hashes }) });
    onAccepted?.();
  };
  try {
    waiting.add(id, { answered, failed: reject, done: resolve, sent: onSent, kept: onKept });
    say({ ...file, id });
    await promise;
  } catch (error) {
    cancel(talk, id, error as Error);
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
    waiting.delete(id);
    await sender.end(id);
  }
}
