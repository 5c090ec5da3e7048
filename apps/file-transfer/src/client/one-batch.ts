// Sends or asks for a batch of small files over one conversation. Knows neither files nor other conversations.
import type { Refused, Verification } from "../protocol.ts";
import { BatchWriter, codeOf, type SmallFile } from "../transfer/batch.ts";
import { leaving } from "../transfer/blocks.ts";
import type { Talk } from "./talk.ts";
import type { Answer } from "./waiting.ts";

/** As `Remote.putBatch`. */
export async function putBatch(
  { waiting, sender, blocks, send, signal }: Talk,
  algorithm: Verification,
  fill: (batch: BatchWriter) => Promise<void>,
): Promise<readonly Refused[]> {
  const id = waiting.next();
  // From now on this conversation has one more to do, so that the next batch is given to another.
  const answer = waiting.answer(id);
  // If it cannot be said, the answer, which is awaited below, tells why.
  answer.catch(() => {});
  try {
    const block = await blocks.take(signal);
    try {
      const batch = new BatchWriter(block, algorithm);
      await fill(batch);
      if (batch.count === 0) return [];
      await sender.pass(batch.files.length);
      const files = leaving(batch.files);
      await send({ type: "batch", id, verification: codeOf(algorithm), files }).catch(() => {});
    } finally {
      blocks.give(block);
    }
    return refusedOf(await answer);
  } finally {
    waiting.delete(id);
  }
}

/** As `Remote.getBatch`. */
export async function getBatch(
  { waiting, say }: Talk,
  paths: readonly string[],
  algorithm: Verification,
  take: (files: readonly SmallFile[]) => Promise<void>,
): Promise<readonly Refused[]> {
  const id = waiting.next();
  const answer = waiting.answer(id, take);
  say({ type: "getBatch", id, paths: [...paths], algorithm });
  return refusedOf(await answer);
}

function refusedOf(answer: Answer): readonly Refused[] {
  return answer.type === "batchDone" ? answer.refused : [];
}
