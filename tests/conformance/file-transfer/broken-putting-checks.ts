// What no sender may do: that conversation is told and ended, nothing is there, and others go on.
import type { FileClient } from "../../file-client.ts";
import { CHUNK_BYTES, wholeOf } from "../../file-wire.ts";
import { someBytes, type Check } from "../check.ts";
import { putSoon } from "./putting-checks.ts";
import { about, announce, assertEqual, assertRefused, checksWith, refused, sendChunk } from "./visitor.ts";

export function brokenPuttingChecks(url: string, timeoutMs: number): Check[] {
  const check = checksWith(url, timeoutMs);
  const faults: Record<string, (client: FileClient, transfer: number, index: number) => void> = {
    "beyond the file": (client, transfer) => sendChunk(client, transfer, 4000, Buffer.alloc(CHUNK_BYTES)),
    "not wanted yet": (client, transfer) => sendChunk(client, transfer, 39, Buffer.alloc(CHUNK_BYTES)),
    "too short": (client, transfer, index) =>
      sendChunk(client, transfer, index, Buffer.alloc(CHUNK_BYTES - 1)),
    "too long": (client, transfer, index) =>
      sendChunk(client, transfer, index, Buffer.alloc(CHUNK_BYTES + 1)),
    empty: (client, transfer, index) => sendChunk(client, transfer, index, Buffer.alloc(0)),
    "without a whole hash": (client, transfer, index) =>
      client.sendRaw(Buffer.from([17, 0, 0, 0, transfer, 0, 0, 0, index, 1, 2, 3])),
    twice: (client, transfer, index) => {
      for (let times = 0; times < 2; times++)
        sendChunk(client, transfer, index, Buffer.alloc(CHUNK_BYTES, 1));
    },
    "hashes that nobody asked for": (client, transfer) =>
      client.send({ type: "hashes", transfer, first: 0, hashes: Buffer.alloc(32) }),
    "a whole that nobody asked for": (client, transfer) =>
      client.send({ type: "whole", transfer, hash: wholeOf(Buffer.alloc(0)) }),
  };
  return Object.entries(faults).map(([name, fault]) =>
    check(
      `put-broken: ${name}`,
      "is refused and ends the conversation, and nothing is there",
      async (visitor) => {
        const [client, other] = [await visitor.client(), await visitor.client()];
        const transfer = announce(client, { path: visitor.path("file"), size: 40 * CHUNK_BYTES });
        const { first } = (await about(client, transfer, "want")) as unknown as { first: number };
        fault(client, transfer, first);
        assertRefused(name, await client.take({ type: "refused" }), "bad-message", "bad-hash");
        assertEqual(name, true, await client.ended());
        await refused(other, { type: "stat", path: visitor.path("file") }, "not-found");
        await putSoon(other, visitor.path("file"), someBytes(CHUNK_BYTES * 2));
      },
    ),
  );
}
