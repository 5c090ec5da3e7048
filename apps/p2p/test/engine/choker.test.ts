// What the choker promises to each peer: a free slot at once, a slot for what it sends, a chance now and then, a turn at a seed.
import { seededRandom } from "@socketlab/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Choker, ROUND_MS, type Change, type PeerView } from "../../src/engine/choker.ts";

const PIECE_BYTES = 256 * 1024;

type View = { -readonly [Key in keyof PeerView<number>]: PeerView<number>[Key] };

function view(id: number, facts: Partial<View> = {}): View {
  const rates = { downloadRate: 0, uploadRate: 0, sentBytes: 0 };
  const states = { isInterested: true, isChoked: true, isSnubbed: false, isMidPiece: false };
  return { id, ...rates, ...states, connectedAtMs: 0, unchokedAtMs: -Infinity, ...facts };
}

const chokerOf = (slots: number, seed = 1): Choker<number> =>
  new Choker({ slots, pieceLength: PIECE_BYTES, random: seededRandom(seed) });

/** As a process would do what it is told. */
function apply(peers: readonly View[], changes: readonly Change<number>[], nowMs: number): void {
  for (const { id, isChoked } of changes) {
    const peer = peers.find((each) => each.id === id)!;
    expect(peer.isChoked).toBe(!isChoked);
    peer.isChoked = isChoked;
    if (!isChoked) Object.assign(peer, { unchokedAtMs: nowMs, sentBytes: 0 });
  }
}

const unchoked = (peers: readonly View[]): number[] =>
  peers.filter((peer) => !peer.isChoked).map((peer) => peer.id);

/** So many rounds, with what a peer is sent while it is unchoked. @returns how often each had a slot. */
function rounds(choker: Choker<number>, peers: readonly View[], count: number, isSeeding = false): number[] {
  const held = peers.map(() => 0);
  for (let round = 0; round < count; round++) {
    apply(peers, choker.revise(peers, isSeeding, round * ROUND_MS), round * ROUND_MS);
    for (const [index, peer] of peers.entries()) {
      peer.uploadRate = peer.isChoked ? 0 : PIECE_BYTES;
      if (peer.isChoked) continue;
      peer.sentBytes += 10 * PIECE_BYTES;
      held[index]!++;
    }
  }
  return held;
}

test("an interested peer is unchoked at once when a slot is free, and not before", () => {
  const peers = [view(0), view(1), view(2, { isInterested: false }), view(3)];
  const choker = chokerOf(2);
  expect(choker.admit(peers, false, 0)).toEqual([
    { id: 0, isChoked: false },
    { id: 1, isChoked: false },
  ]);
  apply(peers, choker.admit(peers, false, 0), 0);
  expect(choker.admit(peers, false, 1)).toEqual([]);
});

test("who loses interest or leaves gives the slot to the next one at once", () => {
  const peers = [view(0), view(1), view(2), view(3)];
  const choker = chokerOf(2);
  apply(peers, choker.admit(peers, false, 0), 0);
  peers[0]!.isInterested = false;
  apply(peers, choker.admit(peers, false, 5), 5);
  expect(unchoked(peers)).toEqual([1, 2]);
  peers.splice(1, 1);
  apply(peers, choker.admit(peers, false, 6), 6);
  expect(unchoked(peers)).toEqual([2, 3]);
});

test("who loses interest while nobody waits keeps the unchoke, and needs no other when interest returns", () => {
  const peers = [view(0), view(1)];
  const choker = chokerOf(2);
  apply(peers, choker.admit(peers, false, 0), 0);
  peers[0]!.isInterested = false;
  expect(choker.revise(peers, false, 10_000)).toEqual([]);
  peers[0]!.isInterested = true;
  expect(choker.admit(peers, false, 11_000)).toEqual([]);
});

test("a leecher unchokes those who send it most, and one more", () => {
  const peers = Array.from({ length: 20 }, (_, id) => view(id, { downloadRate: id * 1000 }));
  const choker = chokerOf(8);
  for (let round = 0; round < 30; round++) {
    apply(peers, choker.revise(peers, false, round * ROUND_MS), round * ROUND_MS);
    expect(unchoked(peers)).toEqual(expect.arrayContaining([13, 14, 15, 16, 17, 18, 19]));
    expect(unchoked(peers)).toHaveLength(8);
  }
});

test("the optimistic slot goes round: everybody has it, for 30 seconds, newcomers three times as likely", () => {
  const peers = Array.from({ length: 12 }, (_, id) => view(id, { downloadRate: id < 7 ? 1e6 : 0 }));
  const choker = chokerOf(8);
  const held = rounds(choker, peers, 300).slice(7);
  for (const count of held) expect(count).toBeGreaterThan(30);
  const first = Array.from({ length: 1000 }, (_, seed) => {
    const two = [view(0, { unchokedAtMs: -1e6 }), view(1)];
    return chokerOf(1, seed).revise(two, false, 0)[0]!.id;
  });
  expect(first.filter((id) => id === 1).length).toBeGreaterThan(700);
  expect(first.filter((id) => id === 1).length).toBeLessThan(800);
});

