// The promise of the extension protocol (BEP 10, 9, 21, 27). Skipped for peers that do not know it.
import { setTimeout as delay } from "node:timers/promises";
import { assertSame, NotSpoken, type Check } from "../check.ts";
import { bdecode, worded, type BencodedDictionary } from "./bencode.ts";
import { dictionaryOf, expect, namesOf, type MakeCheck, type Visitor } from "./visitor.ts";
import { BLOCK_BYTES, id, type Message } from "./wire.ts";

const QUIET_MS = 400;
/** Ours for ut_metadata: any number, as long as the answers bear it. */
const OURS = 7;

export function extensionChecks(check: MakeCheck): Check[] {
  return [
    check(
      "extensions",
      "the extension handshake gives each extension a number of its own",
      async (visits) => {
        const one = await visits.greeted();
        const said = await one.extensions();
        const numbers = [...((said.get("m") as BencodedDictionary | undefined)?.values() ?? [])];
        const used = numbers.filter((number) => number !== 0);
        const isRight = used.every(
          (number) => Number.isInteger(number) && (number as number) > 0 && (number as number) < 256,
        );
        expect(
          isRight && new Set(used).size === used.length,
          "an extension handshake's m",
          "numbers, all different",
          used.map(worded).join(" "),
        );
        const reqq = said.get("reqq") ?? 250;
        expect(typeof reqq === "number" && reqq > 0, "reqq", "a positive number", worded(reqq));
        const port = said.get("p") ?? visits.subject.port;
        expect(port === visits.subject.port, "p", `where it listens: ${visits.subject.port}`, worded(port));
      },
    ),

    check(
      "extension-handshakes",
      "an extension handshake may come, say unknown things, and come again",
      async (visits) => {
        const one = (await visits.greeted()).needsExtensions();
        one.sendExtended(0, {
          m: { ut_nothing: 3, ut_metadata: 2 },
          v: "conformance",
          "unknown key": [1, { a: "b" }],
        });
        one.sendExtended(0, {});
        one.sendExtended(0, { m: { ut_metadata: 0 }, p: 6881 });
        await one.unchoked();
        await one.fetch(visits.torrent.blocksOf(0)[0]!);
      },
    ),

    check(
      "extension-unknown",
      "extension messages with numbers that it has not given are ignored",
      async (visits) => {
        const one = (await visits.greeted()).needsExtensions();
        for (const number of [99, 200, 255]) one.sendExtended(number, { what: "nobody knows" });
        await one.unchoked();
        await one.fetch(visits.torrent.blocksOf(0)[0]!);
      },
    ),

    check(
      "metadata",
      "the parts of the info dictionary are told as they are, with the number that was given",
      async (visits) => {
        const { info } = visits.torrent;
        const one = await visits.greeted();
        const said = await one.extensions();
        const number = (said.get("m") as BencodedDictionary).get("ut_metadata");
        if (typeof number !== "number" || number === 0) throw new NotSpoken("it does not know ut_metadata");
        expect(
          said.get("metadata_size") === info.length,
          "an extension handshake",
          `metadata_size ${info.length}`,
          worded(said.get("metadata_size")),
        );
        one.sendExtended(0, { m: { ut_metadata: OURS } });
        for (const piece of [1, 0]) {
          one.sendExtended(number, { msg_type: 0, piece });
          const { head, rest } = await metadataAnswer(one, `request of part ${piece}`);
          expect(
            head.get("msg_type") === 1 && head.get("piece") === piece,
            `request of part ${piece}`,
            "data of it",
            worded(head),
          );
          assertSame(
            Buffer.from(`request of part ${piece}`),
            info.subarray(piece * BLOCK_BYTES, (piece + 1) * BLOCK_BYTES),
            rest,
          );
        }
      },
    ),

    check("metadata-beyond", "a part that the info dictionary does not have is rejected", async (visits) => {
      const one = await visits.greeted();
      const number = await one.numberOf("ut_metadata");
      one.sendExtended(0, { m: { ut_metadata: OURS } });
      one.sendExtended(number, { msg_type: 0, piece: 2 });
      const { head } = await metadataAnswer(one, "request of part 2, of 2 parts");
      expect(head.get("msg_type") === 2, "request of part 2, of 2 parts", "reject", worded(head));
    }),

    check("metadata-unknown-type", "metadata messages of unknown types are ignored", async (visits) => {
      const one = await visits.greeted();
      const number = await one.numberOf("ut_metadata");
      one.sendExtended(0, { m: { ut_metadata: OURS } });
      one.sendExtended(number, { msg_type: 9, piece: 0 });
      one.sendExtended(number, { msg_type: 0, piece: 0 });
      const { head } = await metadataAnswer(one, "msg_type 9, then a request");
      expect(head.get("msg_type") === 1, "msg_type 9, then a request", "data", worded(head));
    }),

    check("metadata-disabled", "one who has disabled an extension is sent nothing of it", async (visits) => {
      const one = await visits.greeted();
      const number = await one.numberOf("ut_metadata");
      one.sendExtended(0, { m: { ut_metadata: OURS } });
      one.sendExtended(0, { m: { ut_metadata: 0 } });
      one.sendExtended(number, { msg_type: 0, piece: 0 });
      await delay(QUIET_MS);
      const came = one.wire.came.filter((each) => each.id === id.extended && each.payload[0] !== 0);
      expect(came.length === 0, "ut_metadata disabled, and a request", "nothing", namesOf(came));
    }),

    check("upload-only", "a seed says that it only uploads", async (visits) => {
      const said = await (await visits.greeted()).extensions();
      if (!said.has("upload_only")) throw new NotSpoken("it does not say upload_only (BEP 21)");
      expect(
        said.get("upload_only") === 1,
        "an extension handshake",
        "upload_only 1",
        worded(said.get("upload_only")),
      );
    }),
  ];
}

/** Of a private torrent (BEP 27). */
export function privateChecks(check: MakeCheck): Check[] {
  return [
    check("no-peer-exchange", "peers of a private torrent are told to nobody", async (visits) => {
      const said = await (await visits.greeted()).extensions();
      const number = (said.get("m") as BencodedDictionary | undefined)?.get("ut_pex") ?? 0;
      expect(number === 0, "a handshake for a private torrent", "no ut_pex", `ut_pex ${worded(number)}`);
    }),
  ];
}

async function metadataAnswer(
  one: Visitor,
  sent: string,
): Promise<{ head: BencodedDictionary; rest: Buffer }> {
  const isOurs = ({ id: number, payload }: Message): boolean => number === id.extended && payload[0] === OURS;
  const { payload } = await one.wire.take(isOurs, sent, `an extended message with our number, ${OURS}`);
  const body = payload.subarray(1);
  return { head: dictionaryOf(body), rest: body.subarray(bdecode(body).end) };
}
