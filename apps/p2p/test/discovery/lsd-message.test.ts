// Announcements of BEP 14, against its text and garbage.
import { ProtocolError } from "@socketlab/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeLsd, encodeLsd, MAX_HASHES } from "../../src/discovery/lsd-message.ts";

const GROUP = "239.192.152.143:6771";
const infoHash = fc.uint8Array({ minLength: 20, maxLength: 20 });
const message = fc.record({
  port: fc.integer({ min: 1, max: 65_535 }),
  infoHashes: fc.array(infoHash, { minLength: 1, maxLength: MAX_HASHES }),
  cookie: fc.option(fc.string({ unit: fc.constantFrom("a", "b", "-", "9"), minLength: 1 }), {
    nil: undefined,
  }),
});
const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1");

test("an announcement has the lines of BEP 14, and fits a datagram that no network cuts up", () => {
  const infoHashes = Array.from({ length: MAX_HASHES }, () => new Uint8Array(20).fill(0xab));
  const text = Buffer.from(
    encodeLsd({ port: 6881, infoHashes: infoHashes.slice(0, 1), cookie: "x" }, GROUP),
  ).toString();
  expect(text).toBe(
    `BT-SEARCH * HTTP/1.1\r\nHost: ${GROUP}\r\nPort: 6881\r\nInfohash: ${"ab".repeat(20)}\r\ncookie: x\r\n\r\n\r\n`,
  );
  const longest = { port: 65_535, infoHashes, cookie: "0123456789abcdef" };
  expect(encodeLsd(longest, "[ff15::efc0:988f]:6771").length).toBeLessThan(1400);
});

test("an announcement that is written is read as it was", () => {
  fc.assert(
    fc.property(message, (given) => {
      expect(decodeLsd(encodeLsd(given, GROUP))).toEqual(given);
    }),
  );
});

test("one as others write it is read, whatever the letters' case and the order of its lines", () => {
  const text = `BT-SEARCH * HTTP/1.1\r\nINFOHASH: ${"AB".repeat(20)}\r\nX-Else: 1\r\nport:6882\r\nHost: any\r\n\r\n`;
  expect(decodeLsd(bytesOf(text))).toEqual({
    port: 6882,
    infoHashes: [new Uint8Array(20).fill(0xab)],
    cookie: undefined,
  });
});

const hash = "ab".repeat(20);
test.each([
  ["nothing", ""],
  ["the first line alone", "BT-SEARCH * HTTP/1.1"],
  ["another method", `M-SEARCH * HTTP/1.1\r\nPort: 1\r\nInfohash: ${hash}\r\n\r\n`],
  ["no port", `BT-SEARCH * HTTP/1.1\r\nInfohash: ${hash}\r\n\r\n`],
  ["port 0", `BT-SEARCH * HTTP/1.1\r\nPort: 0\r\nInfohash: ${hash}\r\n\r\n`],
  ["port 65536", `BT-SEARCH * HTTP/1.1\r\nPort: 65536\r\nInfohash: ${hash}\r\n\r\n`],
  ["a hash of 39 digits", `BT-SEARCH * HTTP/1.1\r\nPort: 1\r\nInfohash: ${hash.slice(1)}\r\n\r\n`],
  ["60,000 bytes", `BT-SEARCH * HTTP/1.1\r\nPort: 1\r\nInfohash: ${hash}\r\n${"x".repeat(60_000)}`],
])("%s is refused", (_, text) => {
  expect(() => decodeLsd(bytesOf(text))).toThrow(ProtocolError);
});

test("garbage is refused by ProtocolError and nothing else, and more hashes than fit are not read", () => {
  const broken = fc.tuple(message, fc.nat(), fc.nat(255)).map(([given, at, byte]) => {
    const bytes = encodeLsd(given, GROUP);
    bytes[at % bytes.length] = byte;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), broken), (bytes) => {
      try {
        expect(decodeLsd(bytes).infoHashes.length).toBeLessThanOrEqual(MAX_HASHES);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
  );
  const many = `BT-SEARCH * HTTP/1.1\r\nPort: 1\r\n${`Infohash: ${hash}\r\n`.repeat(50)}`;
  expect(decodeLsd(bytesOf(many)).infoHashes).toHaveLength(MAX_HASHES);
});
