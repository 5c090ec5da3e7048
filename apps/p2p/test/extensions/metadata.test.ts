// A torrent's info dictionary from peers of whom some lie: in the end it is the right one, whoever tells the truth.
import { createHash } from "node:crypto";
import { ProtocolError, seededRandom } from "@socketlab/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encode } from "../../src/bencode/encode.ts";
import {
  decodeMetadata,
  encodeMetadata,
  MetadataAnswers,
  METADATA_PART_BYTES,
  type MetadataMessage,
} from "../../src/extensions/metadata.ts";
import { MetadataFetch } from "../../src/extensions/metadata-fetch.ts";

const metadata = Uint8Array.from({ length: 3 * METADATA_PART_BYTES + 100 }, (_, at) => at % 251);
const infoHash = createHash("sha1").update(metadata).digest();

const answer = (part: number, from = metadata): MetadataMessage => new MetadataAnswers().answer(part, from);

test("the messages are BEP 9's: the bytes stand behind the dictionary", () => {
  const text = (message: MetadataMessage): string => Buffer.from(encodeMetadata(message)).toString("latin1");
  expect(text({ type: "request", part: 0 })).toBe("d8:msg_typei0e5:piecei0ee");
  expect(text({ type: "reject", part: 7 })).toBe("d8:msg_typei2e5:piecei7ee");
  expect(text({ type: "data", part: 0, totalBytes: 3, bytes: Uint8Array.of(97, 98, 99) })).toBe(
    "d8:msg_typei1e5:piecei0e10:total_sizei3eeabc",
  );
});

test("what is encoded is decoded again, an unknown type is nothing", () => {
  const part = fc.nat();
  const message = fc.oneof(
    fc.record({ type: fc.constantFrom("request" as const, "reject" as const), part }),
    fc.record({
      type: fc.constant("data" as const),
      part,
      totalBytes: fc.integer({ min: 1 }),
      bytes: fc.uint8Array(),
    }),
  );
  fc.assert(
    fc.property(message, (given) => {
      expect(decodeMetadata(encodeMetadata(given))).toEqual(given);
    }),
  );
  expect(decodeMetadata(encode({ msg_type: 3, piece: 0 }))).toBeUndefined();
});

