// What the WebSocket framing promises, against the words and the examples of RFC 6455.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClosedError, ProtocolError } from "../../src/errors.ts";
import { payloadOf, type Payload } from "../../src/framing/framing.ts";
import { mask } from "../../src/framing/mask.ts";
import { WebSocketDecoder, WebSocketEncoder } from "../../src/framing/websocket.ts";
import {
  concat,
  cuts,
  decodeAll,
  encodeAll,
  expectParsedOrRefused,
  hex,
  split,
  utf8,
  type Decoded,
} from "./splits.ts";

const MAX_BYTES = 70_000;

const payload: fc.Arbitrary<Payload> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: "binary", maxLength: 60 }),
  // Around the two places where the form of the length changes (§5.2).
  fc.constantFrom(125, 126, 127, 65_535, 65_536).map((size) => new Uint8Array(size).fill(size)),
);

/** Keys that differ, so that a wrong phase or a stale key shows. */
function keys(): () => Uint8Array {
  let turn = 0;
  return () => Uint8Array.of(0x11 + ++turn, 0x22, 0x33 ^ turn, 0x44);
}

interface Control {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** What a server (masked) or a client makes of `pieces`. */
function decode(
  masked: boolean,
  pieces: Uint8Array[],
  maxBytes = MAX_BYTES,
): Decoded & { controls: Control[] } {
  const controls: Control[] = [];
  const decoder = new WebSocketDecoder(masked, maxBytes, {
    onControl: (opcode, content) => void controls.push({ opcode, payload: content }),
  });
  const decoded = decodeAll(decoder, pieces);
  // A stream that ends without a Close is a broken connection, and no fault of the frames.
  const error = decoded.error instanceof ClosedError ? undefined : decoded.error;
  return { ...decoded, error, controls };
}

function frame(opcode: number, final: boolean, content: Uint8Array, key?: Uint8Array): Uint8Array {
  const size = content.length;
  const length =
    size < 126
      ? [size]
      : size < 65_536
        ? [126, size >> 8, size & 255]
        : [127, 0, 0, 0, 0, size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255];
  length[0]! |= key === undefined ? 0 : 0x80;
  const body = content.map((byte, i) => byte ^ (key?.[i & 3] ?? 0));
  return concat(Uint8Array.of((final ? 0x80 : 0) | opcode, ...length), key ?? new Uint8Array(0), body);
}

describe("the examples of RFC 6455 §5.7", () => {
  const hello = "Hello";

  test("a single-frame unmasked text message", () => {
    expect(decode(false, [hex("81 05 48 65 6c 6c 6f")]).payloads).toEqual([hello]);
    expect(encodeAll(new WebSocketEncoder(), [hello])).toEqual(hex("81 05 48 65 6c 6c 6f"));
  });

  test("a single-frame masked text message", () => {
    const bytes = hex("81 85 37 fa 21 3d 7f 9f 4d 51 58");
    expect(decode(true, [bytes.slice()]).payloads).toEqual([hello]);
    expect(encodeAll(new WebSocketEncoder(() => hex("37fa213d")), [hello])).toEqual(bytes);
  });

  test("a fragmented unmasked text message", () => {
    expect(decode(false, [hex("01 03 48 65 6c 80 02 6c 6f")]).payloads).toEqual([hello]);
  });

  test("an unmasked Ping and a masked Pong", () => {
    expect(decode(false, [hex("89 05 48 65 6c 6c 6f")]).controls).toEqual([
      { opcode: 9, payload: utf8(hello) },
    ]);
    const pong = hex("8a 85 37 fa 21 3d 7f 9f 4d 51 58");
    expect(decode(true, [pong.slice()]).controls).toEqual([{ opcode: 10, payload: utf8(hello) }]);
    expect(concat(new WebSocketEncoder(() => hex("37fa213d")).control(10, utf8(hello)))).toEqual(pong);
  });

  test("256 bytes and 64 KiB of binary in a single unmasked frame", () => {
    for (const [size, header] of [
      [256, "82 7e 01 00"],
      [65_536, "82 7f 00 00 00 00 00 01 00 00"],
    ] as const) {
      const content = new Uint8Array(size).fill(7);
      const bytes = concat(hex(header), content);
      expect(encodeAll(new WebSocketEncoder(), [content])).toEqual(bytes);
      expect(decode(false, [bytes]).payloads).toEqual([content]);
    }
  });
});

describe.each([
  ["from client to server, masked", true],
  ["from server to client, unmasked", false],
])("%s", (_name, masked) => {
  const encoder = (): WebSocketEncoder => new WebSocketEncoder(masked ? keys() : undefined);
  const key = masked ? hex("a1 b2 c3 d4") : undefined;

  test("encoding and decoding give the same messages back under every split of the bytes", () => {
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 6 }), cuts, (payloads, shares) => {
        const bytes = encodeAll(encoder(), payloads);
        const few = shares[0] === 0 && bytes.length > 5000 ? [0.001] : shares;
        const { payloads: received, error } = decode(masked, split(bytes, few));
        expect(error).toBeUndefined();
        expect(received).toEqual(payloads);
      }),
      { numRuns: 60 },
    );
  });

  test("a control frame of any size arrives whole, in one piece", () => {
    for (let size = 0; size <= 125; size++) {
      const content = new Uint8Array(size).fill(size);
      const { controls, error } = decode(masked, [concat(encoder().control(9, content))]);
      expect(error).toBeUndefined();
      expect(controls).toEqual([{ opcode: 9, payload: content }]);
    }
  });

  test("fragments, with pings between them, give the whole message under every split", () => {
    const fragments = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fragments, fc.boolean(), cuts, (parts, ping, shares) => {
        const frames = parts.flatMap((part, i) => [
          frame(i === 0 ? 2 : 0, i === parts.length - 1, part, key),
          ...(ping ? [frame(9, true, utf8("?"), key)] : []),
        ]);
        const { payloads, error, controls } = decode(masked, split(concat(...frames), shares));
        expect(error).toBeUndefined();
        expect(payloads).toEqual([concat(...parts)]);
        expect(controls).toHaveLength(ping ? parts.length : 0);
      }),
    );
  });

  test("a character cut in two by fragments is whole again", () => {
    const [first, second] = [utf8("é").subarray(0, 1), utf8("é").subarray(1)];
    expect(decode(masked, [frame(1, false, first, key), frame(0, true, second, key)]).payloads).toEqual([
      "é",
    ]);
  });

  test("garbage, whole or a byte at a time, parses or is refused, and memory stays within the limit", () => {
    const maxBytes = 60;
    const byte = fc.oneof(
      fc.nat(255),
      fc.constantFrom(
        0x01,
        0x02,
        0x80,
        0x00,
        0x81,
        0x82,
        0x88,
        0x89,
        masked ? 0x85 : 0x05,
        masked ? 0xfe : 126,
      ),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 500 }), cuts, (bytes, shares) => {
        const decoded = decode(masked, split(Uint8Array.from(bytes), shares), maxBytes);
        // One frame's header, and a control frame of 125 bytes between the fragments.
        expectParsedOrRefused(decoded, maxBytes + 14 + 125);
      }),
      { numRuns: 500 },
    );
  });

  test("a thousand fragments of one byte hold a thousand bytes, and one more than the limit is refused", () => {
    const parts = Array.from({ length: 1001 }, (_, i) =>
      frame(i === 0 ? 2 : 0, false, Uint8Array.of(i), key),
    );
    const decoded = decode(masked, parts, 1000);
    expect(decoded.error).toMatchObject({ code: "message-too-long" });
    expect(decoded.mostBufferedBytes).toBeLessThanOrEqual(1000);
  });

  test("an announced length over the limit is refused with the header, before any of the body", () => {
    for (const header of ["82 7e 01 01", "82 7f 00 00 00 00 00 00 01 01", "82 7f 7f ff ff ff ff ff ff ff"]) {
      const bytes = hex(header);
      if (masked) bytes[1]! |= 0x80;
      const { error } = decode(masked, [concat(bytes, key ?? new Uint8Array(0))], 256);
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error).toMatchObject({
        code: "message-too-long",
        message: expect.stringContaining("at most 256") as string,
      });
    }
  });

  test.each([
    ["reserved bits", "c1 00", "reserved bits"],
    ["an unknown data opcode", "83 00", "opcode 3"],
    ["an unknown control opcode", "8b 00", "opcode 11"],
    ["a fragmented Ping", "09 00", "control frame must not be fragmented"],
    ["a Ping of 126 bytes", "89 7e 00 7e", "at most 125 bytes"],
    ["a continuation of nothing", "80 00", "continuation without a beginning"],
    ["a beginning inside a message", "01 00 | 81 00", "beginning inside a message"],
  ])("%s is refused, and the sentence says so", (_what, frames, sentence) => {
    const pieces = frames.split("|").map((text) => {
      const bytes = hex(text.trim());
      if (masked) bytes[1]! |= 0x80;
      return concat(bytes, masked ? new Uint8Array(4) : new Uint8Array(0));
    });
    const { error } = decode(masked, pieces);
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code: "bad-frame", message: expect.stringContaining(sentence) as string });
  });

  test("frames that are masked the wrong way round are refused (§5.1)", () => {
    const wrong = frame(1, true, utf8("x"), masked ? undefined : hex("01020304"));
    expect(decode(masked, [wrong]).error).toMatchObject({
      code: "bad-frame",
      message: expect.stringContaining("masked") as string,
    });
  });

  test("text that is not UTF-8 is refused (§8.1), the good message before it in the same chunk is not", () => {
    const { payloads, error } = decode(masked, [
      concat(frame(1, true, utf8("good"), key), frame(1, true, hex("c3 28"), key)),
    ]);
    expect(payloads).toEqual(["good"]);
    expect(error).toMatchObject({ code: "invalid-utf8" });
  });

  test("nothing after a Close counts (§5.5.1)", () => {
    const { payloads, error, controls } = decode(masked, [
      concat(frame(8, true, hex("03e8"), key), frame(1, true, utf8("x"), key)),
    ]);
    expect(error).toBeUndefined();
    expect(payloads).toEqual([]);
    expect(controls).toEqual([{ opcode: 8, payload: hex("03e8") }]);
  });

  test("a stream that ends without a Close is a broken connection (§7.1.5), with one it is an orderly end", () => {
    const close = frame(8, true, hex("03e8"), key);
    const end = (...pieces: Uint8Array[]): (() => void) => {
      const decoder = new WebSocketDecoder(masked, MAX_BYTES, { onControl: () => {} });
      expect(decodeAll(decoder, pieces).payloads).toEqual(["x"]);
      return () => decoder.end();
    };
    const message = (): Uint8Array => frame(1, true, utf8("x"), key);
    expect(end(message())).toThrow(expect.objectContaining({ name: "ClosedError", code: "reset" }) as Error);
    expect(end(message(), close)).not.toThrow();
  });

  test("a stream that ends inside a frame or between fragments is refused", () => {
    const whole = frame(2, false, utf8("abc"), key);
    const nothing = frame(1, false, utf8(""), key);
    for (const pieces of [[whole], [whole.subarray(0, 3)], [whole.subarray(0, 1)], [nothing]]) {
      expect(decode(masked, pieces).error).toMatchObject({ code: "truncated-message" });
    }
  });
});

describe("masking", () => {
  test("is the XOR of §5.3 at every offset, length and alignment, and undoes itself", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.nat(9),
        fc.nat(9),
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        (bytes, before, after, key) => {
          const start = Math.min(before, bytes.length);
          const end = Math.max(start, bytes.length - after);
          const expected = bytes.map((byte, i) =>
            i >= start && i < end ? byte ^ key[(i - start) & 3]! : byte,
          );
          const given = bytes.slice();
          mask(given, start, end, key);
          expect(given).toEqual(expected);
          mask(given, start, end, key);
          expect(given).toEqual(bytes);
        },
      ),
    );
  });

  test("a span handed out is text when the frame said text, bytes when it said binary", () => {
    const decoder = new WebSocketDecoder(false, 100, { onControl: () => {} });
    decoder.push(hex("81 01 61 82 01 61"));
    expect(payloadOf(decoder.next()!)).toBe("a");
    expect(payloadOf(decoder.next()!)).toEqual(Uint8Array.of(0x61));
  });
});
