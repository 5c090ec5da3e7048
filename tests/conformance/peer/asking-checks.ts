// The promise of a leecher in what it asks for (BEP 3, 6, 10, 54): what it needs, of those who have it, no more than they take.
import { setTimeout as delay } from "node:timers/promises";
import { Mismatch, type Check } from "../check.ts";
import type { Giver } from "./giver.ts";
import type { MakeLeecherCheck } from "./scene.ts";
import { PIECE_BYTES, Torrent, type Part } from "./torrent.ts";
import { expect, words } from "./visitor.ts";
import { BLOCK_BYTES, id, reservedBytes } from "./wire.ts";

const QUIET_MS = 600;
const listOf = (parts: readonly Part[]): string => parts.slice(0, 5).map(words).join("; ") || "nothing";

export function askingChecks(check: MakeLeecherCheck): Check[] {
  return [
    check("whole", "from one who has everything it gets everything, as it is", async (scene) => {
      await scene.start();
      await scene.giver();
      await scene.whole("every block that was asked for");
    }),

    check("whole-plain", "also from one who knows no extension", async (scene) => {
      await scene.start();
      await scene.giver({ reserved: reservedBytes({ fast: false, extensions: false }) });
      await scene.whole("every block that was asked for");
    }),

    check(
      "interest",
      "it is interested in those who have something that it lacks, and in no others",
      async (scene) => {
        await scene.start();
        const giver = await scene.giver({ has: [] });
        await delay(QUIET_MS);
        expect(!giver.isInterested, "a bitfield of nothing", "no interest", "interested");
        giver.wire.send(id.have, 4);
        await giver.wire.take(id.interested, "have 4");
      },
    ),

    check("interest-ends", "it says so when one has nothing more that it lacks", async (scene) => {
      await scene.start();
      const giver = await scene.giver({ has: [0, 1, 2] });
      await giver.wire.take(id.interested, "a bitfield with pieces 0, 1 and 2");
      await giver.wire
        .take((came) => came.id === id.notInterested, "those three pieces", "not interested")
        .catch((error: Error) => {
          if (!giver.wire.isOver) throw error;
        });
      const answered = new Set(giver.requests.map(({ piece }) => piece));
      expect(
        answered.size === 3,
        "those three pieces",
        "requests for all of them before",
        listOf(giver.requests),
      );
    }),

    check("patience", "it asks for nothing while it is choked", async (scene) => {
      await scene.start();
      const giver = await scene.giver({ unchokes: false });
      await giver.wire.take(id.interested, "have all");
      await delay(QUIET_MS);
      expect(giver.requests.length === 0, "no unchoke", "no request", listOf(giver.requests));
      giver.unchoke();
      await scene.whole("unchoke, and every block that was asked for");
    }),

    check(
      "block-size",
      "it asks for blocks of 16 KiB, the last one shorter, each where one begins",
      async (scene) => {
        await scene.start();
        const giver = await scene.giver();
        await scene.whole("every block that was asked for");
        const right = new Set(scene.torrent.blocks.map(words));
        const wrong = giver.requests.filter((part) => !right.has(words(part)));
        expect(wrong.length === 0, "have all, unchoke", `requests of ${BLOCK_BYTES} bytes`, listOf(wrong));
      },
    ),

    check("once", "it asks one who answers at once for no block twice", async (scene) => {
      await scene.start();
      const giver = await scene.giver();
      await scene.whole("every block that was asked for");
      const blocks = scene.torrent.blocks.length;
      expect(
        giver.requests.length === blocks,
        "every block",
        `${blocks} requests`,
        `${giver.requests.length}`,
      );
    }),

    check(
      "only-what-is-there",
      "it asks nobody for a piece that they have not said that they have",
      async (scene) => {
        await scene.start();
        const even = scene.torrent.pieces.filter((piece) => piece % 2 === 0);
        const giver = await scene.giver({ has: even });
        const isDone = (): boolean => new Set(giver.requests.map(({ piece }) => piece)).size >= even.length;
        await scene.until(isDone, "a bitfield of every other piece", "requests for all of these", () =>
          listOf(giver.requests),
        );
        await delay(QUIET_MS);
        const wrong = giver.requests.filter(({ piece }) => piece % 2 === 1);
        expect(wrong.length === 0, "a bitfield of every other piece", "requests for these", listOf(wrong));
        giver.wire.send(id.have, 7);
        const asked = (): boolean => giver.requests.some(({ piece }) => piece === 7);
        await scene.until(asked, "have 7", "a request for it", () => "none");
      },
    ),

    check("pipeline", "it has several requests under way at a time", async (scene) => {
      await scene.start();
      const giver = await scene.giver({ delayMs: 60 });
      await scene.whole("every block, a while after it was asked for");
      expect(
        giver.mostOwed > 1,
        "blocks that take a while",
        "several requests at a time",
        `${giver.mostOwed}`,
      );
    }),

    check("reqq", "it asks for no more at a time than the other takes", async (scene) => {
      await scene.start();
      const giver = await scene.giver({ delayMs: 80, extensions: { m: {}, reqq: 10 }, unchokes: false });
      giver.needsExtensions();
      await giver.wire.take(id.interested, "have all");
      await delay(100);
      giver.unchoke();
      await scene.whole("every block, a while after it was asked for");
      expect(giver.mostOwed <= 10, "reqq 10", "10 requests at a time", `${giver.mostOwed}`);
    }),

    check("dont-have", "what one says that it has no longer (BEP 54) it is not asked for", async (scene) => {
      await scene.start();
      const giver = await scene.giver({ unchokes: false, extensions: { m: {} } });
      const number = await giver.numberOf("lt_donthave");
      const gone = scene.torrent.pieces.slice(0, 15);
      for (const piece of gone) giver.wire.send(id.extended, Buffer.from([number, 0, 0, 0, piece]));
      await delay(100);
      giver.unchoke();
      const isDone = (): boolean => new Set(giver.requests.map(({ piece }) => piece)).size >= 6;
      await scene.until(isDone, "don't have 0 to 14", "requests for the others", () =>
        listOf(giver.requests),
      );
      await delay(QUIET_MS);
      const wrong = giver.requests.filter(({ piece }) => piece < 15);
      expect(wrong.length === 0, "don't have 0 to 14", "requests for 15 to 20", listOf(wrong));
    }),

    check("rarest-first", "pieces that few have are asked for before those that many have", async (scene) => {
      scene.torrent = new Torrent({ size: 100 * PIECE_BYTES });
      await scene.start();
      const common = scene.torrent.pieces.slice(0, 80);
      for (let many = 0; many < 4; many++) await scene.giver({ has: common, unchokes: false });
      await delay(300);
      const giver = await scene.giver({ delayMs: 20 });
      const order = (): number[] => [...new Set(giver.requests.map(({ piece }) => piece))];
      await scene.until(
        () => order().length >= 60,
        "have all, unchoke",
        "requests",
        () => order().join(" "),
      );
      // The first may be any: only by chance, once in a hundred thousand times, would so many be among them.
      const rare = order()
        .slice(0, 60)
        .filter((piece) => piece >= 80);
      const sent = "pieces 0 to 79 from five, 80 to 99 from one";
      if (rare.length < 19)
        throw new Mismatch(sent, "nearly all of 80 to 99 among the first 60", order().join(" "));
    }),

    ...refusedChecks(check),
  ];
}

