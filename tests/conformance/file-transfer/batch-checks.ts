// The promise of batches: small files, several in one message, each done or refused by itself.
import type { FileClient } from "../../file-client.ts";
import {
  batched,
  CHUNK_BYTES,
  sha256,
  SMALL_BYTES,
  type FileMessage,
  type SmallFile,
} from "../../file-wire.ts";
import { Mismatch, someBytes, type Check } from "../check.ts";
import {
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
  type Visitor,
} from "./visitor.ts";

/** What one message may have besides the files' content and paths, and its own number. */
const HEADS_BYTES = 64 * 48 + 8;

interface Answer {
  readonly files: Map<string, SmallFile>;
  readonly messages: readonly number[];
  readonly refused: readonly { readonly index: number; readonly code: string }[];
}

export function batchChecks(url: string, timeoutMs: number): Check[] {
  const check = checksWith(url, timeoutMs);

  return [
    check(
      "batch-put",
      "files of several sizes and names, and an empty one, are there as they came",
      async (visitor) => {
        const client = await visitor.client();
        const files = ["a", "deep/down/b", "Grüße 你好 שלום", "empty", "large"].map((name, at) =>
          smallFile(visitor.path(name), someBytes([1, 4096, 100, 0, SMALL_BYTES][at]!, at + 1)),
        );
        assertEqual("batch", [], await putBatch(client, files));
        for (const { path, data, mtimeMs, mode } of files) {
          assertBytes(`get ${path}`, data, await get(client, path));
          const { entry } = (await question(client, { type: "stat", path }, "entry")) as unknown as {
            entry: SmallFile;
          };
          assertEqual(`stat ${path}`, [mtimeMs, mode], [entry.mtimeMs, entry.mode]);
        }
      },
    ),

    check("batch-replaces", "a file in a batch takes the place of one that is there", async (visitor) => {
      const client = await visitor.client();
      await put(client, visitor.path("file"), someBytes(3 * CHUNK_BYTES));
      assertEqual("batch", [], await putBatch(client, [smallFile(visitor.path("file"), someBytes(10))]));
      assertBytes("get", someBytes(10), await get(client, visitor.path("file")));
    }),

    check(
      "batch-get",
      "files that are asked for come with their names, times and hashes",
      async (visitor) => {
        const client = await visitor.client();
        const sizes = [0, 1, 5000, SMALL_BYTES];
        for (const size of sizes) await put(client, visitor.path(`${size}`), someBytes(size, size + 2));
        const answer = await getBatch(
          client,
          sizes.map((size) => visitor.path(`${size}`)),
        );
        assertEqual("getBatch", [], answer.refused);
        for (const size of sizes) {
          const file = answer.files.get(visitor.path(`${size}`));
          if (file === undefined) throw new Mismatch("getBatch", `a file of ${size} bytes`, "none");
          assertBytes(`a file of ${size} bytes`, someBytes(size, size + 2), file.data);
          assertEqual("its hash", sha256(file.data).toString("hex"), file.hash.toString("hex"));
          assertEqual("its time", 1_700_000_000_000, file.mtimeMs);
        }
      },
    ),

    check(
      "batch-get-much",
      "what does not fit into one message comes in several, none too long",
      async (visitor) => {
        const client = await visitor.client();
        const paths = Array.from({ length: 12 }, (_, n) => visitor.path(`${n}`));
        for (const [n, path] of paths.entries())
          await putBatch(client, [smallFile(path, someBytes(SMALL_BYTES, n))]);
        const { files, messages } = await getBatch(client, paths);
        for (const [n, path] of paths.entries())
          assertBytes(path, someBytes(SMALL_BYTES, n), files.get(path)?.data ?? Buffer.alloc(0));
        const longest = Math.max(...messages);
        if (messages.length < 2 || longest > CHUNK_BYTES + HEADS_BYTES)
          throw new Mismatch(
            "getBatch of 768 KiB",
            "messages of at most 512 KiB of files",
            messages.join(" "),
          );
      },
    ),

    check("batch-refused", "what cannot be had is refused by its place; the others come", async (visitor) => {
      const client = await visitor.client();
      await put(client, visitor.path("file"), someBytes(10));
      await put(client, visitor.path("large"), someBytes(SMALL_BYTES + 1));
      const paths = ["none", "file", "../up", "large", ""].map((name) =>
        name === "" ? "" : visitor.path(name),
      );
      const { files, refused: not } = await getBatch(client, paths);
      assertEqual("getBatch", [visitor.path("file")], [...files.keys()]);
      const codes = not.toSorted((a, b) => a.index - b.index).map(({ index, code }) => `${index} ${code}`);
      assertEqual("refused", ["0 not-found", "2 bad-path", "3 too-large"], codes.slice(0, 3));
      assertEqual("how many are refused", 4, codes.length);
    }),

    check(
      "batch-bad-hash",
      "a file that is not what its hash says is refused, the others are done",
      async (visitor) => {
        const client = await visitor.client();
        const files = ["a", "b", "c"].map((name) => smallFile(visitor.path(name), someBytes(500)));
        files[1]!.data[77]! ^= 1;
        const not = await putBatch(client, files);
        assertEqual(
          "batch",
          ["1 bad-hash"],
          not.map(({ index, code }) => `${index} ${code}`),
        );
        assertEqual("list", [visitor.path("a"), visitor.path("c")], await names(client, visitor.folder));
      },
    ),

    check("batch-bad-path", "a name that leads out is refused, the others are done", async (visitor) => {
      const client = await visitor.client();
      const files = [visitor.path("../../out"), visitor.path("in"), "/etc/out", visitor.path("a\0b")].map(
        (path) => smallFile(path, someBytes(5)),
      );
      const not = await putBatch(client, files);
      const codes = not.toSorted((a, b) => a.index - b.index).map(({ index, code }) => `${index} ${code}`);
      assertEqual("batch", ["0 bad-path", "2 bad-path", "3 bad-path"], codes);
      assertEqual("list", [visitor.path("in")], await names(client, visitor.folder));
    }),

    check(
      "batch-busy",
      "a name that somebody else is writing is refused, and that one goes on",
      async (visitor) => {
        const [ann, bob] = [await visitor.client(), await visitor.client()];
        const content = someBytes(4 * CHUNK_BYTES);
        const transfer = announce(ann, { path: visitor.path("file"), size: content.length });
        await bring(ann, transfer, content, (asked) => asked.length === 2);
        const not = await putBatch(bob, [smallFile(visitor.path("file"), someBytes(9))]);
        assertEqual(
          "batch",
          ["busy"],
          not.map(({ code }) => code),
        );
        assertEqual("put", "done", (await bring(ann, transfer, content)).last.type);
        assertBytes("get", content, await get(bob, visitor.path("file")));
      },
    ),

    ...brokenBatches(check),
  ];
}

