// Two peers that dial each other at once end up with one conversation, without a word about it.
import fc from "fast-check";
import { expect, test } from "vitest";
import { keptOfTwo } from "../../src/engine/simultaneous.ts";

test("both sides keep the same one, in whatever order each has seen them begin", () => {
  const id = fc.uint8Array({ minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(
      id,
      id,
      fc.boolean(),
      fc.boolean(),
      fc.nat({ max: 14_999 }),
      (a, b, aFirst, bFirst, gapMs) => {
        fc.pre(a.join() !== b.join());
        const [begun, later] = [{ beganAtMs: 0 }, { beganAtMs: gapMs }];
        /** Whether the one stays that this peer has initiated. */
        const keepsOwn = (own: Uint8Array, remote: Uint8Array, isOwnFirst: boolean): boolean => {
          const first = { ...begun, isOurs: isOwnFirst };
          const second = { ...later, isOurs: !isOwnFirst };
          return (keptOfTwo(own, remote, first, second) === "first") === isOwnFirst;
        };
        expect(keepsOwn(a, b, aFirst)).toBe(!keepsOwn(b, a, bFirst));
      },
    ),
  );
});

test("nobody takes the place of a peer by coming later under its id", () => {
  const [low, high] = [new Uint8Array(20), new Uint8Array(20).fill(1)];
  const first = { isOurs: true, beganAtMs: 0 };
  expect(keptOfTwo(low, high, first, { isOurs: false, beganAtMs: 10 })).toBe("second");
  expect(keptOfTwo(low, high, first, { isOurs: false, beganAtMs: 60_000 })).toBe("first");
});
