// What is asked of whom, against a model that knows all: under any order of events, nothing is asked in vain, nothing forgotten.
import { seededRandom, type Random } from "@socketlab/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Bitfield } from "../../src/engine/bitfield.ts";
import { Picker, type Block, type PickerOptions } from "../../src/engine/picker.ts";

const PIECES = 6;
// The last piece is shorter, as it is of most torrents.
const blocksOf = (piece: number): number => (piece === PIECES - 1 ? 1 : 4);
const allPieces = Array.from({ length: PIECES }, (_, piece) => piece);

interface Peer {
  readonly name: string;
  /** What it was asked for, as "piece block". */
  readonly asked: Set<string>;
  readonly has: Set<number>;
}

const newPeer = (name: string): Peer => ({ name, asked: new Set(), has: new Set() });
const keyOf = ({ piece, block }: Block): string => `${piece} ${block}`;
const blockOf = (key: string): Block => {
  const [piece, block] = key.split(" ").map(Number);
  return { piece: piece!, block: block! };
};

function fieldOf(pieces: Iterable<number>): Bitfield {
  const field = new Bitfield(PIECES);
  for (const piece of pieces) field.set(piece);
  return field;
}

function pickerOf(options: Partial<PickerOptions<Peer>> = {}): Picker<Peer> {
  const random = seededRandom(1);
  const [have, wanted] = [fieldOf([]), fieldOf(allPieces)];
  return new Picker({ pieces: PIECES, blocksOf, have, wanted, random, dueInMs: () => 0, ...options });
}

/** A picker, and beside it what is true. Each deed is done to both, and what is answered is checked. */
class World {
  readonly picker: Picker<Peer>;
  readonly peers: Peer[] = [];
  readonly have: Set<number> = new Set();
  readonly wanted: readonly number[];
  /** "piece block" */
  readonly received: Set<string> = new Set();
  /** Whole, and being verified. */
  readonly whole: Set<number> = new Set();
  readonly #random: Random;
  #names = 0;

  constructor(random: Random) {
    this.#random = random;
    const pieces = allPieces.filter(() => random() < 0.9);
    this.wanted = pieces;
    this.picker = pickerOf({ wanted: fieldOf(pieces), random, dueInMs: () => (random() < 0.5 ? 0 : 60_000) });
  }

