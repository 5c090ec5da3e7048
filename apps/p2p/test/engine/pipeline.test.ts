// How many requests are under way: as many as the path holds, within what both sides bear.
import fc from "fast-check";
import { expect, test } from "vitest";
import { isTimeToAsk, pipelineDepth } from "../../src/engine/pipeline.ts";
import { BLOCK_BYTES } from "../../src/protocol.ts";

const state = fc.record({
  rate: fc.double({ min: 0, max: 1e9, noNaN: true }),
  roundTripMs: fc.double({ min: 0, max: 1000, noNaN: true }),
  reqq: fc.integer({ min: 1, max: 5000 }),
});

test("a peer never has to wait for our next request, unless it, or we, would not bear so many", () => {
  const property = fc.property(state, ({ rate, roundTripMs, reqq }) => {
    const depth = pipelineDepth({ rate, roundTripMs, reqq });
    expect(Number.isInteger(depth)).toBe(true);
    expect(depth).toBeGreaterThanOrEqual(1);
    expect(depth).toBeLessThanOrEqual(reqq);
    const comesMeanwhile = (rate * roundTripMs) / 1000 / BLOCK_BYTES;
    if (depth < reqq && depth < 500) expect(depth).toBeGreaterThan(comesMeanwhile);
  });
  fc.assert(property);
});

test("more rate or a longer way is never fewer requests", () => {
  const property = fc.property(state, fc.nat(1e6), fc.nat(500), (given, rate, roundTripMs) => {
    const more = { ...given, rate: given.rate + rate, roundTripMs: given.roundTripMs + roundTripMs };
    expect(pipelineDepth(more)).toBeGreaterThanOrEqual(pipelineDepth(given));
  });
  fc.assert(property);
});

test("requests go several at a time, and it has always more of them than it answers in a round trip", () => {
  const property = fc.property(state, fc.nat(500), ({ rate, roundTripMs, reqq }, underWay) => {
    const depth = pipelineDepth({ rate, roundTripMs, reqq });
    if (isTimeToAsk(underWay, depth)) expect(depth - underWay).toBeGreaterThanOrEqual(depth / 3);
    else if (depth < reqq && depth < 500)
      expect(underWay).toBeGreaterThan((rate * roundTripMs) / 1000 / BLOCK_BYTES);
    expect(isTimeToAsk(0, depth)).toBe(true);
  });
  fc.assert(property);
});

test("a peer of which nothing is known yet is asked for some blocks at once", () => {
  expect(pipelineDepth({ rate: 0, roundTripMs: 1000, reqq: 250 })).toBeGreaterThan(4);
});
