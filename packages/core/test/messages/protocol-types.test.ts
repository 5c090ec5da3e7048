// What the compiler promises: the wrong direction or a missing field does not compile. `tsc` checks this file.
import { expectTypeOf, test } from "vitest";
import * as z from "zod";
import type { connect } from "../../src/index.ts";
import {
  bytes,
  defineProtocol,
  json,
  layout,
  lengthPrefixed,
  lines,
  raw,
  u64,
  type MessageFromClient,
  type MessageFromServer,
  type MessageSocket,
  type Payload,
} from "../../src/index.ts";

const chat = defineProtocol({
  name: "chat",
  version: 1,
  framing: lines({ maxBytes: 1000 }),
  client: { join: { room: z.string(), after: z.int().optional() }, leave: {} },
  server: { said: { from: z.string() } },
});
const transfer = defineProtocol({
  name: "transfer",
  version: 1,
  framing: lengthPrefixed({ maxBytes: 1000 }),
  client: { open: json(1, { name: z.string() }), chunk: layout(2, { offset: u64, data: bytes }) },
  server: { ok: layout(3, { upTo: u64 }) },
});
const echo = defineProtocol({ name: "echo", version: 1, framing: raw() });

type ChatClient = MessageSocket<MessageFromServer<typeof chat>, MessageFromClient<typeof chat>>;
type TransferClient = MessageSocket<MessageFromServer<typeof transfer>, MessageFromClient<typeof transfer>>;

test("the messages of each direction are inferred from the tables", () => {
  expectTypeOf<MessageFromServer<typeof chat>>().branded.toEqualTypeOf<{ type: "said"; from: string }>();
  expectTypeOf<MessageFromClient<typeof chat>["type"]>().toEqualTypeOf<"join" | "leave">();
  expectTypeOf<Extract<MessageFromClient<typeof chat>, { type: "join" }>["after"]>().toEqualTypeOf<
    number | undefined
  >();
  type Chunk = Extract<MessageFromClient<typeof transfer>, { type: "chunk" }>;
  expectTypeOf<Chunk["offset"]>().toEqualTypeOf<number>();
  expectTypeOf<Chunk["data"]>().toEqualTypeOf<Uint8Array>();
  expectTypeOf<MessageFromServer<typeof transfer>>().branded.toEqualTypeOf<{ type: "ok"; upTo: number }>();
  expectTypeOf<MessageFromClient<typeof echo>>().toEqualTypeOf<Payload>();
});

test("connect gives the client's side of a protocol", () => {
  expectTypeOf<
    Awaited<ReturnType<typeof connect<MessageFromClient<typeof chat>, MessageFromServer<typeof chat>>>>
  >().toEqualTypeOf<ChatClient>();
});

/** Never called: that it compiles, with an error where one is expected, is the test. */
export async function whatDoesNotCompile(client: ChatClient, binary: TransferClient): Promise<void> {
  await client.send({ type: "join", room: "x" });
  await client.send({ type: "join", room: "x", after: 1 });
  await client.send({ type: "leave" });
  // @ts-expect-error a missing field
  await client.send({ type: "join" });
  // @ts-expect-error the wrong type
  await client.send({ type: "join", room: 1 });
  // @ts-expect-error an unknown message
  await client.send({ type: "jion", room: "x" });
  // @ts-expect-error the wrong direction
  await client.send({ type: "said", from: "x" });
  // @ts-expect-error a field that the message does not have
  await client.send({ type: "leave", room: "x" });

  await binary.send({ type: "chunk", offset: 0, data: new Uint8Array(1) });
  // @ts-expect-error a missing field
  await binary.send({ type: "chunk", offset: 0 });
  // @ts-expect-error the wrong type
  await binary.send({ type: "chunk", offset: "0", data: new Uint8Array(1) });
  // @ts-expect-error the wrong direction
  await binary.send({ type: "ok", upTo: 1 });

  for await (const message of client) {
    expectTypeOf(message.type).toEqualTypeOf<"said">();
    // @ts-expect-error only the client says that
    if (message.type === "join") return;
  }
}

/** Never called. */
export function whatCannotBeDefined(): void {
  defineProtocol({
    name: "x",
    version: 1,
    // @ts-expect-error lines carry JSON, not binary layouts
    framing: lines({ maxBytes: 10 }),
    client: { a: layout(1, {}) },
    server: {},
  });
  defineProtocol({
    name: "x",
    version: 1,
    framing: lengthPrefixed({ maxBytes: 10 }),
    // @ts-expect-error binary messages need an id
    client: { a: { x: z.string() } },
    server: {},
  });
  // @ts-expect-error a protocol with tables needs both
  defineProtocol({ name: "x", version: 1, framing: lines({ maxBytes: 10 }), client: {} });
}
