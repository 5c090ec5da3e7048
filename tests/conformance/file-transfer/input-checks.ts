// Bad input: what breaks the protocol is refused with a sentence and ends that conversation; others never notice.
import type { FileClient } from "../../file-client.ts";
import { encode, requestIds, withLength } from "../../file-wire.ts";
import { someBytes, type Check } from "../check.ts";
import {
  announce,
  assertBytes,
  assertEqual,
  assertRefused,
  checksWith,
  get,
  put,
  question,
  refused,
} from "./visitor.ts";

const json = (id: number, text: string): Buffer => Buffer.concat([Uint8Array.of(id), Buffer.from(text)]);
const valid = { id: 1, path: "x", size: 5, mtimeMs: 0, mode: 0o644, algorithm: "sha256", upload: "u" };
const putting = (changes: object): Buffer => json(7, JSON.stringify({ ...valid, ...changes }));

const broken: Record<string, Buffer> = {
  "an unknown number": json(99, "{}"),
  "a server's message": json(8, '{"code":"failed","detail":"x"}'),
  "number 0": json(0, "{}"),
  "no JSON": json(2, "hello"),
  "half of JSON": json(2, '{"id":1,"pa'),
  "no UTF-8": Buffer.from([2, 0xff, 0xfe]),
  null: json(2, "null"),
  "an array": json(2, "[1]"),
  "deep nesting": json(2, "[".repeat(20_000)),
  "an empty body": Buffer.from([2]),
  "a missing field": json(2, '{"id":1}'),
  "a number for a path": json(2, '{"id":1,"path":5}'),
  "a path of 10,000": json(2, JSON.stringify({ id: 1, path: "x".repeat(10_000) })),
  "a negative id": json(2, '{"id":-1,"path":""}'),
  "an id beyond 32 bits": json(2, '{"id":4294967296,"path":""}'),
  "half an id": json(2, '{"id":0.5,"path":""}'),
  "a negative size": putting({ size: -1 }),
  "half a size": putting({ size: 1.5 }),
  "a size beyond all integers": json(7, JSON.stringify(valid).replace('"size":5', '"size":1e300')),
  "a text for a size": putting({ size: "5" }),
  "a mode with more than permissions": putting({ mode: 0o4755 }),
  "an unknown algorithm": putting({ algorithm: "crc32" }),
  "a long upload": putting({ upload: "x".repeat(65) }),
  "a time that is none": json(7, JSON.stringify(valid).replace('"mtimeMs":0', '"mtimeMs":null')),
  "a short want": Buffer.from([16, 0, 0, 0, 1, 0, 0]),
  "a long want": Buffer.from([16, ...Array<number>(13).fill(0)]),
};

export function inputChecks(url: string, timeoutMs: number): Check[] {
  const overWebSocket = url.startsWith("ws");
  const check = checksWith(url, timeoutMs);
  /** Somebody does something that ends the conversation; a file on its way in another one arrives. */
  const breaks = (name: string, promise: string, fault: (client: FileClient) => void, isTold = true): Check =>
    check(name, promise, async (visitor) => {
      const bystander = await visitor.client();
      const client = await visitor.client();
      fault(client);
      if (isTold) assertRefused(name, await client.take({ type: "refused" }), "bad-message");
      assertEqual(name, true, await client.ended());
      const content = someBytes(70_000);
      await put(bystander, visitor.path("still here"), content);
      assertBytes("get", content, await get(await visitor.client(), visitor.path("still here")));
    });

  const checks = Object.entries(broken).map(([what, message]) =>
    breaks(
      `broken: ${what}`,
      "is refused with bad-message and a sentence, and the conversation ends",
      (client) => client.sendRaw(message),
    ),
  );
  checks.push(
    breaks(
      "too-long",
      "a message over 512 KiB and its head is refused, and the conversation ends",
      (client) => client.sendRaw(json(2, JSON.stringify({ id: 1, path: "x".repeat(600_000) }))),
    ),
    breaks(
      "random-bytes",
      "random bytes end that conversation and no other",
      (client) => {
        for (let seed = 1; seed < 9; seed++) client.sendBytes(someBytes(1000, seed));
        client.end();
      },
      false,
    ),
    breaks(
      "half-a-message",
      "an end inside a message ends that conversation and no other",
      (client) => {
        client.sendBytes(
          overWebSocket ? Buffer.from([0x82, 0xfe, 0x40]) : Buffer.from([0, 0, 0, 50, 2, 0x7b]),
        );
        client.end();
      },
      false,
    ),
    check(
      "sizes",
      "a size that no disk has is taken or refused with a sentence, and others never notice",
      async (visitor) => {
        const client = await visitor.client();
        for (const size of [2 ** 53 - 1, 2 ** 50, 2 ** 45, 2 ** 41]) {
          const transfer = announce(client, { path: visitor.path(`huge ${size}`), size, upload: `${size}` });
          const came = await client.take(({ id }) => id === transfer);
          if (came.type === "refused")
            assertRefused(`${size} bytes`, came, "too-large", "no-space", "bad-path");
          else client.send({ type: "cancel", transfer, detail: "enough" });
        }
        await put(client, visitor.path("file"), someBytes(1000));
      },
    ),
    check("times", "a time that no disk has is taken or refused with a sentence", async (visitor) => {
      const client = await visitor.client();
      for (const mtimeMs of [-1, 1e15, -1e15, 1e300, 0.5]) {
        const path = visitor.path(`at ${mtimeMs}`);
        const transfer = announce(client, { path, size: 0, mtimeMs });
        const came = await client.take(
          (message) =>
            message["transfer"] === transfer || (message.type === "refused" && message["id"] === transfer),
        );
        if (came.type === "refused") assertRefused(`a time of ${mtimeMs}`, came);
      }
      await put(client, visitor.path("file"), someBytes(1000));
    }),
    check("own-words-in-paths", "what a path says is data, in a refusal as well", async (visitor) => {
      const client = await visitor.client();
      for (const path of ["{}", "%s%n", "\u2028", "</script>", "${x}", "x".repeat(8000)])
        await refused(client, { type: "stat", path });
      await question(client, { type: "stat", path: "" }, "entry");
    }),
  );
  if (!overWebSocket) {
    checks.push(
      breaks("huge-length", "an announced length of 4 GiB is refused before anything of it comes", (client) =>
        client.sendBytes(Buffer.from([0xff, 0xff, 0xff, 0xff])),
      ),
      check(
        "byte-by-byte",
        "a message may come in pieces, and several at once; a length of 0 is nothing",
        async (visitor) => {
          const client = await visitor.client();
          const stat = (id: number): Buffer => withLength(encode({ type: "stat", id, path: "" }));
          const bytes = Buffer.concat([Buffer.alloc(4), stat(900), Buffer.alloc(8), stat(901)]);
          for (const byte of bytes) {
            client.sendBytes(Uint8Array.of(byte));
            await new Promise((resolve) => setImmediate(resolve));
          }
          client.sendBytes(Buffer.concat([stat(902), stat(903)]));
          for (let id = 900; id < 904; id++) await client.take({ type: "entry", id });
        },
      ),
    );
  }
  if (requestIds["put"] !== 7) throw new Error("the table of numbers has changed");
  return checks;
}
