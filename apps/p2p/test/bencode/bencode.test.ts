// What bencoding promises: one way to write each value, and a sentence with a place for everything else.
import { ProtocolError, UsageError } from "@socketlab/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, decodeParts, decodePrefix, type DecodeOptions } from "../../src/bencode/decode.ts";
import { encode, type Encodable } from "../../src/bencode/encode.ts";
import { bytesAt, dictionaryAt, integerAt, listAt, textAt, type Value } from "../../src/bencode/value.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const written = (value: Encodable): string => Buffer.from(encode(value)).toString("latin1");

const key = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) });
const { value: anyValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.maxSafeInteger(),
    fc.uint8Array(),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map((entries) => new Map(entries)),
  ),
}));

/** As decoded: sorted, and without the sign of zero. */
function canonical(value: Value): Value {
  if (typeof value === "number") return value + 0;
  if (value instanceof Uint8Array) return value;
  if (value instanceof Map) {
    const entries = [...(value as Map<string, Value>)].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return new Map(entries.map(([name, inner]) => [name, canonical(inner)]));
  }
  return (value as Value[]).map(canonical);
}

test("what was encoded is decoded to the same, and its keys are sorted as bytes", () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const decoded = decode(encode(value));
      expect(decoded).toEqual(canonical(value));
      expect(encode(decoded)).toEqual(encode(value));
    }),
  );
});

test("any bytes are decoded and encoded to the same again, or are refused", () => {
  const near = fc.string({ unit: fc.constantFrom(...Array.from("dleei0123-:ab")), maxLength: 30 }).map(ascii);
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 50 }), near), (bytes) => {
      try {
        expect(encode(decode(bytes))).toEqual(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 20_000 },
  );
});

