// KRPC (BEP 5), against garbage, near misses and itself.
import { ProtocolError } from "@socketlab/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encode } from "../../src/bencode/encode.ts";
import { decodeKrpc, encodeKrpc, type KrpcMessage } from "../../src/discovery/krpc.ts";
import { deadly, odd } from "./krpc-packets.ts";

const id = fc.uint8Array({ minLength: 20, maxLength: 20 });
const t = fc.uint8Array({ minLength: 1, maxLength: 32 });
const token = fc.uint8Array({ minLength: 1, maxLength: 64 });
const peer = fc.uint8Array({ minLength: 6, maxLength: 6 });

const messages: fc.Arbitrary<KrpcMessage> = fc.oneof(
  fc.record({ t, y: fc.constant("q" as const), q: fc.constant("ping" as const), a: fc.record({ id }) }),
  fc.record({
    t,
    y: fc.constant("q" as const),
    q: fc.constant("announce_peer" as const),
    a: fc.record({
      id,
      info_hash: id,
      token,
      port: fc.integer({ min: 1, max: 65_535 }),
      implied_port: fc.constant(0),
    }),
  }),
  fc.record({
    t,
    y: fc.constant("r" as const),
    ip: peer,
    r: fc.record({ id, token, values: fc.array(peer) }),
  }),
);

const isRefused = (bytes: Uint8Array): boolean => {
  try {
    decodeKrpc(bytes);
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return true;
  }
};

test("a message that is written is read as it was", () => {
  fc.assert(
    fc.property(messages, (message) => {
      expect(decodeKrpc(encodeKrpc(message))).toEqual(message);
    }),
  );
});

test.each(deadly)("%s is refused", (_, bytes) => {
  expect(isRefused(bytes)).toBe(true);
});

test("what is no message is refused, if only by ProtocolError", () => {
  for (const bytes of odd) expect(isRefused(bytes)).toBe(true);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void isRefused(bytes)));
});

test("a message with a byte changed or cut off is read or refused, and what is read can be written", () => {
  const broken = fc.tuple(messages, fc.nat(), fc.nat(255), fc.boolean()).map(([message, at, byte, isCut]) => {
    const bytes = encodeKrpc(message);
    bytes[at % bytes.length] = byte;
    return isCut ? bytes.subarray(0, at % bytes.length) : bytes;
  });
  fc.assert(
    fc.property(broken, (bytes) => {
      if (isRefused(bytes)) return;
      const read = decodeKrpc(bytes);
      expect(decodeKrpc(encodeKrpc(read))).toEqual(read);
    }),
  );
});

test("what it does not know is left out", () => {
  const bytes = encode({
    t: "a",
    y: "r",
    v: "LT",
    r: { id: new Uint8Array(20), nodes6: "x", seq: 4, values: [1, "short"] },
  });
  expect(decodeKrpc(bytes)).toEqual({
    t: Uint8Array.of(0x61),
    y: "r",
    r: { id: new Uint8Array(20), values: [] },
  });
});