/** What does not come is asked for again. */
function refusedChecks(check: MakeLeecherCheck): Check[] {
  const stall =
    (giver: Giver): (() => boolean) =>
    () =>
      giver.owed.length > 0;
  return [
    check(
      "choke",
      "what it has asked for when it is choked is asked for again after the next unchoke",
      async (scene) => {
        await scene.start();
        const giver = await scene.giver({
          reserved: reservedBytes({ fast: false, extensions: false }),
          answer: () => undefined,
        });
        await scene.until(stall(giver), "unchoke", "requests", () => "none");
        giver.choke();
        await delay(200);
        giver.answer = (part) => scene.torrent.bytesOf(part);
        giver.unchoke();
        await scene.whole("choke, unchoke, and every block that is asked for from then on");
      },
    ),

    check("choke-rejects", "also where each of them is rejected (BEP 6)", async (scene) => {
      await scene.start();
      const giver = (await scene.giver({ answer: () => undefined })).needsFast();
      await scene.until(stall(giver), "unchoke", "requests", () => "none");
      giver.choke();
      await delay(200);
      giver.answer = (part) => scene.torrent.bytesOf(part);
      giver.unchoke();
      await scene.whole("choke with rejects, unchoke, and every block that is asked for from then on");
    }),

    check("reject", "what is rejected is asked for again", async (scene) => {
      await scene.start();
      const rejected = new Set<string>();
      const giver = await scene.giver({
        answer: (part) => {
          if (part.piece % 5 !== 0 || rejected.has(words(part)) || !giverOf().isFast)
            return scene.torrent.bytesOf(part);
          rejected.add(words(part));
          return "reject";
        },
      });
      function giverOf(): Giver {
        return giver;
      }
      giver.needsFast();
      await scene.giver({ delayMs: 100 });
      await scene.whole("a reject for some blocks, once");
    }),

    check(
      "end-game",
      "what one owes and does not send is asked of another, and cancelled when it has come",
      async (scene) => {
        await scene.start();
        const lazy = await scene.giver({ answer: () => undefined });
        await scene.until(stall(lazy), "unchoke", "requests", () => "none");
        await scene.giver();
        await scene.whole("nothing from one, every block from the other");
        const isOver = (): boolean => lazy.wire.isOver || lazy.owed.length === 0;
        await scene.until(isOver, "nothing from one", "a cancel for each that it owes, or the end", () =>
          listOf(lazy.owed),
        );
      },
    ),
  ];
}