test("a value with a byte of it changed is decoded and encoded to the same again, or is refused", () => {
  fc.assert(
    fc.property(anyValue, fc.nat(), fc.integer({ min: 0, max: 255 }), (value, place, byte) => {
      const bytes = encode(value);
      bytes[place % bytes.length] = byte;
      try {
        expect(encode(decode(bytes))).toEqual(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
  );
});

test("the beginning of a value is refused, and what stands behind it is found", () => {
  fc.assert(
    fc.property(anyValue, fc.uint8Array({ maxLength: 9 }), (value, rest) => {
      const bytes = encode(value);
      for (let length = 0; length < bytes.length; length++)
        expect(() => decode(bytes.subarray(0, length))).toThrow(ProtocolError);
      const { value: found, end } = decodePrefix(Buffer.concat([bytes, rest]));
      expect(end).toBe(bytes.length);
      expect(encode(found)).toEqual(bytes);
    }),
    { numRuns: 50 },
  );
});

test.each<[Encodable, string]>([
  [0, "i0e"],
  [-0, "i0e"],
  [-42, "i-42e"],
  [2 ** 53 - 1, "i9007199254740991e"],
  ["", "0:"],
  ["é", "2:Ã©"],
  [[1, ["x"]], "li1el1:xee"],
  [{ b: 1, a: [], c: undefined }, "d1:ale1:bi1ee"],
  [
    new Map([
      ["ÿ", 1],
      ["a", 2],
    ]),
    "d1:ai2e1:ÿi1ee",
  ],
])("%o is written in one way", (value, expected) => {
  expect(written(value)).toBe(expected);
});

test.each<[Encodable]>([[1.5], [NaN], [2 ** 53], [{ 日: 1 }], [new Map([["𝄞", 1]])]])(
  "%o cannot be written",
  (value) => expect(() => encode(value)).toThrow(UsageError),
);

describe("is refused, with what is wrong where:", () => {
  test.each<[string, string, string]>([
    ["nothing", "", "at byte 0: a value belongs here, not the end"],
    ["a word", "hello", 'at byte 0: a value belongs here, not "h"'],
    ["NUL", "\0", "at byte 0: a value belongs here, not a byte of 0"],
    ["a web page", "<!DOCTYPE html>", 'at byte 0: a value belongs here, not "<"'],
    ["a zero with a sign", "i-0e", "at byte 0: an integer is written -0"],
    ["a leading zero", "i03e", "at byte 1: an integer begins with a zero too many"],
    ["a leading zero behind a sign", "i-03e", "at byte 2: an integer begins with a zero too many"],
    ["no digits", "ie", 'at byte 1: an integer belongs here, not "e"'],
    ["a sign alone", "i-e", 'at byte 2: an integer belongs here, not "e"'],
    ["a plus", "i+1e", 'at byte 1: an integer belongs here, not "+"'],
    ["a fraction", "i1.5e", 'at byte 2: an integer goes on with ".", not "e"'],
    ["a number without end", "i12", 'at byte 3: an integer goes on with the end, not "e"'],
    ["2⁵³", "i9007199254740992e", "at byte 1: an integer is larger than 2⁵³ − 1"],
    ["a very large number", `i${"9".repeat(100)}e`, "at byte 1: an integer is larger than 2⁵³ − 1"],
    ["a negative length", "-1:", 'at byte 0: a value belongs here, not "-"'],
    ["a length with a zero", "01:a", "at byte 0: a string's length begins with a zero too many"],
    ["a length of 4 GB", "4294967296:a", "at byte 0: a string of 4294967296 bytes, of which 1 are there"],
    ["a huge length", `${"9".repeat(30)}:a`, "at byte 0: a string's length is larger than 2⁵³ − 1"],
    ["a length without its colon", "3abc", 'at byte 1: a string\'s length goes on with "a", not ":"'],
    ["a list without end", "li1e", "at byte 4: the list that begins at byte 0 has no end"],
    ["a dictionary without end", "d1:ai1e", "at byte 7: the dictionary that begins at byte 0 has no end"],
    ["a key without value", "d1:ae", 'at byte 4: a value belongs here, not "e"'],
    ["an integer for a key", "di1ei2ee", 'at byte 1: a key belongs here, not "i"'],
    ["unsorted keys", "d1:bi1e1:ai2ee", 'at byte 7: the key "a" comes behind "b", and keys are sorted'],
    ["a key twice", "d1:ai1e1:ai2ee", 'at byte 7: the key "a" comes a second time'],
    ["unseen characters in a key", "d2:\u001b[i1e2:\u001b[i2ee", 'the key "\\x1b[" comes a second time'],
    ["a very long key", `d300:${"k".repeat(300)}i1ee`, "at byte 1: a key has 300 bytes"],
    ["something behind it", "i1ei2e", "at byte 3: the value has ended, and 3 more bytes follow"],
    ["a line end behind it", "de\n", "at byte 2: the value has ended, and 1 more bytes follow"],
    ["101 lists", `${"l".repeat(101)}${"e".repeat(101)}`, "at byte 100: more than 100 lists"],
  ])("%s", (_what, text, sentence) => {
    expect(() => decode(ascii(text))).toThrow(sentence);
    expect(() => decode(ascii(text))).toThrow(ProtocolError);
  });

  test.each<[string, Uint8Array, DecodeOptions, string]>([
    ["100 MiB of zeros", new Uint8Array(100 * 1024 * 1024), {}, "it has 104857600 bytes"],
    ["50 MiB of zeros", new Uint8Array(50 * 1024 * 1024), {}, "at byte 0"],
    ["50 MiB of the digit zero", new Uint8Array(50 * 1024 * 1024).fill(0x30), {}, "at byte 0"],
    ["50 MiB of digits", new Uint8Array(50 * 1024 * 1024).fill(0x39), {}, "at byte 0"],
    ["50 million lists", new Uint8Array(50_000_000).fill(0x6c), {}, "at byte 100: more than 100 lists"],
    ["too many values", ascii(`l${"0:".repeat(10)}e`), { maxTokens: 10 }, "more than 10 values and keys"],
    ["more bytes than wanted", ascii("5:abcde"), { maxBytes: 6 }, "it has 7 bytes, and 6 are taken at most"],
    ["deeper than wanted", ascii("llee"), { maxDepth: 1 }, "at byte 1: more than 1 lists"],
  ])("%s, unread", (_what, bytes, options, sentence) => {
    expect(() => decode(bytes, options)).toThrow(sentence);
  });
});

test("who does not sort is understood where that is allowed; who says a thing twice is not", () => {
  expect(decode(ascii("d1:bi1e1:ai2ee"), { unsortedKeys: true })).toEqual(
    new Map([
      ["b", 1],
      ["a", 2],
    ]),
  );
  expect(() => decode(ascii("d1:bi1e1:ai2e1:bi3ee"), { unsortedKeys: true })).toThrow("a second time");
});

test("the parts of a dictionary are the bytes that they were read from", () => {
  const bytes = ascii("d1:ai1e4:infod1:xi2eee");
  const { value, parts } = decodeParts(bytes);
  expect(value).toEqual(decode(bytes));
  expect(parts.get("info")).toEqual(ascii("d1:xi2ee"));
  expect(() => decodeParts(ascii("le"))).toThrow('at byte 0: a dictionary belongs here, not "l"');
  expect(() => decodeParts(ascii("dei1e"))).toThrow("3 more bytes follow");
});

test("what a key has is read as what it should be, is undefined, or is refused with what it is", () => {
  const dictionary = new Map<string, Value>([
    ["n", 1],
    ["s", ascii("Ã©")],
    ["l", []],
    ["d", new Map()],
  ]);
  expect(integerAt(dictionary, "n")).toBe(1);
  expect(textAt(dictionary, "s")).toBe("é");
  expect(bytesAt(dictionary, "s")).toEqual(ascii("Ã©"));
  expect(listAt(dictionary, "l")).toEqual([]);
  expect(dictionaryAt(dictionary, "d")).toEqual(new Map());
  expect(dictionaryAt(dictionary, "none")).toBeUndefined();
  expect(() => integerAt(dictionary, "s")).toThrow('"s" is a string, where an integer belongs');
  expect(() => textAt(dictionary, "l")).toThrow('"l" is a list, where a string belongs');
  expect(() => listAt(dictionary, "d")).toThrow('"d" is a dictionary, where a list belongs');
  expect(() => dictionaryAt(dictionary, "n")).toThrow('"n" is an integer, where a dictionary belongs');
});
