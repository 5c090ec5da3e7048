// What is asked of whom, against a model that knows all: under any order of events, nothing is asked in vain, nothing forgotten.
import { seededRandom } from "@socketlab/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { World } from "./picker-world.ts";
import { allPieces, blockOf, PIECES } from "./pickers.ts";

function doSomething(world: World): void {
  const { peers } = world;
  const peer = peers[world.chance(peers.length)];
  if (peer === undefined) return world.join();
  const key = [...peer.asked][world.chance(peer.asked.size)];
  const isEven = world.chance(2) === 0;
  switch (world.chance(16)) {
    case 0:
      return peers.length < 5 ? world.join() : undefined;
    case 1:
      return world.leave(world.chance(peers.length));
    case 2:
    case 3:
    case 4:
      return world.learn(peer, world.chance(PIECES));
    case 5:
      return world.unlearn(peer, world.chance(PIECES));
    case 6:
      return key === undefined ? undefined : world.release(peer, key);
    case 7:
      return world.chance(4) === 0 ? world.releaseAll(peer) : undefined;
    case 8:
      return world.pickRival(peer);
    case 9: {
      const [piece] = world.whole;
      return piece === undefined ? undefined : world.finish(piece, world.chance(4) > 0);
    }
    case 10: {
      const [piece] = world.have;
      return piece === undefined || world.chance(4) > 0 ? undefined : world.lose(piece);
    }
    case 11:
      return void world.pick(peer, (piece) => (piece % 2 === 0) === isEven);
    case 12:
    case 13:
      return void world.pick(peer, () => true);
    default:
      return key === undefined ? undefined : world.receive(peer, blockOf(key));
  }
}

test("whatever happens in whatever order, what is asked for is right, and in the end everything has come", () => {
  const property = fc.property(fc.integer(), fc.integer({ min: 1, max: 150 }), (seed, steps) => {
    const world = new World(seededRandom(seed));
    for (let step = 0; step < steps; step++) {
      doSomething(world);
      world.check();
    }
    // Somebody comes who has everything, and is left alone with us.
    while (world.peers.length > 0) world.leave(0);
    world.join();
    const [last] = world.peers;
    for (const piece of allPieces) world.learn(last!, piece);
    for (let left = 100; left > 0 && !world.picker.isDone; left--) {
      world.pick(last!, () => true);
      for (const key of last!.asked) world.receive(last!, blockOf(key));
      for (const piece of world.whole) world.finish(piece, true);
      world.check();
    }
    expect(world.picker.isDone).toBe(true);
    expect(world.picker.pick(last!)).toBeUndefined();
    expect([...world.have].filter((piece) => !world.wanted.includes(piece))).toEqual([]);
  });
  fc.assert(property, { numRuns: 100 });
});
