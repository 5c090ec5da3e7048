// What the tests of trackers share: values that are easy to recognise, and generators of any. Promises nothing.
import fc from "fast-check";
import type { AnnounceRequest } from "../../src/tracker/messages.ts";

/** 20 bytes. */
export const hash = (byte: number): Uint8Array => new Uint8Array(20).fill(byte);

/** A leecher that says nothing special. */
export function request(changes: Partial<AnnounceRequest> = {}): AnnounceRequest {
  const one = { infoHash: hash(1), peerId: hash(2), port: 6881, uploaded: 0, downloaded: 0, left: 100 };
  return { ...one, ...changes };
}

export const anyHash: fc.Arbitrary<Uint8Array> = fc.uint8Array({ minLength: 20, maxLength: 20 });
export const anyIpv4: fc.Arbitrary<string> = fc.ipV4();
export const anyPort: fc.Arbitrary<number> = fc.integer({ min: 1, max: 65_535 });
export const anyRequest: fc.Arbitrary<AnnounceRequest> = fc.record({
  infoHash: anyHash,
  peerId: anyHash,
  port: anyPort,
  uploaded: fc.maxSafeNat(),
  downloaded: fc.maxSafeNat(),
  left: fc.maxSafeNat(),
  event: fc.constantFrom(
    undefined,
    "started" as const,
    "completed" as const,
    "stopped" as const,
    "paused" as const,
  ),
  numWant: fc.option(fc.nat({ max: 0x7fff_ffff }), { nil: undefined }),
  key: fc.integer({ min: 0, max: 0xffff_ffff }),
});
