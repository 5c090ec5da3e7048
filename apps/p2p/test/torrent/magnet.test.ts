// What a magnet link (BEP 9, 53) promises: the same torrent in each way to write it, and a sentence for what cannot be followed.
import { UsageError } from "@socketlab/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatMagnet, parseMagnet, type Magnet } from "../../src/torrent/magnet.ts";

const hex = "0123456789abcdef0123456789abcdef01234567";
const infoHash = Uint8Array.from(Buffer.from(hex, "hex"));

test.each([
  ["hexadecimal", `magnet:?xt=urn:btih:${hex}`],
  ["capitals", `MAGNET:?xt=URN:BTIH:${hex.toUpperCase()}`],
  ["base32", "magnet:?xt=urn:btih:AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH"],
  ["base32 in small letters", "magnet:?xt=urn:btih:aerukz4jvpg66ajdivtytk6n54asgrlh"],
  ["a numbered topic", `magnet:?dn=x&xt.1=urn:btih:${hex}`],
  ["spaces around it", ` magnet:?xt=urn:btih:${hex}\n`],
  ["the same twice", `magnet:?xt=urn:btih:${hex}&xt=urn:btih:AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH`],
  ["v1 and v2", `magnet:?xt=urn:btmh:1220${"ab".repeat(32)}&xt=urn:btih:${hex}`],
  ["unknown parameters", `magnet:?xt=urn:btih:${hex}&xs=http://a/b&kt=word&x.unknown=1`],
])("an info-hash is read from %s", (_what, link) => {
  expect(parseMagnet(link)).toMatchObject({ infoHash, trackers: [], peers: [] });
});

test("name, trackers, peers, wanted files and length are read", () => {
  const link = `magnet:?xt=urn:btih:${hex}&dn=A+film%20%C3%A9&tr=http%3A%2F%2Fa%2Fx%3Fy%3D1%26z&tr=udp://b:1&tr=udp://b:1&tr=&x.pe=192.0.2.1:6881&x.pe=[2001:db8::1]:1&x.pe=host.example:65535&so=0,2,4,6-8&xl=12345`;
  expect(parseMagnet(link)).toEqual({
    infoHash,
    name: "A film é",
    trackers: ["http://a/x?y=1&z", "udp://b:1"],
    peers: [
      { host: "192.0.2.1", port: 6881 },
      { host: "2001:db8::1", port: 1 },
      { host: "host.example", port: 65_535 },
    ],
    selected: [
      { first: 0, last: 0 },
      { first: 2, last: 2 },
      { first: 4, last: 4 },
      { first: 6, last: 8 },
    ],
    length: 12_345,
  });
});

describe("is refused:", () => {
  test.each([
    ["another scheme", "http://example.com/x.torrent", 'does not begin with "magnet:?"'],
    ["nothing", "magnet:", 'does not begin with "magnet:?"'],
    ["no topic", "magnet:?dn=x", "it names nothing where xt=urn:btih:"],
    [
      "a topic of another network",
      "magnet:?xt=urn:sha1:YNCKHTQCWBTRNJIV4WNAE52SJUQCZO5C",
      'it names "urn:sha1:',
    ],
    [
      "v2 alone",
      `magnet:?xt=urn:btmh:1220${"ab".repeat(32)}`,
      "v2 alone (urn:btmh:), which is not supported yet",
    ],
    ["39 digits", `magnet:?xt=urn:btih:${hex.slice(1)}`, "is no info-hash: that is 40 hexadecimal digits"],
    ["41 digits", `magnet:?xt=urn:btih:${hex}0`, "is no info-hash"],
    ["a wrong digit", `magnet:?xt=urn:btih:g${hex.slice(1)}`, "is no info-hash"],
    ["base32 with a wrong digit", `magnet:?xt=urn:btih:1${"a".repeat(31)}`, "is no info-hash"],
    ["an empty hash", "magnet:?xt=urn:btih:", "is no info-hash"],
    ["two torrents", `magnet:?xt=urn:btih:${hex}&xt=urn:btih:${"0".repeat(40)}`, "it names two torrents"],
    ["a peer without port", `magnet:?xt=urn:btih:${hex}&x.pe=192.0.2.1`, "is not the address of a peer"],
    ["a peer at port 0", `magnet:?xt=urn:btih:${hex}&x.pe=192.0.2.1:0`, "is not the address of a peer"],
    ["a peer at a port too high", `magnet:?xt=urn:btih:${hex}&x.pe=a:65536`, "is not the address of a peer"],
    ["files that are no numbers", `magnet:?xt=urn:btih:${hex}&so=a`, 'so: "a" is not a number'],
    [
      "files from back to front",
      `magnet:?xt=urn:btih:${hex}&so=3-1`,
      'so: "3-1" is not the number of a file',
    ],
    ["files from to to", `magnet:?xt=urn:btih:${hex}&so=1-2-3`, 'so: "1-2-3" is not'],
    ["a negative length", `magnet:?xt=urn:btih:${hex}&xl=-1`, 'xl: "-1" is not a number'],
  ])("%s", (_what, link, sentence) => {
    expect(() => parseMagnet(link)).toThrow(sentence);
    expect(() => parseMagnet(link)).toThrow(UsageError);
  });
});

test("a range of all files there could be costs no more than one", () => {
  const { selected } = parseMagnet(`magnet:?xt=urn:btih:${hex}&so=0-9007199254740991`);
  expect(selected).toEqual([{ first: 0, last: Number.MAX_SAFE_INTEGER }]);
});

const word = fc
  .string({ unit: "grapheme", minLength: 1 })
  .map((text) => text.trim())
  .filter((text) => text !== "");
const anyMagnet: fc.Arbitrary<Magnet> = fc.record(
  {
    infoHash: fc.uint8Array({ minLength: 20, maxLength: 20 }),
    name: word,
    trackers: fc.uniqueArray(word, { maxLength: 4 }),
    peers: fc.array(
      fc.record({
        host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
        port: fc.integer({ min: 1, max: 65_535 }),
      }),
      { maxLength: 3 },
    ),
    selected: fc.array(
      fc.tuple(fc.nat(), fc.nat()).map(([first, more]) => ({ first, last: first + more })),
      { minLength: 1, maxLength: 3 },
    ),
    length: fc.maxSafeNat(),
  },
  { requiredKeys: ["infoHash", "trackers", "peers"] },
);

test("what was formatted is parsed to the same", () => {
  fc.assert(
    fc.property(anyMagnet, (magnet) => {
      expect(parseMagnet(formatMagnet(magnet))).toEqual({ name: undefined, ...magnet });
    }),
  );
});

test("any text behind magnet:? is parsed, or refused as a wrong link", () => {
  const parameter = fc.tuple(
    fc.constantFrom("xt", "dn", "tr", "x.pe", "so", "xl", "?"),
    fc.string({ unit: "binary" }),
  );
  const hostile = fc.array(parameter).map((all) => all.map(([key, value]) => `${key}=${value}`).join("&"));
  fc.assert(
    fc.property(fc.oneof(hostile, fc.string({ unit: "binary" })), fc.boolean(), (query, withHash) => {
      try {
        parseMagnet(`magnet:?${withHash ? `xt=urn:btih:${hex}&` : ""}${query}`);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    }),
    { numRuns: 2000 },
  );
});
