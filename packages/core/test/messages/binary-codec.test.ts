// What binary messages promise: an id byte, then JSON or a fixed layout; identity, and refusals that say what is wrong.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { ByteOutput, joined } from "../../src/framing/byte-output.ts";
import type { Span } from "../../src/framing/framing.ts";
import {
  bytes,
  bytesOf,
  defineProtocol,
  json,
  keepAlive,
  layout,
  lengthPrefixed,
  preamble,
  ProtocolError,
  u16,
  u32,
  u64,
  u8,
  UsageError,
  type MessageFromClient,
} from "../../src/index.ts";
import { concat, cuts, decodeAll, hex, split, utf8 } from "../framing/splits.ts";

const transfer = defineProtocol({
  name: "transfer",
  version: 1,
  framing: lengthPrefixed({ maxBytes: 64 * 1024 }),
  client: {
    open: json(1, { name: z.string().min(1) }),
    chunk: layout(2, { offset: u64, data: bytes }),
    header: layout(3, { a: u8, b: u16, c: u32, d: u64 }),
    done: layout(4, {}),
  },
  server: { ok: layout(9, { upTo: u64 }) },
});
type FromClient = MessageFromClient<typeof transfer>;

function encode(message: FromClient): Uint8Array {
  const output = new ByteOutput();
  const encoded = transfer.client.encode(message);
  encoded.write(output);
  expect(output.length).toBe(encoded.bytes);
  return concat(joined(output.take()));
}

/** In the middle of something larger, as a decoder hands it out. */
function span(content: Uint8Array): Span {
  return {
    text: undefined,
    bytes: concat(utf8("<<"), content, utf8(">>>")),
    start: 2,
    end: 2 + content.length,
  };
}

function decode(content: Uint8Array): FromClient {
  return transfer.client.decode(span(content));
}

function thrownBy(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

const u64Value = fc.oneof(
  fc.maxSafeNat(),
  fc.constantFrom(0, 255, 256, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
);
const message: fc.Arbitrary<FromClient> = fc.oneof(
  fc.record({ type: fc.constant("open" as const), name: fc.string({ unit: "binary", minLength: 1 }) }),
  fc.record({
    type: fc.constant("chunk" as const),
    offset: u64Value,
    data: fc.uint8Array({ maxLength: 3000 }),
  }),
  fc.record({
    type: fc.constant("header" as const),
    a: fc.nat(255),
    b: fc.nat(65_535),
    c: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    d: u64Value,
  }),
  fc.record({ type: fc.constant("done" as const) }),
);

test("what is encoded decodes to the same message", () => {
  fc.assert(
    fc.property(message, (given) => {
      expect(decode(encode(given))).toEqual(given);
    }),
  );
});

test("what decodes encodes to the same bytes", () => {
  fc.assert(
    fc.property(fc.constantFrom(2, 3, 4), fc.uint8Array({ maxLength: 40 }), (id, body) => {
      const content = concat(Uint8Array.of(id), body);
      let decoded: FromClient;
      try {
        decoded = decode(content);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
        return;
      }
      expect(encode(decoded)).toEqual(content);
    }),
  );
});

test("a layout is its fields in their order, big-endian, without names", () => {
  expect(encode({ type: "header", a: 1, b: 0x0203, c: 0x04050607, d: 0x08090a0b0c0d })).toEqual(
    hex("03 01 0203 04050607 000008090a0b0c0d"),
  );
  expect(encode({ type: "open", name: "é" })).toEqual(concat(hex("01"), utf8('{"name":"é"}')));
  expect(encode({ type: "done" })).toEqual(hex("04"));
});

describe("receiving", () => {
  test.each([
    ["nothing", "", "bad-message", ["id byte"]],
    ["an unknown id", "63", "unknown-message", ["99", '"open" (1)', '"done" (4)']],
    ["a message of the other direction", "09 0000000000000001", "unknown-message", ["9"]],
    ["too short a body", "02 0000", "bad-message", ['"chunk"', "at least 8 bytes", "2 were given"]],
    [
      "too long a body",
      "03 01 0203 04050607 000008090a0b0c0d 00",
      "bad-message",
      ['"header"', "15 bytes", "16 were given"],
    ],
    ["a body where none belongs", "04 00", "bad-message", ['"done"', "0 bytes", "1 were given"]],
    [
      "an integer beyond 2^53 - 1",
      "02 0020000000000000",
      "bad-message",
      ['"chunk"', 'field "offset"', "2^53"],
    ],
    ["no JSON", "01 7b", "invalid-json", ['"open"']],
    ["no UTF-8", "01 22 ff 22", "invalid-utf8", ['"open"']],
    ["JSON that is no object", "01 37", "bad-message", ['"open"', "7 was given"]],
    ["a missing field", "01 7b7d", "bad-message", ['"open"', 'field "name"', "nothing was given"]],
  ])("%s: ProtocolError", (_what, content, code, words) => {
    const error = thrownBy(() => decode(hex(content)));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code });
    for (const word of words) expect(error.message).toContain(word);
  });

  test("text, which a WebSocket tool may send, is refused", () => {
    expect(thrownBy(() => transfer.client.decode({ ...span(hex("04")), text: "done" }))).toMatchObject({
      name: "ProtocolError",
    });
  });

  test("any bytes at all parse or raise ProtocolError", () => {
    const content = fc.oneof(
      fc.uint8Array(),
      fc.tuple(fc.constantFrom(1, 2, 3, 4), fc.uint8Array()).map(([id, body]) => Uint8Array.of(id, ...body)),
      fc.jsonValue().map((v) => concat(hex("01"), utf8(JSON.stringify(v)))),
    );
    fc.assert(
      fc.property(content, (given) => {
        try {
          decode(given);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a JSON body nested as deep as the limit allows parses or raises ProtocolError", () => {
    const body = utf8("[".repeat(30_000) + "]".repeat(30_000));
    expect(thrownBy(() => decode(concat(hex("01"), body)))).toBeInstanceOf(ProtocolError);
  });
});

describe("sending", () => {
  test.each([
    ["an unknown message", { type: "close" }, "unknown-message", ['"close"', '"open" (1)']],
    ["nothing", undefined, "unknown-message", []],
    ["null", null, "unknown-message", []],
    [
      "a missing integer",
      { type: "chunk", data: new Uint8Array(1) },
      "bad-message",
      ['"chunk"', 'field "offset"', "undefined was given"],
    ],
    [
      "a negative integer",
      { type: "chunk", offset: -1, data: new Uint8Array(1) },
      "bad-message",
      ['field "offset"', "-1 was given"],
    ],
    ["a fraction", { type: "ok", upTo: 1 }, "unknown-message", ['"ok"']],
    [
      "an integer too large",
      { type: "header", a: 256, b: 0, c: 0, d: 0 },
      "bad-message",
      ['field "a"', "0 to 255", "256 was given"],
    ],
    [
      "text for bytes",
      { type: "chunk", offset: 0, data: "x" },
      "bad-message",
      ['field "data"', "Uint8Array", '"x" was given'],
    ],
    ["a missing JSON field", { type: "open" }, "bad-message", ['"open"', 'field "name"', "is missing"]],
  ])("%s: UsageError", (_what, given, code, words) => {
    const error = thrownBy(() => encode(given as never));
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ code });
    for (const word of words) expect(error.message).toContain(word);
  });
});

describe("defining", () => {
  const framing = lengthPrefixed({ maxBytes: 10 });
  test.each([
    ["an id beyond one byte", { a: layout(256, {}) }, "bad-protocol", ['"a"', "256"]],
    ["an id that is taken", { a: layout(1, {}), b: json(1, {}) }, "bad-protocol", ['"b"', "1 is taken"]],
    [
      "bytes that are not the last field",
      { a: layout(1, { data: bytes, n: u8 }) },
      "bad-layout",
      ['"a"', 'field "data"', "last"],
    ],
    ["a field called type", { a: layout(1, { type: u8 }) }, "bad-protocol", ['"a"', '"type"']],
    ["a JSON field called type", { a: json(1, { type: z.string() }) }, "bad-protocol", ['"a"', '"type"']],
  ])("%s: UsageError", (_what, client, code, words) => {
    const error = thrownBy(() =>
      defineProtocol({
        name: "x",
        version: 1,
        framing,
        client: client as Record<string, ReturnType<typeof json>>,
        server: {},
      }),
    );
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ code });
    for (const word of words) expect(error.message).toContain(word);
  });
});

