// What the framings of byte streams promise: raw, lines, length-prefixed.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProtocolError } from "../../src/errors.ts";
import type { Payload } from "../../src/framing/framing.ts";
import { lengthPrefixed, lines, raw } from "../../src/index.ts";
import { concat, cuts, decodeAll, encodeAll, expectParsedOrRefused, hex, split, utf8 } from "./splits.ts";

const payload = fc.uint8Array({ minLength: 1, maxLength: 300 });
// What a text codec says is one line of JSON: no newline, never blank, all of it Unicode.
const line = fc.string({ unit: "binary", minLength: 1, maxLength: 80 }).map((text) => JSON.stringify(text));

function refusal(decode: () => { error: unknown }): { code: string; message: string } {
  const { error } = decode();
  expect(error).toBeInstanceOf(ProtocolError);
  return error as ProtocolError;
}

describe("raw", () => {
  test("keeps every byte and their order, but no boundaries", () => {
    fc.assert(
      fc.property(fc.array(payload), cuts, (payloads, shares) => {
        const sent = encodeAll(raw().encoder(), payloads);
        expect(sent).toEqual(concat(...payloads));
        const { payloads: received, error } = decodeAll(raw().decoder(), split(sent, shares));
        expect(error).toBeUndefined();
        expect(concat(...(received as Uint8Array[]))).toEqual(sent);
      }),
    );
  });
});

describe("lines", () => {
  const framing = lines({ maxBytes: 1000 });

  test("encoding and decoding give the same lines back under every split of the bytes", () => {
    fc.assert(
      fc.property(fc.array(line), cuts, (payloads, shares) => {
        const bytes = encodeAll(framing.encoder(), payloads);
        const { payloads: received, error } = decodeAll(framing.decoder(), split(bytes, shares));
        expect(error).toBeUndefined();
        expect(received).toEqual(payloads);
      }),
    );
  });

  test("garbage, whole or a byte at a time, parses or is refused, and memory stays within the limit", () => {
    const maxBytes = 50;
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .array(fc.constantFrom(0x0a, 0x0d, 0x22, 0x7b, 0x80, 0xc3, 0xed, 0xf4, 0xff), { maxLength: 400 })
        .map((b) => Uint8Array.from(b)),
    );
    fc.assert(
      fc.property(garbage, cuts, (bytes, shares) => {
        expectParsedOrRefused(decodeAll(lines({ maxBytes }).decoder(), split(bytes, shares)), maxBytes);
      }),
    );
  });

  test("every split of the same garbage gives the same lines and the same refusal", () => {
    const pieces = fc.array(fc.constantFrom("{}", "x", "é", "\n", "\r\n", "\n\n", "\xff", "long".repeat(9)), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(pieces, cuts, (parts, shares) => {
        const bytes = concat(...parts.map((part) => (part === "\xff" ? hex("ff") : utf8(part))));
        const decode = (how: number[]): { payloads: Payload[]; code: string } => {
          const { payloads, error } = decodeAll(lines({ maxBytes: 30 }).decoder(), split(bytes, how));
          return { payloads, code: (error as ProtocolError | undefined)?.code ?? "" };
        };
        const whole = decode([]);
        const cut = decode(shares);
        expect(cut.payloads).toEqual(whole.payloads);
        // A line that is both too long and not UTF-8 may be refused for either.
        expect(cut.code === "").toBe(whole.code === "");
      }),
    );
  });

  test("a line over the limit is refused before it is whole", () => {
    const { code, message } = refusal(() =>
      decodeAll(lines({ maxBytes: 10 }).decoder(), [utf8("01234567890")]),
    );
    expect(code).toBe("message-too-long");
    expect(message).toContain("11 bytes");
    expect(message).toContain("at most 10");
  });

  test("a line of exactly the limit arrives; its bytes count, not its characters", () => {
    const four = lines({ maxBytes: 4 });
    expect(decodeAll(four.decoder(), [utf8("éé\n")]).payloads).toEqual(["éé"]);
    expect(refusal(() => decodeAll(four.decoder(), [utf8("ééé\n")])).code).toBe("message-too-long");
  });

  test("good lines before a bad one in the same chunk come first", () => {
    for (const bad of [hex("ff fe 0a"), utf8(`${"x".repeat(2000)}\n`), utf8("half")]) {
      const decoded = decodeAll(framing.decoder(), [concat(utf8("one\ntwo\n"), bad)]);
      expect(decoded.payloads).toEqual(["one", "two"]);
      expect(decoded.error).toBeInstanceOf(ProtocolError);
    }
  });

  test("invalid UTF-8 is refused, overlong forms and surrogates included", () => {
    for (const bytes of ["ff", "c3", "c0 af", "ed a0 80", "f4 90 80 80", "e2 82"]) {
      expect(refusal(() => decodeAll(framing.decoder(), [concat(hex(bytes), utf8("\n"))])).code).toBe(
        "invalid-utf8",
      );
    }
  });

  test("a stream that ends inside a line says how far it came", () => {
    const { code, message } = refusal(() => decodeAll(framing.decoder(), [utf8("one\ntw")]));
    expect(code).toBe("truncated-message");
    expect(message).toContain("2 bytes");
  });

  test("blank lines and CR LF, as a person's terminal sends them, say nothing", () => {
    expect(decodeAll(framing.decoder(), [utf8("\n\r\n{}\n\n")]).payloads).toEqual(["{}"]);
  });
});

