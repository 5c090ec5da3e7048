// The promise of a leecher in what it keeps and gives on: only what is what its hash says, and that even after kill -9.
import { setTimeout as delay } from "node:timers/promises";
import type { Check } from "../check.ts";
import type { Answer } from "./giver.ts";
import type { MakeLeecherCheck } from "./scene.ts";
import type { Part, Torrent } from "./torrent.ts";
import { expect, namesOf, type Visitor } from "./visitor.ts";
import { id } from "./wire.ts";

const havesOf = (one: Visitor): number[] =>
  one.wire.came.flatMap(({ id: number, payload }) => (number === id.have ? [payload.readUInt32BE(0)] : []));

/** What it says that it has, in whatever way. */
function toldTo(one: Visitor): Set<number> {
  const told = new Set(havesOf(one));
  for (const { id: number, payload } of one.wire.came)
    for (const piece of one.torrent.pieces)
      if (
        number === id.haveAll ||
        (number === id.bitfield && (payload[piece >> 3]! & (0x80 >> (piece & 7))) !== 0)
      )
        told.add(piece);
  return told;
}

export function corrupt(torrent: Torrent, part: Part): Buffer {
  const bytes = Buffer.from(torrent.bytesOf(part));
  bytes[3]! ^= 0xff;
  return bytes;
}

export function keepingChecks(check: MakeLeecherCheck): Check[] {
  return [
    check(
      "have",
      "it tells those who lack a piece that it has it, once, when it has all of it",
      async (scene) => {
        await scene.start();
        const other = await scene.bystander();
        const early: number[] = [];
        const given = new Map<number, number>();
        const answer = (part: Part): Answer => {
          given.set(part.piece, (given.get(part.piece) ?? 0) + 1);
          if (toldTo(other).has(part.piece)) early.push(part.piece);
          return scene.torrent.bytesOf(part);
        };
        await scene.giver({ answer, delayMs: 5 });
        const { pieces } = scene.torrent;
        const isTold = (): boolean => toldTo(other).size === pieces.length;
        await scene.until(isTold, "every block", "have for each piece", () => [...toldTo(other)].join(" "));
        expect(early.length === 0, "a block of a piece", "no have before it", `have for ${early.join(" ")}`);
        const haves = havesOf(other);
        expect(
          new Set(haves).size === haves.length,
          "every block",
          "one have for each piece",
          haves.join(" "),
        );
      },
    ),

    check(
      "hash",
      "a piece that is not what its hash says is not told of, and asked for again",
      async (scene) => {
        await scene.start();
        const other = await scene.bystander();
        const liar = await scene.giver({
          has: [5],
          answer: (part) => corrupt(scene.torrent, part),
        });
        await scene.until(
          () => liar.requests.length >= 2,
          "have 5",
          "two requests",
          () => `${liar.requests.length}`,
        );
        await delay(500);
        expect(!toldTo(other).has(5), "a wrong piece 5", "no have for it", namesOf(other.wire.came));
        const honest = await scene.giver();
        await scene.whole("piece 5, wrong, then from another as it is");
        const again = honest.requests.filter(({ piece }) => piece === 5).length;
        expect(again === 2, "a wrong piece 5", "two more requests for it", `${again}`);
      },
    ),

    check("hash-in-part", "one wrong block among right ones spoils no file", async (scene) => {
      await scene.start();
      await scene.giver({
        delayMs: 3,
        answer: (part) =>
          part.begin > 0 && part.piece % 4 === 1 ? corrupt(scene.torrent, part) : scene.torrent.bytesOf(part),
      });
      await scene.giver({ delayMs: 6 });
      await scene.giver({ delayMs: 6 });
      await scene.whole("some wrong blocks from one, right ones from two", scene.timeoutMs * 2);
    }),

    check("unasked", "a block that it has not asked for is not taken, and spoils nothing", async (scene) => {
      await scene.start();
      const pusher = await scene.giver({ has: [0], unchokes: false });
      const [first] = scene.torrent.blocksOf(9);
      pusher.wire.send(id.piece, first!.piece, first!.begin, corrupt(scene.torrent, first!));
      if (pusher.isFast)
        expect(await pusher.wire.ends(), "a block not asked for", "the end (BEP 6)", "it goes on");
      await scene.giver();
      await scene.whole("a block that nobody asked for, then every block from another");
    }),

    check(
      "gives-on",
      "what it has got it gives to others, and nothing else, before it has everything",
      async (scene) => {
        await scene.start();
        const some = scene.torrent.pieces.slice(0, 11);
        await scene.giver({ has: some });
        const other = await scene.bystander();
        await scene.until(
          () => toldTo(other).size === 11,
          "eleven pieces",
          "have for each",
          () => [...toldTo(other)].join(" "),
        );
        await other.unchoked();
        for (const piece of some) for (const part of scene.torrent.blocksOf(piece)) await other.fetch(part);
        const [lacking] = scene.torrent.blocksOf(15);
        other.ask(lacking!);
        const came = await other.wire.within(400, id.piece);
        expect(
          came === undefined,
          "a request for a piece that it lacks",
          "reject or nothing",
          namesOf(other.wire.came),
        );
      },
    ),

    check("stays", "when it has everything it gives everything", async (scene) => {
      await scene.start();
      await scene.giver();
      await scene.whole("every block");
      const other = await scene.bystander();
      await other.unchoked();
      for (const part of scene.torrent.blocks) await other.fetch(part);
    }),

    check("resume", "what it had before kill -9 it does not ask for again", async (scene) => {
      const subject = await scene.start();
      const other = await scene.bystander();
      const some = scene.torrent.pieces.slice(3, 15);
      await scene.giver({ has: some });
      await scene.until(
        () => toldTo(other).size === 12,
        "twelve pieces",
        "have for each",
        () => [...toldTo(other)].join(" "),
      );
      await delay(500);
      await subject.stop("SIGKILL");
      await subject.start();
      const giver = await scene.giver();
      await scene.whole("kill -9, and every block that is asked for after it");
      const again = new Set(giver.requests.map(({ piece }) => piece).filter((piece) => some.includes(piece)));
      expect(
        again.size === 0,
        "twelve pieces before kill -9",
        "requests for the others alone",
        `${[...again].join(" ")} again`,
      );
    }),

    check("resume-changed", "what was changed while it did not run it fetches again", async (scene) => {
      const subject = await scene.start();
      await scene.giver();
      await scene.whole("every block");
      await delay(200);
      await subject.stop("SIGKILL");
      subject.spoil(scene.torrent.pieceOf(0).length * 6 + 17);
      await subject.start();
      await scene.giver();
      await scene.whole("everything, one byte changed, and a start");
    }),
  ];
}
