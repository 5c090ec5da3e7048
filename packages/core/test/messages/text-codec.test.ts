// What messages as JSON text promise: identity, and refusals that name the field, the rule and what was given.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { emptySpan, type Span } from "../../src/framing/framing.ts";
import { defineProtocol, lines, ProtocolError, UsageError, type Protocol } from "../../src/index.ts";

const chat = defineProtocol({
  name: "chat",
  version: 1,
  framing: lines({ maxBytes: 64 * 1024 }),
  client: {
    join: { room: z.string().min(1).max(20), after: z.int().optional() },
    say: { text: z.string(), tags: z.array(z.string()).default([]) },
  },
  server: { said: { from: z.string(), text: z.string() } },
});

function text(value: string): Span {
  return { ...emptySpan(), text: value };
}

function bytes(...values: number[]): Span {
  return { text: undefined, bytes: Uint8Array.from([0, ...values, 0]), start: 1, end: 1 + values.length };
}

function thrownBy(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("receiving", () => {
  const decode = (json: string): unknown => chat.client.decode(text(json));

  test.each([
    ["not JSON", "{room:1}", "invalid-json", ['"{room:1}"']],
    ["half an object", '{"type":"join"', "invalid-json", []],
    ["no type", '{"room":"x"}', "unknown-message", ['field "type"', '"join", "say"', "without"]],
    ["a type that is no string", '{"type":7}', "unknown-message", ['field "type"', "7"]],
    ["no object", "7", "unknown-message", ["7"]],
    ["null", "null", "unknown-message", ["null"]],
    ["a list", "[]", "unknown-message", ["[]"]],
    ["an unknown message", '{"type":"jion","room":"x"}', "unknown-message", ['"jion"', '"join", "say"']],
    [
      "a message of the other direction",
      '{"type":"said","from":"a","text":"b"}',
      "unknown-message",
      ['"said"', '"join", "say"'],
    ],
    ["a name that every object has", '{"type":"constructor"}', "unknown-message", ['"constructor"']],
    [
      "a field of the wrong type",
      '{"type":"join","room":7}',
      "bad-message",
      ['"join"', 'field "room"', "string", "7 was given"],
    ],
    ["a missing field", '{"type":"join"}', "bad-message", ['"join"', 'field "room"', "nothing was given"]],
    [
      "a value out of bounds",
      '{"type":"join","room":""}',
      "bad-message",
      ['field "room"', "1", '"" was given'],
    ],
    [
      "a wrong element",
      '{"type":"say","text":"","tags":["a",1]}',
      "bad-message",
      ['field "tags.1"', "1 was given"],
    ],
  ])("%s: ProtocolError %s %s", (_what, json, code, words) => {
    const error = thrownBy(() => decode(json));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code });
    for (const word of words) expect(error.message).toContain(word);
  });

  test("bytes that are not UTF-8: ProtocolError invalid-utf8", () => {
    expect(thrownBy(() => chat.client.decode(bytes(0xff)))).toMatchObject({
      name: "ProtocolError",
      code: "invalid-utf8",
    });
  });

  test("unknown fields are dropped, so that a newer remote side may say more", () => {
    expect(decode('{"type":"join","room":"x","colour":"red","__proto__":{"a":1}}')).toEqual({
      type: "join",
      room: "x",
    });
  });

  test("any JSON at all parses or raises ProtocolError", () => {
    const json = fc.oneof(
      fc.json(),
      fc
        .record({
          type: fc.constantFrom("join", "say", "said"),
          room: fc.jsonValue(),
          text: fc.jsonValue(),
          tags: fc.jsonValue(),
        })
        .map((v) => JSON.stringify(v)),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(json, (value) => parsesOrRefuses(() => decode(value))),
      { numRuns: 500 },
    );
  });

  test("JSON nested as deep as the limit allows parses or raises ProtocolError", () => {
    const deep = defineProtocol({
      name: "deep",
      version: 1,
      framing: lines({ maxBytes: 64 * 1024 }),
      client: { any: { value: z.unknown() }, json: { value: z.json() } },
      server: {},
    });
    const nested = "[".repeat(30_000) + "]".repeat(30_000);
    const objects = '{"a":'.repeat(10_000) + "1" + "}".repeat(10_000);
    for (const value of [nested, objects]) {
      for (const json of [
        value,
        `{"type":${value}}`,
        `{"type":"any","value":${value}}`,
        `{"type":"json","value":${value}}`,
        `{"type":"join","room":${value}}`,
      ]) {
        parsesOrRefuses(() => deep.client.decode(text(json)));
        parsesOrRefuses(() => decode(json));
      }
    }
  });

  test("a refusal does not repeat a long value", () => {
    const error = thrownBy(() => decode(JSON.stringify({ type: "join", room: "x".repeat(60_000) })));
    expect(error.message.length).toBeLessThan(300);
  });
});

