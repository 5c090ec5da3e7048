// The promise of `put`: under its name when it is complete and verified, and not before; never a mixture.
import { setTimeout as delay } from "node:timers/promises";
import { describe, type FileClient } from "../../file-client.ts";
import { CHUNK_BYTES, chunksOf, sha256 } from "../../file-wire.ts";
import { Mismatch, someBytes, type Check } from "../check.ts";
import {
  about,
  announce,
  assertBytes,
  assertEqual,
  assertRefused,
  bring,
  checksWith,
  get,
  names,
  put,
  question,
  refused,
  sendChunk,
} from "./visitor.ts";

const BIG = 4 * CHUNK_BYTES + 9;

export function puttingChecks(url: string, timeoutMs: number): Check[] {
  const check = checksWith(url, timeoutMs);

  return [
    check(
      "put-bytes",
      "each chunk is wanted once, and the file is there as it was brought",
      async (visitor) => {
        const client = await visitor.client();
        const content = someBytes(BIG);
        const asked = await put(client, visitor.path("deep/down/file"), content);
        assertEqual(
          "put",
          [0, 1, 2, 3, 4],
          asked.toSorted((x, y) => x - y),
        );
        assertBytes("get", content, await get(client, visitor.path("deep/down/file")));
      },
    ),

    check("put-small", "a file of any size may be announced, and is asked for", async (visitor) => {
      const client = await visitor.client();
      for (const size of [0, 1, 4096, CHUNK_BYTES]) {
        const content = someBytes(size);
        assertEqual(
          `put of ${size}`,
          size === 0 ? [] : [0],
          await put(client, visitor.path(`${size}`), content),
        );
        assertBytes("get", content, await get(client, visitor.path(`${size}`)));
      }
    }),

    check("put-hidden", "a file is in no list and not to be had before it is done", async (visitor) => {
      const client = await visitor.client();
      const content = someBytes(BIG);
      await put(client, visitor.path("other"), someBytes(1));
      const transfer = announce(client, { path: visitor.path("file"), size: BIG });
      await bring(client, transfer, content, (asked) => asked.length === 3);
      await delay(50);
      assertEqual("list", [visitor.path("other")], await names(client, visitor.folder));
      for (const type of ["stat", "get"])
        await refused(client, { type, path: visitor.path("file"), algorithm: "sha256" }, "not-found");
    }),

    check("put-replaces", "until a new version is done the old one is there, whole", async (visitor) => {
      const client = await visitor.client();
      const [old, young] = [someBytes(BIG, 3), someBytes(BIG + 100, 4)];
      await put(client, visitor.path("file"), old);
      const transfer = announce(client, { path: visitor.path("file"), size: young.length });
      await bring(client, transfer, young, (asked) => asked.length === 2);
      const other = await visitor.client();
      assertBytes("get while it is replaced", old, await get(other, visitor.path("file")));
      const { last } = await bring(client, transfer, young);
      assertEqual("put", "done", last.type);
      assertBytes("get", young, await get(other, visitor.path("file")));
    }),

    check(
      "put-bad-hash",
      "a chunk that is not what its hash says is wanted again, alone",
      async (visitor) => {
        const client = await visitor.client();
        const content = someBytes(3 * CHUNK_BYTES);
        const transfer = announce(client, { path: visitor.path("file"), size: content.length });
        const chunks = chunksOf(content);
        const asked: number[] = [];
        for (let sent = 0; sent < 3;) {
          const { first, count } = (await about(client, transfer, "want")) as unknown as {
            first: number;
            count: number;
          };
          for (let index = first; index < first + count; index++, sent++) {
            asked.push(index);
            const data = Buffer.from(chunks[index]!);
            if (index === 1) data[1000]! ^= 1;
            client.send({ type: "chunk", transfer, index, hash: sha256(chunks[index]!), data });
          }
        }
        const rest = await bring(client, transfer, content);
        assertEqual(
          "a flipped bit in chunk 1",
          { asked: [1], last: "done" },
          { asked: rest.asked, last: rest.last.type },
        );
        assertBytes("get", content, await get(client, visitor.path("file")));
      },
    ),

    check(
      "put-bad-hash-again",
      "after some times it is refused, nothing is there, and the conversation goes on",
      async (visitor) => {
        const client = await visitor.client();
        const transfer = announce(client, { path: visitor.path("file"), size: CHUNK_BYTES });
        let came = await about(client, transfer);
        for (let times = 0; times < 20 && came.type !== "refused"; times++) {
          if (came.type === "want")
            client.send({
              type: "chunk",
              transfer,
              index: 0,
              hash: Buffer.alloc(32),
              data: Buffer.alloc(CHUNK_BYTES),
            });
          came = await about(client, transfer);
        }
        assertRefused("wrong chunks", came, "bad-hash");
        await refused(client, { type: "stat", path: visitor.path("file") }, "not-found");
        await put(client, visitor.path("file"), someBytes(CHUNK_BYTES));
      },
    ),

    check(
      "put-bad-whole",
      "where the whole is not what its hash says it is refused, and nothing is there",
      async (visitor) => {
        const client = await visitor.client();
        const content = someBytes(2 * CHUNK_BYTES);
        const transfer = announce(client, { path: visitor.path("file"), size: content.length });
        let came = await about(client, transfer);
        for (; came.type !== "sum"; came = await about(client, transfer)) {
          if (came.type !== "want") continue;
          const { first, count } = came as unknown as { first: number; count: number };
          for (let index = first; index < first + count; index++)
            sendChunk(client, transfer, index, chunksOf(content)[index]!);
        }
        client.send({ type: "whole", transfer, hash: "0".repeat(64) });
        assertRefused("a wrong whole", await about(client, transfer, "refused", "done"), "bad-hash");
        await refused(client, { type: "stat", path: visitor.path("file") }, "not-found");
      },
    ),

    check("put-busy", "a second writer of the same name is told, and the first goes on", async (visitor) => {
      const [ann, bob] = [await visitor.client(), await visitor.client()];
      const content = someBytes(BIG);
      const transfer = announce(ann, { path: visitor.path("file"), size: BIG, upload: "ann" });
      await bring(ann, transfer, content, (asked) => asked.length === 2);
      for (const [client, size] of [
        [bob, BIG],
        [bob, 10 * CHUNK_BYTES],
        [ann, BIG],
      ] as const) {
        const second = announce(client, { path: visitor.path("file"), size, upload: "bob" });
        assertRefused("a second writer", await about(client, second), "busy");
      }
      const { last } = await bring(ann, transfer, content);
      assertEqual("put", "done", last.type);
      assertBytes("get", content, await get(bob, visitor.path("file")));
    }),

    check(
      "put-together",
      "connections that give the same upload write the file together",
      async (visitor) => {
        const [ann, bob] = [await visitor.client(), await visitor.client()];
        const content = someBytes(24 * CHUNK_BYTES);
        const file = { path: visitor.path("file"), size: content.length, upload: "ours" };
        const parts = [ann, bob].map((client) => bring(client, announce(client, file), content));
        const [a, b] = await Promise.all(parts);
        assertEqual("put over two", ["done", "done"], [a!.last.type, b!.last.type]);
        // Near the end what the slower one still owes may be asked of the other, too; of one and the same nothing is asked twice.
        const asked = [...a!.asked, ...b!.asked].toSorted((x, y) => x - y);
        assertEqual(
          "each chunk is wanted",
          Array.from({ length: 24 }, (_, n) => n),
          [...new Set(asked)],
        );
        for (const one of [a!, b!])
          assertEqual("nothing is wanted twice of one", new Set(one.asked).size, one.asked.length);
        if (asked.length > 24 + 8)
          throw new Mismatch("put over two", "most wanted of one only", asked.join());
        assertBytes("get", content, await get(ann, visitor.path("file")));
      },
    ),

    check(
      "put-bounded",
      "of a large file that is not brought, at most 64 chunks are wanted",
      async (visitor) => {
        const client = await visitor.client();
        announce(client, { path: visitor.path("file"), size: 2000 * CHUNK_BYTES });
        await client.take({ type: "accepted" });
        await client.until(() => false, 200);
        const wanted = client.inbox
          .filter(({ type }) => type === "want")
          .reduce((sum, m) => sum + Number(m["count"]), 0);
        if (wanted === 0 || wanted > 64)
          throw new Mismatch("put of 2,000 chunks", "1 to 64 wanted", `${wanted}`);
      },
    ),

    check("put-stalled", "files that are announced and not brought hold up no other one", async (visitor) => {
      const [client, stranger] = [await visitor.client(), await visitor.client()];
      // Of one's own a server may bear a few only: it has room for a bounded number of chunks for each conversation.
      for (let n = 0; n < 40; n++)
        announce(n < 3 ? client : stranger, { path: visitor.path(`stalled ${n}`), size: 100 * CHUNK_BYTES });
      const content = someBytes(BIG);
      await put(client, visitor.path("file"), content);
      await put(client, visitor.path("small"), someBytes(100));
      const other = await visitor.client();
      assertBytes("get", content, await get(other, visitor.path("file")));
      assertEqual("list", [visitor.path("file"), visitor.path("small")], await names(other, visitor.folder));
    }),

    check("put-too-many", "64 transfers at a time are taken, one more is refused", async (visitor) => {
      const client = await visitor.client();
      for (let n = 0; n < 64; n++) announce(client, { path: visitor.path(`${n}`), size: CHUNK_BYTES });
      for (let n = 0; n < 64; n++) await client.take({ type: "accepted" });
      const one = announce(client, { path: visitor.path("one more"), size: CHUNK_BYTES });
      assertRefused("one more", await about(client, one), "too-many");
    }),

    check("put-cancel", "a cancelled file is nowhere, and may be brought again", async (visitor) => {
      const client = await visitor.client();
      const content = someBytes(BIG);
      const transfer = announce(client, { path: visitor.path("file"), size: BIG });
      await bring(client, transfer, content, (asked) => asked.length === 2);
      client.send({ type: "cancel", transfer, detail: "I have changed my mind" });
      await refused(client, { type: "stat", path: visitor.path("file") }, "not-found");
      await putSoon(client, visitor.path("file"), content);
      assertBytes("get", content, await get(client, visitor.path("file")));
    }),

    check(
      "put-over-folder",
      "a file does not take a folder's place, nor a folder's a file's",
      async (visitor) => {
        const client = await visitor.client();
        await question(client, { type: "makeFolder", path: visitor.path("folder") }, "folderMade");
        await put(client, visitor.path("file"), someBytes(10));
        const over = announce(client, { path: visitor.path("folder"), size: 10 });
        assertRefused("put over a folder", await about(client, over), "exists", "not-a-file");
        const below = announce(client, { path: visitor.path("file/below"), size: 10 });
        assertRefused("put below a file", await about(client, below));
        assertEqual(
          "list",
          [visitor.path("file"), visitor.path("folder")],
          await names(client, visitor.folder),
        );
        assertBytes("get", someBytes(10), await get(client, visitor.path("file")));
      },
    ),
  ];
}

/** The server may not have noticed yet that the last one is gone. */
export async function putSoon(client: FileClient, path: string, content: Uint8Array): Promise<void> {
  for (let tries = 0; ; tries++) {
    const transfer = announce(client, { path, size: content.length, upload: `soon ${tries}` });
    const { last } = await bring(client, transfer, content);
    if (last.type === "done") return;
    if (last["code"] !== "busy" || tries === 20) throw new Mismatch("put again", "done", describe(last));
    await delay(100);
  }
}