test("garbage is a message, or the remote side's fault", () => {
  const dictionary = fc.record(
    { msg_type: fc.integer({ min: -1, max: 4 }), piece: fc.integer(), total_size: fc.integer() },
    { requiredKeys: [] },
  );
  const like = fc
    .tuple(dictionary, fc.uint8Array())
    .map(([start, rest]) => Uint8Array.of(...encode(start), ...rest));
  fc.assert(
    fc.property(fc.oneof(like, fc.uint8Array()), (payload) => {
      try {
        decodeMetadata(payload);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 1000 },
  );
  const long = {
    type: "data" as const,
    part: 0,
    totalBytes: 1,
    bytes: new Uint8Array(METADATA_PART_BYTES + 1),
  };
  expect(() => decodeMetadata(encodeMetadata(long))).toThrow(ProtocolError);
});

test("without metadata, beyond its end, and too often, a request is rejected", () => {
  const answers = new MetadataAnswers();
  expect(answers.answer(0, undefined)).toEqual({ type: "reject", part: 0 });
  expect(answers.answer(4, metadata)).toEqual({ type: "reject", part: 4 });
  expect(answers.answer(3, metadata)).toMatchObject({ type: "data", bytes: metadata.subarray(-100) });
  const sent = Array.from({ length: 100 }, () => answers.answer(0, metadata).type);
  expect(sent.filter((type) => type === "data").length).toBeLessThan(12);
});

test("several peers are asked for different parts", () => {
  const fetch = new MetadataFetch<string>(infoHash);
  for (const peer of ["a", "b"]) fetch.offered(peer, metadata.length);
  const requests = fetch.requests(0);
  expect(requests.map(({ part }) => part)).toEqual([0, 1, 2, 3]);
  for (const { peer, part } of requests) expect(fetch.received(peer, answer(part), 1)).toEqual([]);
  expect(fetch.metadata).toEqual(metadata);
  expect(fetch.requests(2)).toEqual([]);
});

test("who sends a part of the wrong length, or all of it false, has lied; what was not asked for is ignored", () => {
  const fetch = new MetadataFetch<string>(infoHash);
  fetch.offered("liar", metadata.length);
  expect(fetch.received("liar", answer(0), 0)).toEqual([]);
  const [first] = fetch.requests(0);
  const short = {
    type: "data" as const,
    part: first!.part,
    totalBytes: metadata.length,
    bytes: new Uint8Array(3),
  };
  expect(fetch.received("liar", short, 0)).toEqual(["liar"]);
  fetch.offered("liar", metadata.length);
  expect(fetch.requests(1e6)).toEqual([]);
});

test("who is silent, or rejects, is passed over for a while", () => {
  const fetch = new MetadataFetch<string>(infoHash);
  fetch.offered("silent", metadata.length);
  expect(fetch.requests(0).map(({ peer }) => peer)).toContain("silent");
  fetch.offered("other", metadata.length);
  expect(fetch.requests(10_000).map(({ peer }) => peer)).toEqual(["other", "other", "other", "other"]);
  fetch.received("other", { type: "reject", part: 0 }, 10_001);
  expect(fetch.requests(10_002)).toEqual([]);
  expect(fetch.requests(40_001).length).toBeGreaterThan(0);
});

test("more than the limit is not asked for, and memory is taken by what has arrived alone", () => {
  const fetch = new MetadataFetch<string>(infoHash);
  fetch.offered("huge", 31_457_281);
  expect(fetch.requests(0)).toEqual([]);
  fetch.offered("huge", 31_457_280);
  expect(fetch.requests(0)).toHaveLength(4);
});

test("after false metadata of several, nobody is blamed, and one alone is asked for all of it", () => {
  const long = Uint8Array.from({ length: 6 * METADATA_PART_BYTES }, (_, at) => at % 241);
  const fetch = new MetadataFetch<string>(createHash("sha1").update(long).digest());
  for (const peer of ["honest", "liar"]) fetch.offered(peer, long.length);
  for (const { peer, part } of fetch.requests(0)) {
    const from = peer === "liar" ? new Uint8Array(long.length) : long;
    expect(fetch.received(peer, answer(part, from), 1)).toEqual([]);
  }
  expect(fetch.metadata).toBeUndefined();
  const alone = [2, 3].flatMap((nowMs) => {
    const requests = fetch.requests(nowMs);
    for (const { peer, part } of requests) fetch.received(peer, answer(part, long), nowMs);
    return requests;
  });
  expect(alone.map(({ part }) => part)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(new Set(alone.map(({ peer }) => peer)).size).toBe(1);
  expect(fetch.metadata).toEqual(long);
});

test("who sends false parts as slowly as may be keeps us for two minutes, and then no part of its remains", () => {
  const long = Uint8Array.from({ length: 80 * METADATA_PART_BYTES }, (_, at) => at % 241);
  const fetch = new MetadataFetch<string>(createHash("sha1").update(long).digest());
  for (const peer of ["slow", "honest"]) fetch.offered(peer, long.length);
  const owed: { readonly part: number; readonly dueMs: number }[] = [];
  let nowMs = 0;
  for (; fetch.metadata === undefined && nowMs < 600_000; nowMs += 500) {
    for (const { peer, part } of fetch.requests(nowMs)) {
      if (peer === "slow") owed.push({ part, dueMs: nowMs + 9000 });
      else fetch.received(peer, answer(part, long), nowMs);
    }
    while (owed.length > 0 && owed[0]!.dueMs <= nowMs)
      fetch.received("slow", answer(owed.shift()!.part, new Uint8Array(long.length)), nowMs);
  }
  expect(fetch.metadata).toEqual(long);
  expect(nowMs).toBeLessThan(150_000);
});

type Kind = "honest" | "false bytes" | "one false part" | "false length" | "silent" | "rejects";

test("whoever lies, is silent or leaves: if one peer tells the truth, the metadata is found, and nobody honest is blamed", () => {
  const kind = fc.constantFrom<Kind>(
    "honest",
    "false bytes",
    "one false part",
    "false length",
    "silent",
    "rejects",
  );
  fc.assert(
    fc.property(fc.array(kind, { maxLength: 8 }), fc.nat({ max: 8 }), fc.nat(), (kinds, at, seed) => {
      const peers = kinds.toSpliced(Math.min(at, kinds.length), 0, "honest");
      const random = seededRandom(seed);
      const fetch = new MetadataFetch<number>(infoHash);
      const lengthOf = (peer: Kind): number => metadata.length + (peer === "false length" ? 50_000 : 0);
      for (const [id, peer] of peers.entries()) fetch.offered(id, lengthOf(peer));
      let nowMs = 0;
      while (fetch.metadata === undefined && nowMs < 3_600_000) {
        nowMs += 1000;
        const requests = fetch.requests(nowMs).toSorted(() => random() - 0.5);
        for (const { peer: id, part } of requests) {
          const peer = peers[id]!;
          if (peer === "silent") continue;
          if (random() < 0.02) {
            fetch.left(id);
            fetch.offered(id, lengthOf(peer));
          }
          let message: MetadataMessage = { type: "reject", part };
          if (peer !== "rejects") message = answer(part, new Uint8Array(lengthOf(peer)));
          if (peer === "honest" || (peer === "one false part" && part !== 2)) message = answer(part);
          for (const liar of fetch.received(id, message, nowMs)) expect(peers[liar]).toMatch(/false/);
        }
      }
      expect(fetch.metadata).toEqual(metadata);
    }),
    { numRuns: 200 },
  );
});
