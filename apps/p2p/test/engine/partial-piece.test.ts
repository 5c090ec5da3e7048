// A piece under way, against a model: of each block, whether it is there, and who has been asked for it.
import fc from "fast-check";
import { expect, test } from "vitest";
import { PartialPiece } from "../../src/engine/partial-piece.ts";

const BLOCKS = 6;
const peers = ["ann", "bob", "cid"];
const step = fc.record({
  what: fc.constantFrom("ask", "ask", "receive", "release"),
  peer: fc.constantFrom(...peers),
  block: fc.nat(BLOCKS - 1),
});

test("who owes what, and what is missing, is what was asked for less what has come or is given up", () => {
  const property = fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
    const partial = new PartialPiece<string>(0, BLOCKS);
    const received = new Set<number>();
    const asked = Array.from({ length: BLOCKS }, () => new Set<string>());
    for (const { what, peer, block } of steps) {
      if (what === "ask") {
        // Nobody is asked twice, nor for what is there.
        if (received.has(block) || asked[block]!.has(peer)) continue;
        partial.ask(peer, block);
        asked[block]!.add(peer);
      } else if (what === "release") {
        partial.release(peer, block);
        asked[block]!.delete(peer);
      } else {
        const cancelled = partial.receive(peer, block);
        if (received.has(block)) {
          expect(cancelled).toBeUndefined();
          continue;
        }
        // The first that comes settles who sends what it was asked for; any other settles itself.
        const settled = asked
          .map((_, at) => at)
          .filter((at) => at === block || (received.size === 0 && asked[at]!.has(peer)));
        const expected = settled.flatMap((at) =>
          [...asked[at]!].filter((other) => other !== peer).map((other) => `${other} ${at}`),
        );
        expect(new Set(cancelled!.map((each) => `${each.peer} ${each.block}`))).toEqual(new Set(expected));
        for (const at of settled) asked[at] = new Set([...asked[at]!].filter((other) => other === peer));
        asked[block] = new Set();
        received.add(block);
      }
      const missing = asked.map((_, at) => at).filter((at) => !received.has(at) && asked[at]!.size === 0);
      expect(partial.missing).toBe(missing.length);
      if (missing.length > 0) expect(partial.nextMissing()).toBe(missing[0]);
      expect(partial.isComplete).toBe(received.size === BLOCKS);
      for (const each of peers) {
        const owed = asked.filter((askers) => askers.has(each)).length;
        expect(partial.askers.get(each) ?? 0).toBe(owed);
      }
      for (let at = 0; at < BLOCKS; at++) expect(new Set(partial.askedFor(at))).toEqual(asked[at]);
    }
  });
  fc.assert(property, { numRuns: 700 });
});
