// The promise, when the server is killed with -9: what was done is there, what was not is nowhere, and goes on where it was.
import { setTimeout as delay } from "node:timers/promises";
import { CHUNK_BYTES, wholeOf } from "../../file-wire.ts";
import { Mismatch, someBytes, type Check } from "../check.ts";
import { startServer, type ServerProcess } from "../server-process.ts";
import { putBatch, smallFile } from "./batch-checks.ts";
import { announce, assertBytes, assertEqual, bring, get, names, put, refused, Visitor } from "./visitor.ts";

export function durabilityChecks(command: readonly string[], timeoutMs: number): Check[] {
  const start = (): Promise<ServerProcess> => startServer(command, 15_000);
  return [
    {
      name: "done-survives",
      promise: "a file for which the server has said done is there after kill -9 at that moment, whole",
      run: async () => {
        const server = await start();
        const content = someBytes(3 * CHUNK_BYTES + 1);
        const visitor = new Visitor(server.urls[0]!, timeoutMs);
        const client = await visitor.client();
        await put(client, visitor.path("small"), content.subarray(0, 1000));
        await put(client, visitor.path("file"), content);
        const batched = [1, 2].map((n) =>
          smallFile(visitor.path(`batched ${n}`), content.subarray(0, n * 1000)),
        );
        assertEqual("batch", [], await putBatch(client, batched));
        await server.kill();
        const again = await start();
        try {
          await using after = new Visitor(again.urls[0]!, timeoutMs);
          const reader = await after.client();
          assertBytes("get", content, await get(reader, visitor.path("file")));
          assertBytes("get", content.subarray(0, 1000), await get(reader, visitor.path("small")));
          for (const { path, data } of batched) assertBytes("get", data, await get(reader, path));
          reader.send({ type: "remove", id: 999, path: visitor.folder, recursive: true });
          await reader.take({ id: 999 });
        } finally {
          await again.stop();
        }
      },
    },
    {
      name: "half-survives-hidden",
      promise:
        "half a file is in no list after kill -9, and of the next attempt only what is missing is wanted",
      run: async () => {
        const server = await start();
        const content = someBytes(12 * CHUNK_BYTES + 1, 5);
        const visitor = new Visitor(server.urls[0]!, timeoutMs);
        const client = await visitor.client();
        await put(client, visitor.path("other"), someBytes(10));
        const file = { path: visitor.path("file"), size: content.length };
        await bring(client, announce(client, file), content, (asked) => asked.length === 8);
        await delay(300);
        await server.kill();
        const again = await start();
        try {
          await using after = new Visitor(again.urls[0]!, timeoutMs);
          const writer = await after.client();
          assertEqual("list", [visitor.path("other")], await names(writer, visitor.folder));
          await refused(writer, { type: "stat", path: file.path }, "not-found");
          const { last, asked } = await bring(writer, announce(writer, file), content);
          assertEqual("put again", "done", last.type);
          // Some that were sent last may not have been written.
          if (asked.length > 8)
            throw new Mismatch(
              "put again, of 13 chunks 8 of which had been sent",
              "at most 8 wanted",
              asked.join(" "),
            );
          assertBytes("get", content, await get(writer, file.path));
          writer.send({ type: "stat", id: 998, path: file.path, hash: "sha256" });
          assertEqual("stat", wholeOf(content), (await writer.take({ id: 998 }))["hash"]);
          writer.send({ type: "remove", id: 999, path: visitor.folder, recursive: true });
          await writer.take({ id: 999 });
        } finally {
          await again.stop();
        }
      },
    },
  ];
}