function parsesOrRefuses(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
}

describe("sending", () => {
  const encode = (message: unknown): string | undefined => chat.client.encode(message as never).text;

  test.each([
    ["an unknown message", { type: "jion", room: "x" }, "unknown-message", ['"jion"', '"join", "say"']],
    [
      "a message of the other direction",
      { type: "said", from: "a", text: "b" },
      "unknown-message",
      ['"said"'],
    ],
    ["no type", { room: "x" }, "unknown-message", ['"join", "say"']],
    ["nothing", undefined, "unknown-message", ["undefined"]],
    ["null", null, "unknown-message", ["undefined"]],
    ["a string", "hello", "unknown-message", []],
    ["a missing field", { type: "join" }, "bad-message", ['"join"', 'field "room"', "is missing"]],
    [
      "a value that JSON cannot say",
      { type: "say", text: "x", tags: [], more: 1n },
      "bad-message",
      ['"say"'],
    ],
  ])("%s: UsageError", (_what, message, code, words) => {
    const error = thrownBy(() => encode(message));
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ code });
    for (const word of words) expect(error.message).toContain(word);
  });

  test("any value at all is a message or raises UsageError", () => {
    const value = fc.oneof(
      fc.anything({ withBigInt: true }),
      fc.record({ type: fc.constantFrom("join", "say"), room: fc.anything(), text: fc.anything() }),
    );
    fc.assert(
      fc.property(value, (message) => {
        try {
          encode(message);
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

test("what is encoded decodes to the same message, whatever text is in it", () => {
  const string = fc.string({ unit: "binary" }).map((value) => value.slice(0, 200));
  const join = fc.record(
    {
      type: fc.constant("join" as const),
      room: fc.string({ minLength: 1, maxLength: 20 }),
      after: fc.integer(),
    },
    { requiredKeys: ["type", "room"] },
  );
  const say = fc.record({ type: fc.constant("say" as const), text: string, tags: fc.array(string) });
  fc.assert(
    fc.property(fc.oneof(join, say), (message) => {
      const { text: json, bytes: size } = chat.client.encode(message);
      expect(json).not.toContain("\n");
      expect(size).toBe(Buffer.byteLength(json!));
      expect(chat.client.decode(text(json!))).toEqual(message);
      // The same as bytes, as a WebSocket tool may send it.
      expect(chat.client.decode(bytes(...Buffer.from(json!)))).toEqual(message);
    }),
  );
});

test("a table describes itself: one row per message, one word per field", () => {
  expect(chat.client.describe()).toMatchObject([
    {
      type: "join",
      id: undefined,
      fields: {
        room: expect.stringContaining("string") as string,
        after: expect.stringContaining("optional") as string,
      },
    },
    { type: "say", id: undefined },
  ]);
});

test("a field cannot be called type: that is the message's own name", () => {
  const define = (): Protocol<unknown, unknown> =>
    defineProtocol({
      name: "x",
      version: 1,
      framing: lines({ maxBytes: 10 }),
      client: { a: { type: z.string() } },
      server: {},
    });
  expect(thrownBy(define)).toMatchObject({ name: "UsageError", code: "bad-protocol" });
});