test("the optimistic peer is not sent away in the middle of a piece, but not kept for ever by it either", () => {
  const peers = [view(0), view(1)];
  const choker = chokerOf(1);
  apply(peers, choker.revise(peers, false, 0), 0);
  const lucky = peers.find((peer) => !peer.isChoked)!;
  lucky.isMidPiece = true;
  for (let nowMs = 10_000; nowMs < 60_000; nowMs += 10_000)
    expect(choker.revise(peers, false, nowMs)).toEqual([]);
  expect(choker.revise(peers, false, 60_000)).toHaveLength(2);
});

test("who snubs us has no slot but the optimistic one, even when others are free", () => {
  const peers = [view(0, { isSnubbed: true, downloadRate: 1e6 }), view(1, { isSnubbed: true }), view(2)];
  for (const peer of peers) peer.isChoked = false;
  const choker = chokerOf(8);
  apply(peers, choker.revise(peers, false, 100_000), 100_000);
  expect(unchoked(peers)).toHaveLength(2);
  expect(unchoked(peers)).toContain(2);
  expect(choker.admit(peers, false, 100_001)).toEqual([]);
});

test("nobody is choked for another who sends hardly more", () => {
  const peers = Array.from({ length: 3 }, (_, id) => view(id, { downloadRate: 1000 }));
  const choker = chokerOf(2);
  apply(peers, choker.admit(peers, false, 0), 0);
  peers[2]!.downloadRate = 1050;
  expect(choker.revise(peers, false, 10_000)).toEqual([]);
  peers[2]!.downloadRate = 1200;
  apply(peers, choker.revise(peers, false, 20_000), 20_000);
  expect(unchoked(peers)).toContain(2);
});

test("a seed gives each a turn of the same length, however fast they are and whoever comes back under another name", () => {
  const peers = Array.from({ length: 24 }, (_, id) => view(id, { downloadRate: id * 1000 }));
  const choker = chokerOf(8);
  const held = rounds(choker, peers, 300, true);
  expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(6);
  const newcomer = view(99, { connectedAtMs: 3_000_000 });
  const [changed] = choker.revise([...peers, newcomer], true, 3_000_000).filter((change) => !change.isChoked);
  expect(changed?.id).not.toBe(99);
});

test("a seed's turn does not end in the middle of a piece, nor before some pieces have arrived", () => {
  const now = { nowMs: 40_000 };
  const holder = view(0, { isChoked: false, unchokedAtMs: 0, uploadRate: 1000, sentBytes: PIECE_BYTES });
  const choker = chokerOf(1);
  const decide = (): number => choker.revise([holder, view(1)], true, now.nowMs).length;
  expect(decide()).toBe(0);
  Object.assign(holder, { sentBytes: 4 * PIECE_BYTES, isMidPiece: true });
  expect(decide()).toBe(0);
  holder.isMidPiece = false;
  expect(decide()).toBe(2);
  Object.assign(holder, { sentBytes: 0, isMidPiece: true });
  now.nowMs = 120_000;
  expect(decide()).toBe(2);
});

test("whatever happens: never more than the slots, none free while somebody waits, none choked but for another", () => {
  const event = fc.record({
    id: fc.nat({ max: 11 }),
    what: fc.constantFrom("interest", "snub", "rate", "leave", "round", "mid piece"),
    rate: fc.nat({ max: 100 }),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.boolean(),
      fc.array(event, { maxLength: 200 }),
      (slots, isSeeding, events) => {
        const choker = chokerOf(slots);
        let peers = Array.from({ length: 12 }, (_, id) => view(id, { isInterested: false }));
        let nowMs = 0;
        for (const { id, what, rate } of events) {
          const peer = peers.find((each) => each.id === id);
          if (what === "interest" && peer) peer.isInterested = !peer.isInterested;
          if (what === "snub" && peer) peer.isSnubbed = !peer.isSnubbed;
          if (what === "mid piece" && peer) peer.isMidPiece = !peer.isMidPiece;
          if (what === "rate" && peer) Object.assign(peer, { downloadRate: rate, uploadRate: rate });
          if (what === "leave") peers = peers.filter((each) => each.id !== id);
          nowMs += what === "round" ? ROUND_MS : 10;
          const served = (): number => peers.filter((each) => !each.isChoked && each.isInterested).length;
          const before = served();
          const changes =
            what === "round" ? choker.revise(peers, isSeeding, nowMs) : choker.admit(peers, isSeeding, nowMs);
          apply(peers, changes, nowMs);
          expect(unchoked(peers).length).toBeLessThanOrEqual(slots);
          const waits = (each: View): boolean =>
            each.isInterested && each.isChoked && (isSeeding || !each.isSnubbed);
          if (served() < slots) expect(peers.filter(waits)).toEqual([]);
          const lost = peers.filter((each) => each.isSnubbed && each.isInterested && each.isChoked).length;
          expect(served()).toBeGreaterThanOrEqual(isSeeding ? before : before - lost);
          if (what !== "round") expect(served()).toBeGreaterThanOrEqual(before);
          expect(choker.admit(peers, isSeeding, nowMs)).toEqual([]);
        }
      },
    ),
  );
});
