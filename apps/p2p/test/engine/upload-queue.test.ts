// Whose turn it is: a piece to one peer in a row, then whoever has had fewest; bounded, and nobody is forgotten.
import { seededRandom } from "@socketlab/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { UploadQueue, type Request } from "../../src/engine/upload-queue.ts";

const part = (piece: number, block: number): Request => ({ piece, begin: block * 16_384, length: 16_384 });
const everybody = (): boolean => true;

/** Serves until nothing is left that is ready. */
function serve(
  queue: UploadQueue<string>,
  isReady: (peer: string) => boolean = everybody,
): [string, Request][] {
  const served: [string, Request][] = [];
  for (let next = queue.peek(isReady); next !== undefined; next = queue.peek(isReady)) {
    queue.take(next);
    served.push([next.peer, next.request]);
  }
  return served;
}

const requests = fc.array(
  fc.record({ peer: fc.constantFrom("ann", "bob", "cid"), piece: fc.nat(3), block: fc.nat(3) }),
  { maxLength: 40 },
);

test("everything that is asked for is served once, each peer's parts of a piece in a row and in its order", () => {
  const property = fc.property(requests, fc.integer(), (asked, seed) => {
    const queue = new UploadQueue<string>(100, seededRandom(seed));
    for (const { peer, piece, block } of asked) expect(queue.add(peer, part(piece, block))).toBe(true);
    const served = serve(queue);
    for (const peer of ["ann", "bob", "cid"]) {
      for (let piece = 0; piece < 4; piece++) {
        const wanted = asked.filter((each) => each.peer === peer && each.piece === piece);
        const got = served.filter(([who, request]) => who === peer && request.piece === piece);
        expect(got.map(([, { begin }]) => begin / 16_384)).toEqual(wanted.map(({ block }) => block));
      }
      expect(queue.waitingFor(peer)).toBe(0);
    }
    // A piece of one peer is never left for another and come back to.
    const runs = served
      .map(([peer, { piece }]) => `${peer} ${piece}`)
      .filter((name, at, all) => name !== all[at - 1]);
    expect(runs).toEqual([...new Set(runs)]);
  });
  fc.assert(property, { numRuns: 500 });
});

test("turns are even: nobody gets a second piece before everybody who waits has had one", () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer(),
    (peers, pieces, seed) => {
      const queue = new UploadQueue<string>(100, seededRandom(seed));
      for (let peer = 0; peer < peers; peer++)
        for (let piece = 0; piece < pieces; piece++)
          for (let block = 0; block < 4; block++) queue.add(`peer ${peer}`, part(piece, block));
      const turns = new Map<string, number>();
      for (const [peer, { begin }] of serve(queue)) {
        if (begin === 0) turns.set(peer, (turns.get(peer) ?? 0) + 1);
        const counts = Array.from({ length: peers }, (_, at) => turns.get(`peer ${at}`) ?? 0);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }
    },
  );
  fc.assert(property);
});

test("who comes late gets neither all the turns that it has missed nor has to wait for all others", () => {
  const queue = new UploadQueue<string>(100, seededRandom(1));
  for (let piece = 0; piece < 10; piece++) queue.add("ann", part(piece, 0));
  for (let turns = 0; turns < 5; turns++) queue.take(queue.peek(everybody)!);
  for (let piece = 0; piece < 10; piece++) queue.add("bob", part(piece, 0));
  const next = serve(queue)
    .slice(0, 8)
    .map(([peer]) => peer);
  expect(next.filter((peer) => peer === "ann").length).toBeGreaterThanOrEqual(3);
  expect(next.filter((peer) => peer === "bob").length).toBeGreaterThanOrEqual(3);
});

test("who comes first is left to chance among those who have had as few turns", () => {
  const random = seededRandom(3);
  const first = new Map<string, number>();
  for (let round = 0; round < 3000; round++) {
    const queue = new UploadQueue<string>(100, random);
    for (const peer of ["ann", "bob", "cid"]) queue.add(peer, part(0, 0));
    const { peer } = queue.peek(everybody)!;
    first.set(peer, (first.get(peer) ?? 0) + 1);
  }
  for (const count of first.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test("who cannot take a block now is passed over, and keeps its place", () => {
  const queue = new UploadQueue<string>(100, seededRandom(1));
  for (const peer of ["ann", "bob"]) for (let block = 0; block < 3; block++) queue.add(peer, part(7, block));
  expect(serve(queue, (peer) => peer !== "ann").map(([peer]) => peer)).toEqual(["bob", "bob", "bob"]);
  expect(serve(queue, () => false)).toEqual([]);
  expect(serve(queue).map(([peer]) => peer)).toEqual(["ann", "ann", "ann"]);
});

test("a peer that has got a part of a piece and waits for the rest is in the middle of it", () => {
  const queue = new UploadQueue<string>(100, seededRandom(1));
  queue.add("ann", part(0, 0));
  queue.add("ann", part(0, 1));
  queue.add("ann", part(1, 0));
  expect(queue.isMidPiece("ann")).toBe(false);
  queue.take(queue.peek(everybody)!);
  expect(queue.isMidPiece("ann")).toBe(true);
  queue.take(queue.peek(everybody)!);
  expect(queue.isMidPiece("ann")).toBe(false);
  expect(queue.isMidPiece("bob")).toBe(false);
});

test("no peer has more waiting than it may, and that is no other's loss", () => {
  const queue = new UploadQueue<string>(3, seededRandom(1));
  const taken = Array.from({ length: 5 }, (_, block) => queue.add("ann", part(0, block)));
  expect(taken).toEqual([true, true, true, false, false]);
  expect(queue.add("bob", part(0, 0))).toBe(true);
  queue.take(queue.peek((peer) => peer === "ann")!);
  expect(queue.add("ann", part(0, 3))).toBe(true);
});

test("what is cancelled is not served; what has been served can be cancelled no more", () => {
  const queue = new UploadQueue<string>(100, seededRandom(1));
  queue.add("ann", part(0, 0));
  queue.add("ann", part(0, 1));
  expect(queue.cancel("ann", part(0, 0))).toBe(true);
  expect(queue.cancel("ann", part(0, 0))).toBe(false);
  expect(queue.cancel("bob", part(0, 1))).toBe(false);
  expect(queue.cancel("ann", { ...part(0, 1), length: 1 })).toBe(false);
  expect(serve(queue)).toEqual([["ann", part(0, 1)]]);
  expect(queue.cancel("ann", part(0, 1))).toBe(false);
});

test("of a peer that is dropped nothing is left but what is to be kept, and that it is told", () => {
  const queue = new UploadQueue<string>(100, seededRandom(1));
  for (let piece = 0; piece < 3; piece++) queue.add("ann", part(piece, 0));
  queue.add("bob", part(0, 0));
  expect(queue.drop("ann", ({ piece }) => piece === 1)).toEqual([part(0, 0), part(2, 0)]);
  expect(queue.waitingFor("ann")).toBe(1);
  expect(queue.drop("ann")).toEqual([part(1, 0)]);
  expect(queue.drop("ann")).toEqual([]);
  expect(serve(queue)).toEqual([["bob", part(0, 0)]]);
});
