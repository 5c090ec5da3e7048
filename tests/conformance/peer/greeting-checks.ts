// The promise of the handshake, and of what a peer says directly after it (BEP 3). Asks for no block.
import { setTimeout as delay } from "node:timers/promises";
import { Mismatch, type Check } from "../check.ts";
import { expect, namesOf, newPeerId, type MakeCheck, type Visitor } from "./visitor.ts";
import { id, PROTOCOL, reservedBytes } from "./wire.ts";

const TOLD: readonly number[] = [id.bitfield, id.haveAll, id.haveNone];
const QUIET_MS = 400;

export function greetingChecks(check: MakeCheck): Check[] {
  return [
    check(
      "handshake",
      "a handshake is answered with the same info-hash and an id of its own",
      async (visits) => {
        const one = await visits.greeted();
        const sent = "a handshake";
        const { infoHash, peerId } = one.remote;
        expect(
          infoHash.equals(visits.torrent.infoHash),
          sent,
          "the same info-hash",
          infoHash.toString("hex"),
        );
        const isOwn =
          !peerId.subarray(0, 8).equals(newPeerId().subarray(0, 8)) && peerId.some((byte) => byte !== 0);
        expect(isOwn, sent, "an id of its own", peerId.toString("latin1"));
      },
    ),

    check("handshake-slow", "a handshake that comes byte by byte is answered as well", async (visits) => {
      const one = await visits.dial();
      const handshake = Buffer.concat([PROTOCOL, reservedBytes(), visits.torrent.infoHash, newPeerId()]);
      for (const byte of handshake) {
        one.wire.write(Buffer.from([byte]));
        await delay(3);
      }
      await one.wire.handshake("a handshake, byte by byte");
    }),

    check(
      "other-torrent",
      "a handshake for a torrent that it does not have is hung up on",
      async (visits) => {
        const one = await visits.dial();
        one.wire.sendHandshake(Buffer.alloc(20, 7), newPeerId());
        const over = await one.wire.ends();
        expect(
          over,
          "the info-hash of another torrent",
          "that it hangs up",
          `nothing in ${visits.timeoutMs} ms`,
        );
        expect(
          one.wire.came.length === 0,
          "the info-hash of another torrent",
          "no message",
          namesOf(one.wire.came),
        );
      },
    ),

    check("own-id", "one who comes with its own id is told nothing, and it goes on", async (visits) => {
      const first = await visits.greeted();
      const one = await visits.dial();
      one.wire.sendHandshake(visits.torrent.infoHash, first.remote.peerId);
      await one.wire.ends(1000);
      await (await visits.unchoked()).fetch(visits.torrent.blocksOf(0)[0]!);
    }),

    check(
      "tells-what-it-has",
      "directly after the handshake a seed tells that it has each piece",
      async (visits) => {
        const one = await visits.greeted();
        await toldAll(one);
      },
    ),

    check(
      "bitfield",
      "its bitfield has a bit for each piece, and its spare bits are zero",
      async (visits) => {
        const one = await visits.greeted({ reserved: reservedBytes({ fast: false, extensions: false }) });
        const told = await one.wire.take(id.bitfield, "a handshake without any extension");
        const right = visits.torrent.bitfield(visits.torrent.pieces);
        // Some tell a few of their pieces with have, each (they were said to be harder to shape that way).
        await delay(QUIET_MS);
        const bits = Buffer.from(told.payload);
        const haves = one.wire.came
          .filter((came) => came.id === id.have)
          .map(({ payload }) => payload.readUInt32BE(0));
        for (const piece of haves) bits[piece >> 3]! |= 0x80 >> (piece & 7);
        if (!bits.equals(right))
          throw new Mismatch("a handshake", right.toString("hex"), bits.toString("hex"));
      },
    ),

    check("no-extensions", "one who knows no extension is sent none of their messages", async (visits) => {
      const one = await visits.greeted({ reserved: reservedBytes({ fast: false, extensions: false }) });
      await one.unchoked();
      await one.fetch(visits.torrent.blocksOf(1)[0]!);
      await delay(QUIET_MS);
      const foreign = one.wire.came.filter((came) => came.id > id.cancel);
      expect(
        foreign.length === 0,
        "a handshake without any extension",
        "messages of BEP 3",
        namesOf(foreign),
      );
    }),
  ];
}

/** @throws Mismatch unless the first thing that is told is that every piece is there. */
export async function toldAll(one: Visitor): Promise<void> {
  const told = await one.wire.take(
    (came) => came.id !== id.extended && came.id !== id.port,
    "a handshake",
    "bitfield or have all",
  );
  const sent = "a handshake";
  expect(TOLD.includes(told.id), sent, "bitfield or have all before anything else", namesOf([told]));
  if (told.id === id.haveAll) return;
  expect(told.id === id.bitfield, sent, "bitfield or have all", namesOf([told]));
}
