// The promise of the fast extension (BEP 6): every request is answered exactly once. Skipped for peers that do not know it.
import { setTimeout as delay } from "node:timers/promises";
import type { Check } from "../check.ts";
import { sha1, type Part } from "./torrent.ts";
import { expect, isPart, namesOf, words, type MakeCheck, type Visitor } from "./visitor.ts";
import { BLOCK_BYTES, id, type Message } from "./wire.ts";

const QUIET_MS = 400;
const TOLD: readonly number[] = [id.bitfield, id.haveAll, id.haveNone];

const isAnswer = (came: Message, part: Part): boolean =>
  (came.id === id.piece || came.id === id.reject) && isPart(came, part);

/** How often each part was answered. */
function answersTo(one: Visitor, parts: readonly Part[]): number[] {
  return parts.map((part) => one.wire.came.filter((came) => isAnswer(came, part)).length);
}

export function fastChecks(check: MakeCheck): Check[] {
  return [
    check("fast-told-once", "exactly one of bitfield, have all and have none comes", async (visits) => {
      const one = (await visits.greeted()).needsFast();
      await one.unchoked();
      await delay(QUIET_MS);
      const told = one.wire.came.filter((came) => TOLD.includes(came.id));
      expect(told.length === 1, "a handshake with the bit of BEP 6", "one of the three", namesOf(told));
    }),

    check(
      "fast-choked-reject",
      "what one who is choked asks for is rejected, or sent if that was allowed",
      async (visits) => {
        const one = (await visits.greeted()).needsFast();
        await one.wire.take((came) => TOLD.includes(came.id), "a handshake");
        await delay(QUIET_MS);
        const allowed = one.wire.came
          .filter((came) => came.id === id.allowedFast)
          .map(({ payload }) => payload.readUInt32BE(0));
        const part = visits.torrent.pieces
          .filter((piece) => !allowed.includes(piece))
          .map((piece) => visits.torrent.blocksOf(piece)[0]!)[0]!;
        one.ask(part);
        const answer = await one.wire.take(
          (came) => isAnswer(came, part),
          `${words(part)}, choked`,
          "a reject",
        );
        expect(answer.id === id.reject, `${words(part)}, choked`, "a reject", namesOf([answer]));
      },
    ),

    check(
      "fast-each-answered",
      "each of thirty requests, some of them cancelled, is answered exactly once",
      async (visits) => {
        const one = (await visits.unchoked()).needsFast();
        const parts = visits.torrent.blocks.slice(0, 30);
        one.ask(...parts);
        for (const { piece, begin, length } of parts.slice(10, 20))
          one.wire.send(id.cancel, piece, begin, length);
        for (const part of parts)
          await one.wire.take(
            (came) => isAnswer(came, part),
            `${words(part)}, perhaps cancelled`,
            "a piece or a reject",
          );
        await delay(QUIET_MS);
        const answers = answersTo(one, parts);
        expect(
          answers.every((count) => count === 1),
          "30 requests, 10 cancels",
          "30 answers",
          answers.join(" "),
        );
      },
    ),

    check(
      "fast-not-interested",
      "what is asked for is answered even if interest ends meanwhile",
      async (visits) => {
        const one = (await visits.unchoked()).needsFast();
        const parts = visits.torrent.blocks.slice(0, 20);
        one.ask(...parts);
        one.wire.send(id.notInterested);
        for (const part of parts)
          await one.wire.take(
            (came) => isAnswer(came, part),
            `${words(part)}, not interested`,
            "a piece or a reject",
          );
      },
    ),

    check("fast-unasked", "one who sends a block that nobody asked for is hung up on", async (visits) => {
      const one = (await visits.unchoked()).needsFast();
      one.wire.send(id.piece, 0, 0, visits.torrent.bytesOf({ piece: 0, begin: 0, length: BLOCK_BYTES }));
      const over = await one.wire.ends(visits.timeoutMs);
      expect(over, "a block that was not asked for", "the end (BEP 6)", `${one.wire.rest}, and it goes on`);
    }),

    check(
      "fast-allowed-set",
      "the allowed fast set is the canonical one for the visitor's address",
      async (visits) => {
        const one = (await visits.greeted()).needsFast();
        const allowed = await allowedBy(one);
        const canonical = allowedFastSet(
          one.host,
          visits.torrent.infoHash,
          visits.torrent.pieceCount,
          allowed.length,
        );
        const isSame =
          new Set(allowed).size === allowed.length && canonical.every((piece) => allowed.includes(piece));
        expect(isSame, `a handshake from ${one.host}`, canonical.join(" ") || "none", allowed.join(" "));
      },
    ),

    check(
      "fast-allowed-served",
      "a piece that is allowed fast is served to one who is choked",
      async (visits) => {
        const one = (await visits.greeted()).needsFast();
        const [piece] = await allowedBy(one);
        if (piece === undefined) return;
        expect(!one.wire.came.some((came) => came.id === id.unchoke), "nothing", "choked", "unchoke");
        for (const part of visits.torrent.blocksOf(piece)) await one.fetch(part);
      },
    ),
  ];
}

async function allowedBy(one: Visitor): Promise<number[]> {
  await one.wire.take((came) => TOLD.includes(came.id), "a handshake");
  await delay(QUIET_MS);
  return one.wire.came
    .filter((came) => came.id === id.allowedFast)
    .map(({ payload }) => payload.readUInt32BE(0));
}

/** BEP 6, "Allowed Fast Set": the first `count` for an address of IPv4, whose last byte does not matter. */
export function allowedFastSet(host: string, infoHash: Buffer, pieces: number, count: number): number[] {
  const set = new Set<number>();
  let x: Buffer = Buffer.concat([Buffer.from([...host.split(".").slice(0, 3).map(Number), 0]), infoHash]);
  while (set.size < Math.min(count, pieces)) {
    x = sha1(x);
    for (let at = 0; at < 20 && set.size < count; at += 4) set.add(x.readUInt32BE(at) % pieces);
  }
  return [...set];
}
