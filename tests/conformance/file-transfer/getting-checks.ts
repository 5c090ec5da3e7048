// The promise of `get`: every byte, each chunk with its hash, what is asked for and nothing else.
import { setTimeout as delay } from "node:timers/promises";
import { describe, type FileClient } from "../../file-client.ts";
import { CHUNK_BYTES, chunksOf, sha256, wholeOf } from "../../file-wire.ts";
import { Mismatch, someBytes, type Check } from "../check.ts";
import {
  about,
  assertBytes,
  assertEqual,
  assertRefused,
  checksWith,
  get,
  offer,
  put,
  question,
  refused,
  takeChunk,
  type Visitor,
} from "./visitor.ts";

const sizes = [0, 1, 65_536, 65_537, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7];

export function gettingChecks(url: string, timeoutMs: number): Check[] {
  const check = checksWith(url, timeoutMs);
  const withFile = async (
    visitor: Visitor,
    size: number,
  ): Promise<{ client: FileClient; content: Uint8Array }> => {
    const client = await visitor.client();
    const content = someBytes(size);
    await put(client, visitor.path("file"), content);
    return { client, content };
  };

  return [
    check(
      "get-bytes",
      "a file of any size comes as it is, with the hash of each chunk and of the whole",
      async (visitor) => {
        const client = await visitor.client();
        for (const size of sizes) {
          const content = someBytes(size, size + 1);
          await put(client, visitor.path(`${size}`), content);
          assertBytes(`get ${size} bytes`, content, await get(client, visitor.path(`${size}`)));
        }
      },
    ),

    check(
      "get-only-wanted",
      "no chunk comes before it is wanted, and no more than are wanted",
      async (visitor) => {
        const { client } = await withFile(visitor, 4 * CHUNK_BYTES);
        const { transfer } = await offer(client, visitor.path("file"));
        await delay(100);
        assertEqual(
          "get",
          [],
          client.inbox.map(({ type }) => type),
        );
        client.send({ type: "want", transfer, first: 1, count: 2 });
        for (const index of [1, 2]) await takeChunk(client, transfer, index);
        await delay(150);
        assertEqual(
          "want of chunks 1 and 2",
          [],
          client.inbox.map(({ type, index }) => [type, index]),
        );
      },
    ),

    check(
      "get-each-wanted",
      "each chunk comes as often as it is wanted, in whatever order",
      async (visitor) => {
        const { client, content } = await withFile(visitor, 4 * CHUNK_BYTES);
        const { transfer } = await offer(client, visitor.path("file"));
        const order = [3, 0, 3, 3, 2];
        for (const first of order) client.send({ type: "want", transfer, first, count: 1 });
        for (const index of order)
          assertBytes(`chunk ${index}`, chunksOf(content)[index]!, await takeChunk(client, transfer, index));
        await delay(100);
        assertEqual("what else came", 0, client.inbox.length);
      },
    ),

    check("get-hashes", "the hashes of chunks are told without the chunks", async (visitor) => {
      const { client, content } = await withFile(visitor, 3 * CHUNK_BYTES + 100);
      const { transfer } = await offer(client, visitor.path("file"));
      client.send({ type: "check", transfer, first: 1, count: 3 });
      const { first, hashes } = await about(client, transfer, "hashes");
      const right = chunksOf(content)
        .slice(1)
        .map((chunk) => sha256(chunk));
      assertEqual(
        "check of chunks 1 to 3",
        [1, Buffer.concat(right).toString("hex")],
        [first, (hashes as Buffer).toString("hex")],
      );
      client.send({ type: "sum", transfer });
      assertEqual("sum", wholeOf(content), (await about(client, transfer, "whole"))["hash"]);
    }),

    check("get-blake3", "BLAKE3 is spoken as well", async (visitor) => {
      const client = await visitor.client();
      await put(client, visitor.path("abc"), Buffer.from("abc"));
      const answer = await question(
        client,
        { type: "get", path: visitor.path("abc"), algorithm: "blake3" },
        "offer",
      );
      client.send({ type: "want", transfer: answer["id"], first: 0, count: 1 });
      const { hash } = await client.take({ type: "chunk" });
      // BLAKE3 of "abc", from its authors' implementations.
      const right = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85";
      assertEqual("want", right, (hash as Buffer).toString("hex"));
    }),

    check("get-beyond", "a chunk beyond the file is refused, and that conversation ends", async (visitor) => {
      await withFile(visitor, CHUNK_BYTES + 1);
      for (const [type, first, count] of [
        ["want", 2, 1],
        ["want", 0, 3],
        ["want", 2 ** 32 - 1, 2],
        ["want", 0, 0],
        ["check", 1, 2],
        ["check", 0, 2 ** 32 - 1],
      ] as const) {
        const client = await visitor.client();
        const { transfer } = await offer(client, visitor.path("file"));
        client.send({ type, transfer, first, count });
        assertRefused(`${type} ${first}, ${count}`, await client.take({ type: "refused" }), "bad-message");
        assertEqual(`${type} ${first}, ${count}`, true, await client.ended());
      }
    }),

    check("get-without-bound", "wants without end end that conversation, and no other", async (visitor) => {
      const { client: other, content } = await withFile(visitor, CHUNK_BYTES * 2);
      const client = await visitor.client();
      const { transfer } = await offer(client, visitor.path("file"));
      client.stopReading();
      for (let n = 0; n < 3000; n++) client.send({ type: "want", transfer, first: 0, count: 2 });
      assertBytes("get", content, await get(other, visitor.path("file")));
      client.readOn();
      await client.until(() => client.inbox.some(({ type }) => type === "refused"), timeoutMs);
      client.inbox.splice(0);
      assertEqual("3,000 wants", true, await client.ended());
    }),

    check(
      "get-interleaved",
      "a transfer that asks for nothing holds up no other one of the same conversation",
      async (visitor) => {
        const { client, content } = await withFile(visitor, 2 * CHUNK_BYTES + 5);
        for (let n = 0; n < 3; n++) await offer(client, visitor.path("file"));
        const [a, b] = [await offer(client, visitor.path("file")), await offer(client, visitor.path("file"))];
        for (let index = 0; index < 3; index++)
          for (const { transfer } of [a, b]) client.send({ type: "want", transfer, first: index, count: 1 });
        for (const { transfer } of [b, a]) {
          const pieces = [];
          for (let index = 0; index < 3; index++) pieces.push(await takeChunk(client, transfer, index));
          assertBytes("two transfers in turns", content, Buffer.concat(pieces));
        }
        assertBytes("get", content, await get(client, visitor.path("file")));
      },
    ),

    check(
      "get-too-many",
      "64 transfers at a time are served, one more is refused until one ends",
      async (visitor) => {
        const { client, content } = await withFile(visitor, 1000);
        const all = [];
        for (let n = 0; n < 64; n++) all.push(await offer(client, visitor.path("file")));
        await refused(client, { type: "get", path: visitor.path("file"), algorithm: "sha256" }, "too-many");
        client.send({ type: "cancel", transfer: all[7]!.transfer, detail: "not any more" });
        const { transfer } = await offer(client, visitor.path("file"));
        client.send({ type: "want", transfer, first: 0, count: 1 });
        assertBytes("the last of them", content, await takeChunk(client, transfer, 0));
      },
    ),

    check(
      "get-number-twice",
      "a number that is in use is refused, and that conversation ends",
      async (visitor) => {
        const { client } = await withFile(visitor, 1000);
        const { transfer } = await offer(client, visitor.path("file"));
        client.send({ type: "get", id: transfer, path: visitor.path("file"), algorithm: "sha256" });
        assertRefused("the same number", await client.take({ type: "refused" }), "bad-message");
      },
    ),

    check(
      "get-after-end",
      "what is said of a transfer that has ended, or never was, is no fault",
      async (visitor) => {
        const { client, content } = await withFile(visitor, 1000);
        const { transfer } = await offer(client, visitor.path("file"));
        client.send({ type: "cancel", transfer, detail: "no" });
        for (const number of [transfer, 4_000_000_000]) {
          client.send({ type: "want", transfer: number, first: 0, count: 1 });
          client.send({ type: "sum", transfer: number });
          client.send({ type: "done", transfer: number });
          client.send({ type: "cancel", transfer: number, detail: "" });
        }
        assertBytes("get", content, await get(client, visitor.path("file")));
      },
    ),

    check("get-folder", "a folder is no file", async (visitor) => {
      const { client } = await withFile(visitor, 1);
      await refused(client, { type: "get", path: visitor.folder, algorithm: "sha256" }, "not-a-file");
    }),

    check("slow-reader", "one who asks for much and reads nothing holds up nobody else", async (visitor) => {
      const { client, content } = await withFile(visitor, 8 * CHUNK_BYTES);
      const lazy = await visitor.client();
      const { transfer } = await offer(lazy, visitor.path("file"));
      lazy.stopReading();
      for (let n = 0; n < 30; n++) lazy.send({ type: "want", transfer, first: 0, count: 8 });
      for (let n = 0; n < 3; n++) assertBytes("get", content, await get(client, visitor.path("file")));
      lazy.readOn();
      for (let index = 0; index < 8; index++)
        assertBytes("what it asked for", chunksOf(content)[index]!, await takeChunk(lazy, transfer, index));
    }),

    check(
      "replaced-while-read",
      "a file that is replaced or removed under way is read as it was, or refused",
      async (visitor) => {
        const { client, content } = await withFile(visitor, 3 * CHUNK_BYTES);
        const { transfer } = await offer(client, visitor.path("file"));
        client.send({ type: "want", transfer, first: 0, count: 1 });
        await takeChunk(client, transfer, 0);
        const other = await visitor.client();
        await put(other, visitor.path("file"), someBytes(3 * CHUNK_BYTES, 77), {
          mtimeMs: 1_600_000_000_000,
        });
        client.send({ type: "want", transfer, first: 1, count: 1 });
        const next = await about(client, transfer, "chunk", "refused");
        if (next.type === "chunk")
          assertBytes("the same version", chunksOf(content)[1]!, next["data"] as Buffer);
        else assertRefused("want", next, "changed", "not-found", "failed");
        if (!["chunk", "refused"].includes(next.type)) throw new Mismatch("want", "a chunk", describe(next));
      },
    ),
  ];
}
