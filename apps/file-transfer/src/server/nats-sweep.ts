// Removes from a NATS store what nobody needs any more: old uploads, chunks of no file, paths long gone. Knows no clock.
import type { NatsContents } from "./nats-contents.ts";
import { REMEMBER_GONE_MS, type NatsLedger } from "./nats-ledger.ts";
import { isGone, type KeptUpload, type NatsTree, type Writer } from "./nats-tree.ts";

export interface NatsSweepOptions {
  readonly isWriting: (writer: Writer) => Promise<boolean>;
  readonly nowMs: number;
  readonly keepMs: number;
}

/** Every server may do it at any time. @returns how many uploads are gone. */
export async function sweepNats(
  ledger: NatsLedger,
  contents: NatsContents,
  options: NatsSweepOptions,
): Promise<number> {
  await ledger.sync();
  const count = await dropOldUploads(ledger, options);
  await dropLostChunks(ledger, contents);
  const forgettable = Array.from(ledger.tree.states()).filter(
    (state) => isGone(state) && state.atMs < options.nowMs - REMEMBER_GONE_MS,
  );
  await ledger.forget(forgettable.map(({ path }) => path));
  return count;
}

async function dropOldUploads(
  ledger: NatsLedger,
  { isWriting, nowMs, keepMs }: NatsSweepOptions,
): Promise<number> {
  let count = 0;
  const isOld = ({ atMs }: KeptUpload): boolean => atMs < nowMs - keepMs;
  const candidates = Array.from(ledger.tree.states()).filter(({ uploads = [] }) => uploads.some(isOld));
  for (const { path, uploads: seen = [] } of candidates) {
    const kept = new Set<string>();
    for (const { content, writer } of seen.filter(isOld))
      if (writer !== undefined && (await isWriting(writer))) kept.add(content);
    let dropped = 0;
    await ledger.change(path, (tree) => {
      const state = tree.state(path);
      const before = state?.uploads ?? [];
      const uploads = before.filter((upload) => !isOld(upload) || kept.has(upload.content));
      dropped = before.length - uploads.length;
      if (state === undefined || dropped === 0) return undefined;
      const { entry } = state;
      return { ...(entry && { entry }), ...(uploads.length > 0 && { uploads }), atMs: nowMs };
    });
    count += dropped;
  }
  return count;
}

/** Who died between two steps has left them, and so has what was just dropped. */
async function dropLostChunks(ledger: NatsLedger, contents: NatsContents): Promise<void> {
  for await (const found of contents.contents()) {
    if (found.size === 0) continue;
    // An upload is known before its first chunk is there.
    await ledger.sync();
    const known = contentsOf(ledger.tree);
    for (const content of found) if (!known.has(content)) await contents.drop(content, Infinity);
  }
}

function contentsOf(tree: NatsTree): Set<string> {
  const known = new Set<string>();
  for (const { entry, uploads = [] } of tree.states()) {
    if (entry?.content !== undefined) known.add(entry.content);
    for (const { content } of uploads) known.add(content);
  }
  return known;
}
