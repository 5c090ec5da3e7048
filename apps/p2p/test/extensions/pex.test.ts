// Peer exchange (BEP 11) and don't-have (BEP 54): what one says the other understands, not too often, not too much, and no garbage.
import { ProtocolError } from "@socketlab/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encode } from "../../src/bencode/encode.ts";
import { decodeDontHave, encodeDontHave } from "../../src/extensions/dont-have.ts";
import { decodePex, encodePex, PexReceiver, PexSender, type PexPeer } from "../../src/extensions/pex.ts";
import { decodeCompactPeers, encodeCompactPeers } from "../../src/engine/compact-peers.ts";

const peer = (number: number): PexPeer => ({ host: `10.0.0.${number}`, port: 6881, flags: number & 0x1f });
const peers = (from: number, to: number): PexPeer[] =>
  Array.from({ length: to - from }, (_, at) => peer(from + at));

test("a message of both families, with flags, is understood", () => {
  const added = [peer(1), { host: "2001:db8::1", port: 1, flags: 2 }, peer(3)];
  const dropped = [
    { host: "10.1.1.1", port: 2 },
    { host: "2001:db8::2", port: 3 },
  ];
  const decoded = decodePex(encodePex({ added, dropped }));
  expect(decoded.added).toEqual([peer(1), peer(3), added[1]]);
  expect(decoded.dropped).toEqual(dropped);
});

test("compact peers are decoded as they were encoded; a list that is cut off is refused", () => {
  const port = fc.nat({ max: 65_535 });
  fc.assert(
    fc.property(fc.array(fc.record({ host: fc.ipV4(), port })), (list) => {
      const bytes = encodeCompactPeers(list, 4);
      expect(decodeCompactPeers(bytes, 4)).toEqual(list);
      expect(encodeCompactPeers(decodeCompactPeers(bytes, 4), 4)).toEqual(bytes);
      if (bytes.length > 0) expect(() => decodeCompactPeers(bytes.subarray(1), 4)).toThrow(ProtocolError);
    }),
  );
});

test("a minute passes between two messages, each says what is new, and fifty at most", () => {
  const sender = new PexSender();
  expect(sender.next([], 0)).toBeUndefined();
  expect(sender.isDue(1)).toBe(true);
  expect(sender.next(peers(0, 70), 1)?.added).toEqual(peers(0, 50));
  expect([2, 60_000, 60_001].map((nowMs) => sender.isDue(nowMs))).toEqual([false, false, true]);
  expect(sender.next(peers(10, 70), 60_001)).toEqual({
    added: peers(50, 70),
    dropped: peers(0, 10).map(({ host, port }) => ({ host, port })),
  });
  expect(sender.next(peers(10, 70), 120_000)).toBeUndefined();
});

test("whoever listens knows in the end exactly who is connected", () => {
  const crowd = fc.uniqueArray(fc.integer({ min: 0, max: 200 }), { maxLength: 150 });
  fc.assert(
    fc.property(fc.array(crowd, { minLength: 1, maxLength: 8 }), (crowds) => {
      const sender = new PexSender();
      const known = new Set<string>();
      let nowMs = 0;
      for (const numbers of [...crowds, ...Array.from({ length: 6 }, () => crowds.at(-1)!)]) {
        const message = sender.next(numbers.map(peer), (nowMs += 60_000));
        if (message === undefined) continue;
        const { added, dropped } = decodePex(encodePex(message));
        expect(Math.max(added.length, dropped.length)).toBeLessThanOrEqual(50);
        for (const { host } of added) known.add(host);
        for (const { host } of dropped) expect(known.delete(host)).toBe(true);
      }
      expect([...known].toSorted()).toEqual(
        crowds
          .at(-1)!
          .map((number) => peer(number).host)
          .toSorted(),
      );
    }),
  );
});

test("who sends more than one a minute is ignored, and after a while hung up on", () => {
  const receiver = new PexReceiver();
  const payload = encodePex({ added: peers(0, 3), dropped: [] });
  const heard = Array.from({ length: 10 }, (_, at) => receiver.receive(payload, at * 1000) !== undefined);
  expect(heard.filter(Boolean)).toHaveLength(3);
  for (let minute = 3; minute < 60; minute++)
    expect(receiver.receive(payload, minute * 60_000)).toBeDefined();
  const flood = (): void => {
    for (let times = 0; times < 1000; times++) receiver.receive(payload, 3_600_000);
  };
  expect(flood).toThrow(ProtocolError);
});

test("of a long list only the beginning is heard, flags may be missing, and wrong kinds are nothing", () => {
  const many = encodeCompactPeers(
    Array.from({ length: 5000 }, () => peer(1)),
    4,
  );
  expect(decodePex(encode({ added: many })).added).toHaveLength(200);
  expect(decodePex(encode({ added: encodeCompactPeers([peer(5)], 4) })).added).toEqual([
    { ...peer(5), flags: 0 },
  ]);
  expect(decodePex(encode({ added: 3, dropped: [] }))).toEqual({ added: [], dropped: [] });
});

test("garbage is a message of peer exchange, or the remote side's fault", () => {
  const values = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.nat());
  const keys = fc.constantFrom("added", "added.f", "added6", "added6.f", "dropped", "dropped6");
  const like = fc.dictionary(keys, values).map((dictionary) => encode(dictionary));
  fc.assert(
    fc.property(fc.oneof(like, fc.uint8Array({ maxLength: 80 })), (payload) => {
      try {
        decodePex(payload);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 1000 },
  );
});

test("a don't-have is four bytes, and names a piece that there is", () => {
  expect(encodeDontHave(0x0102)).toEqual(Uint8Array.of(0, 0, 1, 2));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 6 }), fc.nat(), (payload, pieceCount) => {
      try {
        expect(encodeDontHave(decodeDontHave(payload, pieceCount))).toEqual(payload);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
  );
  expect(() => decodeDontHave(encodeDontHave(10), 10)).toThrow("no piece 10 among 10");
});
