// Fetches one file over one conversation or several: each brings chunks of it.
import { SocketlabError } from "@socketlab/core";
import type { Entry, Verification } from "../protocol.ts";
import type { Sink } from "../transfer/ends.ts";
import { Receiver, type ReceiverOptions } from "../transfer/receiver.ts";
import { openPartial, type Partial } from "./local-file.ts";
import { lanesFor } from "./lanes.ts";
import type { Download } from "./get-transfer.ts";
import type { Remote } from "./remote.ts";
import type { Transfer } from "./transfer.ts";

/** The transfer that brings a file of the server to a place here. */
export function fetching(entry: Entry, local: string, algorithm: Verification): Transfer {
  return {
    shown: local,
    size: entry.size,
    async act(remotes, file, onBadChunk) {
      let partial: Partial | undefined;
      const open = (now: Entry): Partial => (partial = openPartial(local, now));
      const report = {
        onReceived: (bytes: number) => file.add(bytes),
        onKept: (bytes: number) => file.keep(bytes),
        onBadChunk,
      };
      try {
        const { hash } = await fetchFile(remotes, entry.path, algorithm, open, report);
        await partial!.finish();
        return hash;
      } finally {
        await partial?.close();
      }
    },
  };
}

/**
 * Settles when all of it is in the sink and verified. One conversation's end does not end it while there is another.
 * @param open opens what it is to be written to, when the file is known.
 * @throws RefusedError, ClosedError, what the sink throws.
 */
export async function fetchFile(
  [first, ...others]: readonly [Remote, ...Remote[]],
  path: string,
  algorithm: Verification,
  open: (entry: Entry) => Sink,
  report: Pick<ReceiverOptions, "onReceived" | "onKept" | "onBadChunk"> = {},
): Promise<{ entry: Entry; hash: string | undefined }> {
  const downloads = new Set<Download>();
  let receiver: Receiver | undefined;
  const ask = async (remote: Remote): Promise<Download> => {
    const download = await remote.get(path, algorithm, (error) => {
      downloads.delete(download);
      if (downloads.size === 0) receiver?.cancel(error);
      else receiver?.leave(download.lane);
    });
    downloads.add(download);
    return download;
  };
  let isOver = false;
  try {
    const { entry, bring } = await ask(first);
    receiver = new Receiver({ sink: open(entry), algorithm, ...report });
    bring(receiver);
    const join = async (remote: Remote): Promise<void> => {
      const download = await ask(remote);
      if (isOver) download.end();
      else if (isSame(entry, download.entry)) download.bring(receiver!);
      else download.end(new SocketlabError("changed", "the file has changed meanwhile"));
    };
    // Who cannot help does not matter: the first has its own error, if there is one.
    for (const remote of lanesFor(entry.size, others)) join(remote).catch(() => {});
    const { hash } = await receiver.received;
    end();
    return { entry, hash: algorithm === "none" ? undefined : hash };
  } catch (error) {
    end(error as Error);
    throw error;
  }

  function end(error?: Error): void {
    isOver = true;
    for (const download of downloads) download.end(error);
  }
}

function isSame(a: Entry, b: Entry): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs;
}