  chance(count: number): number {
    return Math.floor(this.#random() * count);
  }

  get missing(): number[] {
    return this.wanted.filter((piece) => !this.have.has(piece));
  }

  join(): void {
    const peer = newPeer(`peer ${this.#names++}`);
    this.peers.push(peer);
    this.picker.join(peer);
  }

  leave(at: number): void {
    const [peer] = this.peers.splice(at, 1);
    if (peer !== undefined) this.picker.leave(peer);
  }

  learn(peer: Peer, piece: number): void {
    expect(this.picker.learn(peer, piece)).toBe(!peer.has.has(piece));
    peer.has.add(piece);
  }

  unlearn(peer: Peer, piece: number): void {
    this.picker.unlearn(peer, piece);
    peer.has.delete(piece);
  }

  /** @returns whether there was something. */
  pick(peer: Peer, fits: (piece: number) => boolean): boolean {
    const offered = this.missing.filter((piece) => peer.has.has(piece) && fits(piece));
    const open = this.#blocks(this.missing).filter(
      (key) => !this.received.has(key) && this.#askers(key).length === 0,
    );
    const openHere = open.filter((key) => offered.includes(blockOf(key).piece));
    const untouched = offered.filter((piece) => this.#isUntouched(piece));
    const own = openHere.some((key) => this.#owers(blockOf(key).piece).includes(peer));
    const orphaned = openHere.some((key) => {
      const { piece } = blockOf(key);
      return !this.#isUntouched(piece) && this.#owers(piece).length === 0;
    });
    const block = this.picker.pick(peer, fits);
    if (openHere.length > 0) expect(block).toBeDefined();
    if (block === undefined) return false;
    const key = keyOf(block);
    this.#checkAsked(peer, block, offered);
    const owers = this.#owers(block.piece);
    if (openHere.length > 0) expect(openHere).toContain(key);
    else {
      // The end game: not before everything is asked for, and of two at most.
      expect(open).toEqual([]);
      expect(this.#askers(key).length).toBeLessThan(2);
    }
    if (own) expect(owers).toContain(peer);
    else if (orphaned) expect([this.#isUntouched(block.piece), owers.length]).toEqual([false, 0]);
    else if (untouched.length > 0) {
      expect(untouched).toContain(block.piece);
      const copies = (piece: number): number => this.peers.filter(({ has }) => has.has(piece)).length;
      // The very first may be any.
      if (this.have.size > 0)
        expect(copies(block.piece)).toBe(Math.min(...untouched.map((piece) => copies(piece))));
    }
    peer.asked.add(key);
    return true;
  }

  /** Whoever has been asked for nothing, and for whom there is nothing of its own. */
  pickRival(peer: Peer): void {
    if (peer.asked.size > 0 || this.pick(peer, () => true)) return;
    const blocks = this.picker.pickRival(peer);
    if (blocks.length === 0) return;
    const { piece } = blocks[0]!;
    expect(this.#owers(piece).length).toBeGreaterThan(0);
    expect(blocks.map(keyOf)).toEqual(this.#blocks([piece]));
    for (const block of blocks) {
      this.#checkAsked(peer, block, this.missing);
      peer.asked.add(keyOf(block));
    }
  }

  receive(peer: Peer, block: Block): void {
    const outcome = this.picker.receive(peer, block);
    const key = keyOf(block);
    peer.asked.delete(key);
    expect(outcome === undefined).toBe(this.received.has(key));
    if (outcome === undefined) return;
    this.received.add(key);
    for (const { peer: other, block: at } of outcome.cancel)
      expect(other.asked.delete(keyOf({ piece: block.piece, block: at }))).toBe(true);
    // Nobody goes on with what has come.
    expect(this.#askers(key)).toEqual([]);
    const isWhole = this.#blocks([block.piece]).every((each) => this.received.has(each));
    expect(outcome.isWhole).toBe(isWhole);
    if (isWhole) this.whole.add(block.piece);
  }

  release(peer: Peer, key: string): void {
    this.picker.release(peer, blockOf(key));
    peer.asked.delete(key);
  }

  releaseAll(peer: Peer): void {
    this.picker.release(peer);
    peer.asked.clear();
  }

  finish(piece: number, isGood: boolean): void {
    this.whole.delete(piece);
    if (isGood) {
      this.picker.verified(piece);
      this.have.add(piece);
    } else this.#forget(piece);
  }

  lose(piece: number): void {
    this.have.delete(piece);
    this.#forget(piece);
  }

  check(): void {
    const { missing } = this;
    expect(this.picker.missing).toBe(missing.length);
    expect(this.picker.isDone).toBe(missing.length === 0);
    expect([...this.picker.have]).toEqual([...this.have].toSorted((a, b) => a - b));
    for (const peer of this.peers) {
      expect([...this.picker.hasOf(peer)]).toEqual([...peer.has].toSorted((a, b) => a - b));
      expect(this.picker.isInteresting(peer)).toBe(missing.some((piece) => peer.has.has(piece)));
    }
    for (const partial of this.picker.partials) {
      expect(missing).toContain(partial.piece);
      for (const peer of this.peers) {
        const owed = [...peer.asked].filter((key) => blockOf(key).piece === partial.piece).length;
        expect(partial.askers.get(peer) ?? 0).toBe(owed);
      }
    }
  }

  #forget(piece: number): void {
    this.picker.lost(piece);
    for (const key of this.#blocks([piece])) this.received.delete(key);
  }

  /** Whatever is asked for: it has that, we want it and have not got it, and it is not being asked for it. */
  #checkAsked(peer: Peer, block: Block, offered: readonly number[]): void {
    expect(offered).toContain(block.piece);
    expect(peer.has.has(block.piece)).toBe(true);
    expect(this.received.has(keyOf(block))).toBe(false);
    expect(peer.asked.has(keyOf(block))).toBe(false);
  }

  #isUntouched(piece: number): boolean {
    return ![...this.picker.partials].some((partial) => partial.piece === piece);
  }

  #blocks(pieces: readonly number[]): string[] {
    return pieces.flatMap((piece) =>
      Array.from({ length: blocksOf(piece) }, (_, block) => keyOf({ piece, block })),
    );
  }

  #askers(key: string): Peer[] {
    return this.peers.filter(({ asked }) => asked.has(key));
  }

  #owers(piece: number): Peer[] {
    return this.peers.filter(({ asked }) => [...asked].some((key) => blockOf(key).piece === piece));
  }
}

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

/** Peers that have everything. */
function complete(picker: Picker<Peer>, ...names: string[]): Peer[] {
  return names.map((name) => {
    const peer = newPeer(name);
    picker.join(peer);
    for (const piece of allPieces) picker.learn(peer, piece);
    return peer;
  });
}

/** Asks until nothing more is to be asked. */
function drain(picker: Picker<Peer>, peer: Peer): Block[] {
  const blocks: Block[] = [];
  for (let next = picker.pick(peer); next !== undefined; next = picker.pick(peer)) blocks.push(next);
  return blocks;
}

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