/** What is no batch: that conversation is told and ended, and nothing of it is there. */
function brokenBatches(check: ReturnType<typeof checksWith>): Check[] {
  const right = (visitor: Visitor, name = "first"): Buffer =>
    batched(smallFile(visitor.path(name), someBytes(100)));
  const faults: Record<string, (visitor: Visitor) => Buffer> = {
    "cut within a file": (visitor) =>
      Buffer.concat([right(visitor), right(visitor, "second").subarray(0, -1)]),
    "cut within what is said of a file": (visitor) => Buffer.concat([right(visitor), Buffer.alloc(20)]),
    "a file that is too large": (visitor) =>
      Buffer.concat([right(visitor), batched(smallFile(visitor.path("second"), someBytes(SMALL_BYTES + 1)))]),
    "a mode that cannot be": (visitor) =>
      Buffer.concat([
        right(visitor),
        batched({ ...smallFile(visitor.path("second"), someBytes(1)), mode: 0o1000 }),
      ]),
    "too many files": (visitor) =>
      Buffer.concat(Array.from({ length: 65 }, (_, n) => right(visitor, `${n}`))),
    "a path that is no UTF-8": (visitor) => {
      const bytes = right(visitor, "second");
      bytes[bytes.length - 101] = 0xff;
      return Buffer.concat([right(visitor), bytes]);
    },
  };
  return Object.entries(faults).map(([name, fault]) =>
    check(
      `batch-broken: ${name}`,
      "is refused and ends the conversation, and nothing is there",
      async (visitor) => {
        const [client, other] = [await visitor.client(), await visitor.client()];
        client.send({ type: "batch", id: 1, bytes: fault(visitor) });
        assertRefused(name, await client.take({ type: "refused" }), "bad-message");
        assertEqual(name, true, await client.ended());
        await refused(other, { type: "stat", path: visitor.path("first") }, "not-found");
        assertEqual("batch", [], await putBatch(other, [smallFile(visitor.path("first"), someBytes(3))]));
      },
    ),
  );
}

export function smallFile(path: string, content: Uint8Array): SmallFile {
  const data = Buffer.from(content);
  return { path, mtimeMs: 1_600_000_000_000, mode: 0o644, hash: sha256(data), data };
}

/** @returns which are refused. */
export async function putBatch(client: FileClient, files: readonly SmallFile[]): Promise<Answer["refused"]> {
  const id = client.number();
  client.send({ type: "batch", id, bytes: Buffer.concat(files.map((file) => batched(file))) });
  const done = await client.take({ type: "batchDone", id });
  return done["refused"] as Answer["refused"];
}

async function getBatch(client: FileClient, paths: readonly string[]): Promise<Answer> {
  const id = client.number();
  client.send({ type: "getBatch", id, paths, algorithm: "sha256" });
  const files = new Map<string, SmallFile>();
  const messages: number[] = [];
  for (;;) {
    const came: FileMessage = await client.take((message) => message["id"] === id);
    if (came.type === "batchDone") return { files, messages, refused: came["refused"] as Answer["refused"] };
    if (came.type !== "batch" || came["verification"] !== "sha256")
      throw new Mismatch("getBatch", "a batch verified with SHA-256", came.type);
    messages.push(came["bytes"] as number);
    for (const file of came["files"] as SmallFile[]) files.set(file.path, file);
  }
}
