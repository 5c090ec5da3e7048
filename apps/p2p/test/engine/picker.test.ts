// Which piece is begun, which of those that are begun goes on, and which is given up.
import { seededRandom } from "@socketlab/core";
import { expect, test } from "vitest";
import { complete, drain, fieldOf, newPeer, pickerOf, PIECES } from "./pickers.ts";

test("in the order of the file, if that is wanted", () => {
  const picker = pickerOf({ sequential: true, have: fieldOf([1]) });
  const [ann] = complete(picker, "ann");
  const pieces = drain(picker, ann!).map(({ piece }) => piece);
  expect(pieces).toEqual([0, 0, 0, 0, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5]);
});

test("whoever has nothing begins with any piece, and goes on with the rarest", () => {
  const firsts = new Set<number>();
  for (let seed = 0; seed < 50; seed++) {
    const picker = pickerOf({ random: seededRandom(seed) });
    const [ann] = complete(picker, "ann");
    const bob = newPeer("bob");
    picker.join(bob);
    for (const piece of [0, 1, 2, 3, 4]) picker.learn(bob, piece);
    const first = picker.pick(ann!)!.piece;
    firsts.add(first);
    picker.verified(first);
    if (first !== 5) expect(picker.pick(ann!)?.piece).toBe(5);
  }
  expect(firsts.size).toBe(PIECES);
});

test("who has left is forgotten by what is rare", () => {
  for (let seed = 0; seed < 20; seed++) {
    const picker = pickerOf({ random: seededRandom(seed), have: fieldOf([5]) });
    const [ann] = complete(picker, "ann");
    const [bob, cid] = [newPeer("bob"), newPeer("cid")];
    for (const peer of [bob, cid]) picker.join(peer);
    for (const piece of [0, 1, 2, 3]) picker.learn(bob, piece);
    for (const piece of [1, 2, 3, 4]) picker.learn(cid, piece);
    picker.leave(bob);
    expect(picker.pick(ann!)?.piece).toBe(0);
  }
});

test("no more pieces are begun than may be, and those that are begun are shared instead", () => {
  const picker = pickerOf({ maxPartials: 2, have: fieldOf([5]) });
  const [ann, bob, cid] = complete(picker, "ann", "bob", "cid");
  const begun = [picker.pick(ann!), picker.pick(bob!)].map((block) => block!.piece);
  expect(new Set(begun).size).toBe(2);
  expect(begun).toContain(picker.pick(cid!)!.piece);
  expect([...picker.partials].length).toBe(2);
  const rest = [ann!, bob!, cid!].flatMap((peer) => drain(picker, peer));
  expect(rest.every(({ piece }) => begun.includes(piece))).toBe(true);
  picker.verified(begun[0]!);
  expect(begun).not.toContain(picker.pick(cid!)!.piece);
});

test("where no more may be begun, one that nobody sends gives way to one that somebody has, and is begun again later", () => {
  const givenUp: number[] = [];
  const picker = pickerOf({ maxPartials: 1, onGivenUp: (piece) => givenUp.push(piece) });
  const [ann, bob] = [newPeer("ann"), newPeer("bob")];
  for (const [peer, piece] of [
    [ann, 0],
    [bob, 1],
  ] as const) {
    picker.join(peer);
    picker.learn(peer, piece);
  }
  const first = picker.pick(ann)!;
  picker.pick(ann);
  picker.receive(ann, first);
  // Ann still sends hers.
  expect(picker.pick(bob)).toBeUndefined();
  picker.leave(ann);
  expect(picker.pick(bob)?.piece).toBe(1);
  expect(givenUp).toEqual([0]);
  expect([...picker.partials].length).toBe(1);
  drain(picker, bob);
  picker.verified(1);
  picker.join(ann);
  picker.learn(ann, 0);
  const again = [...drain(picker, ann)];
  expect(new Set(again.map(({ block }) => block))).toEqual(new Set([0, 1, 2, 3]));
});