describe("a preamble, and keep-alives", () => {
  const side = {
    hello: preamble(19, { name: bytesOf(4), flags: u8 }),
    say: layout(7, { at: u32, rest: bytes }),
    still: keepAlive(),
  };
  const framing = lengthPrefixed({ maxBytes: 100, preambleBytes: 6, keepAlives: true });
  const spoken = defineProtocol({ name: "spoken", version: 1, framing, client: side, server: side });
  const messages: MessageFromClient<typeof spoken>[] = [
    { type: "hello", name: utf8("abcd"), flags: 5 },
    { type: "still" },
    { type: "say", at: 1, rest: hex("ff") },
    { type: "still" },
  ];
  const wire = hex("13 61626364 05  00000000  00000006 07 00000001 ff  00000000");

  test("the preamble has no length before it, and a keep-alive is nothing but a length of 0", () => {
    const output = new ByteOutput();
    for (const each of messages) framing.encoder().encode(spoken.client.encode(each), output);
    expect(concat(...output.take())).toEqual(wire);
  });

  test("both are read again under every split of the bytes", () => {
    fc.assert(
      fc.property(cuts, (shares) => {
        const { payloads, error } = decodeAll(framing.decoder(), split(wire, shares));
        expect(error).toBeUndefined();
        expect(payloads.map((payload) => decodeWith(spoken, payload as Uint8Array))).toEqual(messages);
      }),
    );
  });

  test("bytes of another number than the layout's are refused before anything is sent", () => {
    const encodeHello = (name: Uint8Array): unknown =>
      spoken.client.encode({ type: "hello", name, flags: 0 });
    expect(thrownBy(() => encodeHello(utf8("abc"))).message).toContain("a Uint8Array of 4 bytes");
  });

  test("a preamble of another size than the framing's cannot be defined", () => {
    const define = (preambleBytes: number): unknown =>
      defineProtocol({
        name: "wrong",
        version: 1,
        framing: lengthPrefixed({ maxBytes: 100, preambleBytes }),
        client: { hello: preamble(1, { a: u8 }) },
        server: {},
      });
    expect(thrownBy(() => define(3)).message).toContain("a preamble of 2 bytes, and the framing expects 3");
  });

  test("where keep-alives are not asked for they are skipped", () => {
    const { payloads } = decodeAll(lengthPrefixed({ maxBytes: 9 }).decoder(), [hex("00000000 00000001 07")]);
    expect(payloads).toEqual([hex("07")]);
  });
});

function decodeWith(protocol: { client: { decode: (span: Span) => unknown } }, payload: Uint8Array): unknown {
  return protocol.client.decode({ text: undefined, bytes: payload, start: 0, end: payload.length });
}
