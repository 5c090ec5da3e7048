// Holds the datagrams of BEP 15 to their bytes, and to themselves: what is encoded is decoded, and garbage does no harm.
import { ProtocolError } from "@socketlab/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeUdpReply,
  decodeUdpRequest,
  encodeUdpReply,
  encodeUdpRequest,
  type UdpReply,
} from "../../src/tracker/udp-messages.ts";
import { anyHash, anyIpv4, anyPort, anyRequest, hash, request } from "./wire.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const anyId = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const anyTransaction = fc.integer({ min: 0, max: 0xffff_ffff });

describe("the bytes are those of BEP 15", () => {
  test("connect begins with the magic number", () => {
    expect(hex(encodeUdpRequest({ action: "connect", transactionId: 0x01020304 }))).toBe(
      ["0000041727101980", "00000000", "01020304"].join(""),
    );
  });

  test("an announce has 98 bytes, each field in its place", () => {
    const announce = request({ uploaded: 3, downloaded: 4, left: 5, event: "started", key: 6, port: 0x1ae1 });
    const bytes = encodeUdpRequest({ action: "announce", connectionId: 7n, transactionId: 8, announce });
    expect(hex(bytes)).toBe(
      [
        "0000000000000007",
        "00000001",
        "00000008",
        "01".repeat(20),
        "02".repeat(20),
        "0000000000000004",
        "0000000000000005",
        "0000000000000003",
        "00000002",
        "00000000",
        "00000006",
        "ffffffff",
        "1ae1",
      ].join(""),
    );
  });

  test("an answer has 6 bytes for each peer of IPv4 and 18 of IPv6, and leaves out the other kind", () => {
    const peers = [
      { host: "1.2.3.4", port: 0x1ae1 },
      { host: "2001:db8::1", port: 2 },
    ];
    const reply: UdpReply = {
      action: "announce",
      transactionId: 9,
      reply: { intervalMs: 1_800_000, seeds: 1, leechers: 2, peers },
    };
    const head = ["00000001", "00000009", "00000708", "00000002", "00000001"].join("");
    expect(hex(encodeUdpReply(reply, 4))).toBe(`${head}010203041ae1`);
    expect(hex(encodeUdpReply(reply, 6))).toBe(`${head}20010db80000000000000000000000010002`);
  });

  test("the path and query of a tracker's URL follow an announce as options (BEP 41)", () => {
    const announce = request();
    const bytes = encodeUdpRequest(
      { action: "announce", connectionId: 7n, transactionId: 8, announce },
      "/a?b",
    );
    expect(hex(bytes.subarray(98))).toBe(["0204", "2f613f62", "00"].join(""));
    const long = encodeUdpRequest(
      { action: "announce", connectionId: 7n, transactionId: 8, announce },
      `/${"x".repeat(300)}`,
    );
    expect([long[98], long[99], long[98 + 257], long[98 + 258]]).toEqual([2, 255, 2, 46]);
  });
});

test("what is encoded is decoded: requests", () => {
  fc.assert(
    fc.property(anyId, anyTransaction, anyRequest, (connectionId, transactionId, announce) => {
      const asked = { action: "announce" as const, connectionId, transactionId, announce };
      expect(decodeUdpRequest(encodeUdpRequest(asked, "/announce"))).toEqual(asked);
    }),
  );
  fc.assert(
    fc.property(
      anyId,
      anyTransaction,
      fc.array(anyHash, { maxLength: 74 }),
      (connectionId, transactionId, infoHashes) => {
        const asked = { action: "scrape" as const, connectionId, transactionId, infoHashes };
        expect(decodeUdpRequest(encodeUdpRequest(asked))).toEqual(asked);
      },
    ),
  );
});

test("what is encoded is decoded: answers", () => {
  const count = fc.integer({ min: 0, max: 0xffff_ffff });
  const peer = fc.record({ host: anyIpv4, port: anyPort });
  const reply = fc.record({
    intervalMs: fc.integer({ min: 0, max: 0xffff_ffff }).map((seconds) => seconds * 1000),
    seeds: count,
    leechers: count,
    peers: fc.array(peer),
  });
  const counts = fc.array(fc.record({ seeds: count, leechers: count, completed: count }));
  fc.assert(
    fc.property(anyTransaction, anyId, reply, counts, (transactionId, connectionId, announced, scraped) => {
      const answers: UdpReply[] = [
        { action: "connect", transactionId, connectionId },
        { action: "announce", transactionId, reply: announced },
        { action: "scrape", transactionId, counts: scraped },
        { action: "error", transactionId, message: "no room" },
      ];
      for (const answer of answers) expect(decodeUdpReply(encodeUdpReply(answer, 4), 4)).toEqual(answer);
    }),
  );
});

test("garbage is decoded, or is a ProtocolError, and nothing else", () => {
  const begins = fc.constantFrom(
    "",
    "00000417271019800000000000000001",
    "00000000000000070000000100000001",
    "00000001",
    "00000002",
    "00000003",
  );
  fc.assert(
    fc.property(begins, fc.uint8Array({ maxLength: 300 }), (begin, rest) => {
      const bytes = Buffer.concat([Buffer.from(begin, "hex"), rest]);
      for (const decode of [
        decodeUdpRequest,
        (each: Uint8Array) => decodeUdpReply(each, 4),
        (each: Uint8Array) => decodeUdpReply(each, 6),
      ]) {
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("a request that is cut off anywhere is a ProtocolError", () => {
  const bytes = encodeUdpRequest({
    action: "announce",
    connectionId: 7n,
    transactionId: 8,
    announce: request(),
  });
  for (let length = 0; length < bytes.length; length++)
    expect(() => decodeUdpRequest(bytes.subarray(0, length))).toThrow(ProtocolError);
});

test("an answer that is longer than it need be is taken: nothing says how long one is", () => {
  const bytes = encodeUdpReply({ action: "connect", transactionId: 1, connectionId: 2n }, 4);
  expect(decodeUdpReply(Buffer.concat([bytes, hash(0)]), 4)).toMatchObject({ connectionId: 2n });
});

test("sizes beyond what a number keeps, such as 2⁶⁴ − 1 for unknown, are the largest that it keeps", () => {
  const bytes = encodeUdpRequest({
    action: "announce",
    connectionId: 7n,
    transactionId: 8,
    announce: request(),
  });
  bytes.fill(0xff, 64, 72);
  expect(decodeUdpRequest(bytes)).toMatchObject({ announce: { left: Number.MAX_SAFE_INTEGER } });
});
