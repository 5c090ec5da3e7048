// The promise of a seed to one who asks (BEP 3): every byte, in whatever parts, until it is no longer wanted.
import { setTimeout as delay } from "node:timers/promises";
import type { Check } from "../check.ts";
import { PIECE_BYTES } from "./torrent.ts";
import { expect, isPart, namesOf, words, type MakeCheck } from "./visitor.ts";
import { BLOCK_BYTES, id, keepAliveBytes, reservedBytes } from "./wire.ts";

const QUIET_MS = 400;
const plain = { reserved: reservedBytes({ fast: false, extensions: false }) };

export function servingChecks(check: MakeCheck): Check[] {
  return [
    check("unchoke", "one who is interested is unchoked", async (visits) => {
      await visits.unchoked();
    }),

    check("request", "a request is answered with the right bytes", async (visits) => {
      const one = await visits.unchoked(plain);
      for (const piece of [0, 7, 3]) for (const part of visits.torrent.blocksOf(piece)) await one.fetch(part);
    }),

    check("last-block", "the last block, which is short, comes as it is", async (visits) => {
      const one = await visits.unchoked();
      await one.fetch(visits.torrent.blocks.at(-1)!);
    }),

    check("any-part", "a part that begins and ends anywhere in a piece comes as it is", async (visits) => {
      const one = await visits.unchoked();
      for (const [begin, length] of [
        [0, 1],
        [5, 1000],
        [BLOCK_BYTES - 1, 2],
        [PIECE_BYTES - 1, 1],
      ] as const)
        await one.fetch({ piece: 4, begin, length });
    }),

    check("pipeline", "thirty requests at once are each answered, once", async (visits) => {
      const one = await visits.unchoked();
      const parts = visits.torrent.blocks.slice(0, 30);
      one.ask(...parts);
      for (const part of parts) await one.fetched(part);
      await delay(QUIET_MS);
      const blocks = one.wire.came.filter((came) => came.id === id.piece);
      expect(blocks.length === 30, "30 requests", "30 blocks", `${blocks.length}`);
    }),

    check("keep-alive", "keep-alives are no fault, however many", async (visits) => {
      const one = await visits.greeted();
      for (let n = 0; n < 50; n++) one.wire.write(keepAliveBytes);
      await one.unchoked();
      one.wire.write(keepAliveBytes);
      await one.fetch(visits.torrent.blocksOf(2)[0]!);
    }),

    check("port", "where a visitor's DHT node is may be told", async (visits) => {
      const one = await visits.unchoked();
      one.wire.send(id.port, Buffer.from([0x1a, 0xe1]));
      await one.fetch(visits.torrent.blocksOf(2)[1]!);
    }),

    check("cancel", "what is cancelled comes at most once, and all else comes", async (visits) => {
      const one = await visits.unchoked(plain);
      const parts = visits.torrent.blocks.slice(0, 30);
      one.ask(...parts);
      const cancelled = parts.at(-1)!;
      for (let twice = 0; twice < 2; twice++)
        one.wire.send(id.cancel, cancelled.piece, cancelled.begin, cancelled.length);
      for (const part of parts.slice(0, -1)) await one.fetched(part);
      await one.fetch(visits.torrent.blocksOf(20)[0]!);
      const again = one.wire.came.filter((came) => came.id === id.piece && isPart(came, cancelled));
      expect(again.length < 2, "request and cancel", "that block at most once", `${again.length} times`);
    }),

    check("cancel-unknown", "a cancel of what was never asked for is no fault", async (visits) => {
      const one = await visits.unchoked();
      one.wire.send(id.cancel, 3, 0, BLOCK_BYTES);
      await one.fetch(visits.torrent.blocksOf(5)[0]!);
    }),

    check("choked-silence", "one who is choked gets no block", async (visits) => {
      const one = await visits.greeted(plain);
      one.ask(visits.torrent.blocksOf(0)[0]!);
      const block = await one.wire.within(QUIET_MS, id.piece);
      const sent = "a request before interested and unchoke";
      const wasUnchoked = one.wire.came.some((came) => came.id === id.unchoke);
      expect(block === undefined || wasUnchoked, sent, "no block", namesOf(one.wire.came));
    }),

    check(
      "interest-comes-and-goes",
      "one who is no longer interested, and then again, is served",
      async (visits) => {
        const one = await visits.unchoked();
        one.wire.send(id.notInterested);
        await delay(50);
        const chokes = (): number => one.wire.came.filter((came) => came.id === id.choke).length;
        one.wire.send(id.interested);
        await delay(50);
        if (chokes() > 0) await one.wire.take(id.unchoke, "not interested, interested");
        await one.fetch(visits.torrent.blocksOf(6)[0]!);
      },
    ),

    check("two-at-once", "two visitors are served in the same time", async (visits) => {
      const two = [await visits.unchoked(), await visits.unchoked()];
      for (const part of visits.torrent.blocks.slice(0, 20)) for (const one of two) await one.fetch(part);
    }),

    check("whole", "the whole torrent comes, each byte as it is", async (visits) => {
      const one = await visits.unchoked();
      for (const piece of visits.torrent.pieces) {
        one.ask(...visits.torrent.blocksOf(piece));
        for (const part of visits.torrent.blocksOf(piece)) await one.fetched(part);
        one.wire.send(id.have, piece);
      }
    }),

    ...beyondChecks(check),
  ];
}

/** What nobody has: no block comes for it, and nobody else suffers. */
function beyondChecks(check: MakeCheck): Check[] {
  const beyond: Record<string, [piece: number, begin: number, length: number]> = {
    "a piece too many": [21, 0, BLOCK_BYTES],
    "the highest piece": [2 ** 32 - 1, 0, BLOCK_BYTES],
    "from beyond the piece": [0, PIECE_BYTES, BLOCK_BYTES],
    "across the piece's end": [0, PIECE_BYTES - 1, 2],
    "across the last piece's end": [20, BLOCK_BYTES, 617],
    "the highest numbers": [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1],
    "a begin that wraps around": [0, 2 ** 32 - 1, 2],
    "no byte": [0, 0, 0],
  };
  return [
    ...Object.entries(beyond).map(([what, [piece, begin, length]]) =>
      check(`beyond: ${what}`, "no block answers a request for it, and others are served", async (visits) => {
        const [one, other] = await Promise.all([visits.unchoked(), visits.unchoked()]);
        one.ask({ piece, begin, length });
        await other.fetch(visits.torrent.blocksOf(0)[0]!);
        const block = await one.wire.within(QUIET_MS, id.piece);
        const sent = words({ piece, begin, length });
        expect(block === undefined, sent, "reject, the end or nothing", namesOf(one.wire.came));
        await other.fetch(visits.torrent.blocksOf(1)[0]!);
      }),
    ),
    check(
      "oversize",
      "more than 16 KiB at a time is hung up on, refused, or served as it is",
      async (visits) => {
        const [one, other] = await Promise.all([visits.unchoked(), visits.unchoked()]);
        const part = { piece: 0, begin: 0, length: PIECE_BYTES };
        one.ask(part);
        const block = await one.wire.within(QUIET_MS, id.piece);
        const isRight = block === undefined || block.payload.subarray(8).equals(visits.torrent.bytesOf(part));
        expect(isRight, words(part), "32 KiB of that piece, or none", `${block?.payload.length} bytes`);
        await other.fetch(visits.torrent.blocksOf(0)[0]!);
      },
    ),
  ];
}
