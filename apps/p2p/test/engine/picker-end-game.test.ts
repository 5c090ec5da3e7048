// When every block has been asked for: what is late is asked of a second, and of whom.
import { describe, expect, test } from "vitest";
import type { Block } from "../../src/engine/picker.ts";
import { complete, drain, keyOf, newPeer, pickerOf } from "./pickers.ts";

describe("when every block has been asked for", () => {
  /** Ann has been asked for everything; bob comes. */
  function late(annMs: number, bobMs: number): Block[] {
    const picker = pickerOf({ dueInMs: ({ name }) => (name === "ann" ? annMs : bobMs) });
    const [ann, bob] = complete(picker, "ann", "bob");
    drain(picker, ann!);
    return drain(picker, bob!);
  }

  test("what is not late is asked of nobody else, however fast", () => {
    expect(late(3000, 10)).toEqual([]);
  });

  test("what is late is asked of one who is much sooner done, from behind", () => {
    const blocks = late(20_000, 100);
    expect(blocks.length).toBe(21);
    expect(blocks[0]!.block).toBe(3);
    expect(new Set(blocks.map(keyOf)).size).toBe(21);
  });

  test("what is late is not asked of one who is not sooner done", () => {
    expect(late(20_000, 15_000)).toEqual([]);
  });

  test("it is not over as long as there is a piece that nobody has been asked for", () => {
    const picker = pickerOf({ dueInMs: ({ name }) => (name === "ann" ? 60_000 : 0) });
    const [ann, bob] = [newPeer("ann"), newPeer("bob")];
    for (const peer of [ann, bob]) picker.join(peer);
    for (const piece of [0, 1, 2]) for (const peer of [ann, bob]) picker.learn(peer, piece);
    expect(drain(picker, ann).length).toBe(12);
    expect(drain(picker, bob)).toEqual([]);
  });

  test("nothing is asked of a third", () => {
    const picker = pickerOf({
      dueInMs: ({ name }) => (name === "cid" ? 0 : name === "bob" ? 10_000 : 60_000),
    });
    const [ann, bob, cid] = complete(picker, "ann", "bob", "cid");
    drain(picker, ann!);
    expect(drain(picker, bob!).length).toBe(21);
    expect(drain(picker, cid!)).toEqual([]);
  });
});
