// What a tracker promises over HTTP alone: queries of any bytes, answers in bencoding, failures that say why. BEP 3.
import { Mismatch, shown, type Check } from "../check.ts";
import { readDictionary, type Bencoded } from "./bencode.ts";
import { escaped, get, httpVisitor, withQuery } from "./http-visitor.ts";
import { newPeer, newTorrent } from "./visitor.ts";

export function httpChecks(url: string, timeoutMs: number): Check[] {
  const ask = async (query: string): Promise<Map<string, Bencoded>> => {
    const bytes = await get(withQuery(url, query), timeoutMs);
    try {
      return readDictionary(bytes);
    } catch (error) {
      throw new Mismatch(
        query,
        "a bencoded dictionary, its keys sorted",
        `${shown(bytes)} (${(error as Error).message})`,
      );
    }
  };
  const fails = async (query: string): Promise<void> => {
    const reply = await ask(query);
    if (typeof reply.get("failure reason") === "string") return;
    throw new Mismatch(query, `a "failure reason"`, [...reply.keys()].join(", "));
  };
  const check = (name: string, promise: string, run: () => Promise<void>): Check => ({
    name: `http-${name}`,
    promise,
    run,
  });
  const { peerId } = newPeer(newTorrent(), 6881);
  const rest = `&peer_id=${escaped(peerId)}&port=6881&left=1`;

  return [
    check("bencoding", "an answer is bencoded as it must be, and nothing follows it", async () => {
      const reply = await ask(`info_hash=${escaped(newTorrent())}${rest}&compact=1`);
      if (!reply.has("interval") || !reply.has("peers"))
        throw new Mismatch("an announce", "interval and peers", [...reply.keys()].join(", "));
    }),

    check("every-byte", "an info-hash is 20 bytes of any kind, and not text", async () => {
      const visitor = httpVisitor(url, timeoutMs);
      for (const begin of [0, 0x20, 0x25, 0x3d, 0x80, 0xec]) {
        const infoHash = Buffer.from(Array.from({ length: 20 }, (_, at) => begin + (at % 20)));
        // One that differs in its last byte alone is another torrent.
        const other = Buffer.from(infoHash);
        other[19]! ^= 0xff;
        const peer = newPeer(infoHash, 6881);
        await visitor.announce(peer);
        await visitor.announce(newPeer(other, 6882));
        const { leechers } = await visitor.scrape(infoHash);
        await visitor.announce({ ...peer, event: "stopped" });
        if (leechers !== 1)
          throw new Mismatch(`the info-hash ${infoHash.toString("hex")}`, "1 leecher", `${leechers}`);
      }
    }),

    check("letters", "bytes that are letters and digits may stand as they are", async () => {
      const infoHash = newTorrent().toString("hex").slice(0, 20);
      await ask(`info_hash=${infoHash}${rest}&compact=1`);
      const { leechers } = await httpVisitor(url, timeoutMs).scrape(Buffer.from(infoHash));
      if (leechers !== 1) throw new Mismatch(`info_hash=${infoHash}`, "1 leecher", `${leechers}`);
    }),

    check("failure", "what is wrong is said in a bencoded failure reason", async () => {
      await fails("");
      await fails(`info_hash=short${rest}`);
      await fails(`info_hash=${escaped(newTorrent())}&peer_id=${escaped(peerId)}&left=1`);
    }),

    check("after-garbage", "who asks for nonsense harms nobody else", async () => {
      for (const query of ["%", "%zz=%", "&&&===", `info_hash=${"x".repeat(4000)}`, "info_hash=%00"])
        await get(withQuery(url, query), timeoutMs).catch(() => {});
      await ask(`info_hash=${escaped(newTorrent())}${rest}&compact=1`);
    }),
  ];
}