describe("length-prefixed", () => {
  const framing = lengthPrefixed({ maxBytes: 1000 });

  test("encoding and decoding give the same payloads back under every split of the bytes", () => {
    fc.assert(
      fc.property(fc.array(payload), cuts, (payloads, shares) => {
        const bytes = encodeAll(framing.encoder(), payloads);
        const { payloads: received, error } = decodeAll(framing.decoder(), split(bytes, shares));
        expect(error).toBeUndefined();
        expect(received).toEqual(payloads);
      }),
    );
  });

  test("payloads large enough not to be copied stay whole too", () => {
    const payloads = [1, 2047, 2048, 5000, 70_000].map((size, i) => new Uint8Array(size).fill(i + 1));
    const big = lengthPrefixed({ maxBytes: 100_000 });
    for (const shares of [[], [0.4], [0.01]]) {
      const bytes = encodeAll(big.encoder(), payloads);
      expect(decodeAll(big.decoder(), split(bytes, shares)).payloads).toEqual(payloads);
    }
  });

  test("a length is four bytes, big-endian (BEP 3)", () => {
    expect(encodeAll(framing.encoder(), [hex("aa bb")])).toEqual(hex("00000002 aabb"));
    expect(
      encodeAll(lengthPrefixed({ maxBytes: 2 ** 20 }).encoder(), [new Uint8Array(0x010203)]).subarray(0, 4),
    ).toEqual(hex("00 01 02 03"));
  });

  test("garbage, whole or a byte at a time, parses or is refused, and memory stays within the limit", () => {
    const maxBytes = 60;
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 500 }),
      fc.array(fc.constantFrom(0, 0, 0, 1, 4, 59, 60, 61), { maxLength: 500 }).map((b) => Uint8Array.from(b)),
    );
    fc.assert(
      fc.property(garbage, cuts, (bytes, shares) => {
        expectParsedOrRefused(
          decodeAll(lengthPrefixed({ maxBytes }).decoder(), split(bytes, shares)),
          4 + maxBytes,
        );
      }),
    );
  });

  test("an announced length over the limit is refused with its four bytes, before any of the body", () => {
    const { code, message } = refusal(() => decodeAll(framing.decoder(), [hex("00 00 03 e9")]));
    expect(code).toBe("message-too-long");
    expect(message).toContain("1001 bytes");
    expect(message).toContain("at most 1000");
    expect(refusal(() => decodeAll(framing.decoder(), [hex("ff ff ff ff")])).message).toContain("4294967295");
  });

  test("the announcement alone does not make the decoder hold memory", () => {
    const decoder = lengthPrefixed({ maxBytes: 2 ** 30 }).decoder();
    decoder.push(hex("40 00 00 00"));
    expect(decoder.next()).toBeUndefined();
    expect(decoder.bufferedBytes).toBe(4);
  });

  test("good messages before a bad one in the same chunk come first", () => {
    const decoded = decodeAll(framing.decoder(), [hex("00000001 01 00000001 02 ffffffff 03")]);
    expect(decoded.payloads).toEqual([hex("01"), hex("02")]);
    expect(decoded.error).toBeInstanceOf(ProtocolError);
  });

  test("a length of zero is a keep-alive and says nothing", () => {
    expect(decodeAll(framing.decoder(), [hex("00000000 00000000 00000001 07 00000000")])).toMatchObject({
      payloads: [hex("07")],
      error: undefined,
    });
  });

  test("a stream that ends inside a message says how far it came", () => {
    const { code, message } = refusal(() => decodeAll(framing.decoder(), [hex("00000005 0102")]));
    expect(code).toBe("truncated-message");
    expect(message).toContain("6 bytes");
  });
});
