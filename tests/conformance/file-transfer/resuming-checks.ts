// The promise of `put` after an interruption: it goes on where it was, and what has changed is not kept.
import { setTimeout as delay } from "node:timers/promises";
import { describe, type FileClient } from "../../file-client.ts";
import { CHUNK_BYTES } from "../../file-wire.ts";
import { Mismatch, someBytes, type Check } from "../check.ts";
import {
  about,
  announce,
  assertBytes,
  assertEqual,
  bring,
  checksWith,
  get,
  question,
  type Visitor,
} from "./visitor.ts";

const BIG = 4 * CHUNK_BYTES + 9;

export function resumingChecks(url: string, timeoutMs: number): Check[] {
  const check = checksWith(url, timeoutMs);

  return [
    check(
      "put-resume",
      "what had arrived before the connection broke is not wanted again",
      async (visitor) => {
        const content = someBytes(BIG);
        await interrupted(visitor, content, 3);
        const client = await visitor.client();
        const transfer = await announceAgain(client, visitor, content);
        const { last, asked, checked } = await bring(client, transfer, content);
        assertEqual("put again", "done", last.type);
        // What was written when the connection broke may be a chunk less than what was sent.
        if (checked === 0 || asked.length > 3)
          throw new Mismatch(
            "put again, of 5 chunks 3 of which had been sent",
            "at most 3 wanted",
            describe({ asked, checked }),
          );
        assertBytes("get", content, await get(client, visitor.path("file")));
      },
    ),

    check(
      "put-resume-changed",
      "a chunk that is another now is wanted, and the result has nothing of the old",
      async (visitor) => {
        const content = someBytes(BIG);
        await interrupted(visitor, content, 3);
        const changed = Uint8Array.from(content);
        changed[CHUNK_BYTES - 5]! ^= 255;
        const client = await visitor.client();
        const transfer = await announceAgain(client, visitor, changed);
        const { last, asked } = await bring(client, transfer, changed);
        assertEqual("put again, changed", ["done", true], [last.type, asked.includes(0)]);
        assertBytes("get", changed, await get(client, visitor.path("file")));
      },
    ),
  ];
}

/** Sends some chunks, waits until they are taken, and breaks off. */
async function interrupted(visitor: Visitor, content: Uint8Array, count: number): Promise<void> {
  const client = await visitor.client();
  const transfer = announce(client, { path: visitor.path("file"), size: content.length });
  await bring(client, transfer, content, (asked) => asked.length === count);
  // An answer to what comes after the chunks: they have been read.
  await question(client, { type: "stat", path: "" }, "entry");
  await delay(200);
  client.reset();
  await client.ended();
}

/** The server may not have noticed yet that the last one is gone. */
async function announceAgain(client: FileClient, visitor: Visitor, content: Uint8Array): Promise<number> {
  for (let tries = 0; ; tries++) {
    const upload = `again ${tries}`;
    const transfer = announce(client, { path: visitor.path("file"), size: content.length, upload });
    const answer = await about(client, transfer);
    if (answer.type === "accepted") return transfer;
    if (answer["code"] !== "busy" || tries === 20)
      throw new Mismatch("put again", "accepted", describe(answer));
    await delay(100);
  }
}
