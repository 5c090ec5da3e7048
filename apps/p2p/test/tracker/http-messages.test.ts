// Holds queries and dictionaries of trackers over HTTP to the BEPs, and to themselves.
import { ProtocolError } from "@socketlab/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encode } from "../../src/bencode/encode.ts";
import {
  decodeAnnounceReply,
  decodeScrapeReply,
  encodeAnnounceReply,
  encodeFailure,
  encodeScrapeReply,
} from "../../src/tracker/http-replies.ts";
import {
  announceUrl,
  decodeAnnounceQuery,
  decodeScrapeQuery,
  scrapeUrl,
} from "../../src/tracker/http-requests.ts";
import { TrackerError } from "../../src/tracker/messages.ts";
import { anyHash, anyIpv4, anyPort, anyRequest, hash, request } from "./wire.ts";

const compact = { compact: true, noPeerId: true };
const queryOf = (url: string): string => url.slice(url.indexOf("?") + 1);
const asQuery = (changes: Record<string, string>): string =>
  Object.entries({ info_hash: "a".repeat(20), peer_id: "b".repeat(20), port: "1", ...changes })
    .map((pair) => pair.join("="))
    .join("&");

describe("queries", () => {
  test("what is asked is understood, whatever bytes a hash has", () => {
    fc.assert(
      fc.property(anyRequest, (asked) => {
        const { trackerId, ...understood } = decodeAnnounceQuery(
          queryOf(announceUrl("http://a/announce", asked)),
        ).request;
        expect(trackerId).toBeUndefined();
        expect(understood).toEqual(asked);
      }),
    );
    fc.assert(
      fc.property(fc.array(anyHash, { minLength: 1, maxLength: 74 }), (hashes) => {
        expect(decodeScrapeQuery(queryOf(scrapeUrl("http://a/announce", hashes)))).toEqual(hashes);
      }),
    );
  });

  test("a hash's bytes are percent-encoded, but for letters, digits and four signs", () => {
    const infoHash = Buffer.from("123456789abcdef123456789abcdef123456789a", "hex");
    // The example of the BitTorrent specification's wiki.
    expect(announceUrl("http://a/announce", request({ infoHash }))).toContain(
      "info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A",
    );
  });

  test("a tracker's own query stays: it may be what lets us in", () => {
    expect(announceUrl("http://a/announce?passkey=x", request())).toMatch(
      /^http:\/\/a\/announce\?passkey=x&info_hash=/,
    );
    expect(scrapeUrl("http://a/x/announce.php?passkey=x", [hash(65)])).toBe(
      `http://a/x/scrape.php?passkey=x&info_hash=${"A".repeat(20)}`,
    );
  });

  test("a tracker whose path does not end in announce cannot be scraped (BEP 48)", () => {
    expect(() => scrapeUrl("http://a/a/x/", [hash(1)])).toThrow(
      /only trackers whose path ends in \/announce/,
    );
  });

  test.each([
    ["no info_hash", { info_hash: "" }, /info_hash has 0 bytes/],
    ["a hash of 19 bytes", { info_hash: "a".repeat(19) }, /19 bytes, not 20/],
    ["a hash in hexadecimal", { info_hash: "a".repeat(40) }, /40 bytes, not 20/],
    ["a peer_id that is too short", { peer_id: "x" }, /peer_id has 1 byte/],
    ["port 0", { port: "0" }, /port/],
    ["port 65536", { port: "65536" }, /port/],
    ["a port that is none", { port: "http" }, /port is no whole number/],
    ["a negative amount", { left: "-1" }, /left is no whole number/],
    ["half an escape", { info_hash: "%4" }, /percent-encoded/],
    ["a query without end", { x: "y".repeat(9000) }, /more than 8192/],
  ])("%s is refused in words", (_, changes, words) => {
    expect(() => decodeAnnounceQuery(asQuery(changes))).toThrow(ProtocolError);
    expect(() => decodeAnnounceQuery(asQuery(changes))).toThrow(words);
  });

  test("what real clients say is understood: no event, numwant of -1, amounts of 2⁶⁴ − 1, a key of any letters", () => {
    const { request: asked } = decodeAnnounceQuery(
      asQuery({ event: "empty", numwant: "-1", left: "18446744073709551615", key: "some+words" }),
    );
    expect(asked).toMatchObject({ event: undefined, numWant: undefined, left: Number.MAX_SAFE_INTEGER });
    expect(asked.key).toBeGreaterThan(0);
  });

  test("an address in the query is not looked at: nobody is announced but who asks", () => {
    const { request: asked } = decodeAnnounceQuery(asQuery({ ip: "192.0.2.1", ipv6: "2001:db8::1" }));
    expect(JSON.stringify(asked)).not.toMatch(/192|2001/);
  });

  test("garbage is decoded, or is a ProtocolError, and nothing else", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: fc.constantFrom("%", "&", "=", "+", "a", "0", "info_hash") }),
        ),
        (query) => {
          for (const decode of [decodeAnnounceQuery, decodeScrapeQuery])
            try {
              decode(query);
            } catch (error) {
              expect(error).toBeInstanceOf(ProtocolError);
            }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("answers", () => {
  const peers = [
    { host: "1.2.3.4", port: 6881, peerId: Buffer.from(hash(9)) },
    { host: "2001:db8::1", port: 2 },
  ];

  test("peers are a string of 6 bytes each (BEP 23), those of IPv6 one of 18 (BEP 7)", () => {
    const bytes = encodeAnnounceReply({ intervalMs: 1000, peers }, compact);
    expect(Buffer.from(bytes).toString("latin1")).toBe(
      "d8:intervali1e5:peers6:\x01\x02\x03\x04\x1a\xe1" +
        "6:peers618:\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\0\x02e",
    );
  });

  test("or dictionaries, for whoever asks for them (BEP 3)", () => {
    const bytes = encodeAnnounceReply({ intervalMs: 1000, peers }, { compact: false, noPeerId: false });
    expect(Buffer.from(bytes).toString("latin1")).toBe(
      `d8:intervali1e5:peersld2:ip7:1.2.3.47:peer id20:${"\t".repeat(20)}4:porti6881eed2:ip11:2001:db8::14:porti2eeee`,
    );
  });

  test("what is encoded is decoded, in either form", () => {
    const peer = fc.record({ host: anyIpv4, port: anyPort });
    const reply = fc.record({
      intervalMs: fc.nat(1e6).map((seconds) => seconds * 1000),
      minIntervalMs: fc.nat(1e6).map((seconds) => seconds * 1000),
      seeds: fc.nat(),
      leechers: fc.nat(),
      peers: fc.array(peer),
      trackerId: fc.uint8Array(),
      warning: fc.constantFrom(undefined, "slow down"),
      externalHost: anyIpv4,
    });
    fc.assert(
      fc.property(reply, fc.boolean(), (given, isCompact) => {
        expect(
          decodeAnnounceReply(encodeAnnounceReply(given, { compact: isCompact, noPeerId: true })),
        ).toEqual(given);
      }),
    );
  });

  test("keys that are not sorted are taken: real trackers send such", () => {
    const reply = decodeAnnounceReply(Buffer.from("d5:peers0:8:intervali60ee"));
    expect(reply).toMatchObject({ intervalMs: 60_000, peers: [] });
  });

  test("a failure is the tracker's own sentence, and cannot steer a terminal", () => {
    expect(() => decodeAnnounceReply(encodeFailure("no \u001b[31msuch torrent"))).toThrow(TrackerError);
    expect(() => decodeAnnounceReply(encodeFailure("no \u001b[31msuch torrent"))).toThrow(
      "no  [31msuch torrent",
    );
    expect(() => decodeAnnounceReply(encode({ "failure reason": 7 }))).toThrow(TrackerError);
  });

  test("what is scraped is decoded", () => {
    fc.assert(
      fc.property(
        anyHash,
        fc.nat(),
        fc.nat(),
        fc.nat(),
        fc.nat(),
        (infoHash, seeds, leechers, completed, downloaders) => {
          const counts = { seeds, leechers, completed, downloaders };
          const known = decodeScrapeReply(encodeScrapeReply([[infoHash, counts]]));
          expect(known).toEqual(new Map([[Buffer.from(infoHash).toString("hex"), counts]]));
        },
      ),
    );
  });

  test.each([
    ["no interval", encode({ peers: "" })],
    ["a negative one", encode({ interval: -1, peers: "" })],
    ["an interval that is text", encode({ interval: "60", peers: "" })],
    ["peers that are a number", encode({ interval: 1, peers: 7 })],
    ["peers of 7 bytes", encode({ interval: 1, peers: "1234567" })],
    ["a list of numbers", encode({ interval: 1, peers: [1, 2] })],
    ["a peer without a port", encode({ interval: 1, peers: [{ ip: "1.2.3.4" }] })],
    ["a list in place of a dictionary", encode([1])],
    ["HTML", Buffer.from("<html>")],
    ["nothing", Buffer.alloc(0)],
    ["lists without end", Buffer.from("l".repeat(100_000))],
  ])("%s is a ProtocolError", (_, bytes) => {
    expect(() => decodeAnnounceReply(bytes)).toThrow(ProtocolError);
  });

  test("garbage is decoded, or is an error of ours, and nothing else", () => {
    const ours = (error: unknown): boolean => error instanceof ProtocolError || error instanceof TrackerError;
    const begin = fc.constantFrom("", "d8:intervali1e5:peers", "d5:filesd20:");
    fc.assert(
      fc.property(begin, fc.uint8Array(), (text, rest) => {
        for (const decode of [decodeAnnounceReply, decodeScrapeReply])
          try {
            decode(Buffer.concat([Buffer.from(text), rest]));
          } catch (error) {
            expect(ours(error)).toBe(true);
          }
      }),
      { numRuns: 500 },
    );
  });
});
