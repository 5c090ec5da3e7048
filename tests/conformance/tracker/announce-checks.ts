// What a tracker promises however it is asked: whom it tells of whom, and what it counts. Knows neither HTTP nor UDP.
import { Mismatch, type Check } from "../check.ts";
import { newPeer, newTorrent, type Visitor } from "./visitor.ts";

const HERE = "127.0.0.1";

export function announceChecks(transport: string, visitor: Visitor): Check[] {
  const check = (name: string, promise: string, run: () => Promise<void>): Check => ({
    name: `${transport}-${name}`,
    promise,
    run,
  });

  return [
    check("first", "the first peer of a torrent is told of nobody else, and when to come again", async () => {
      const first = newPeer(newTorrent(), 6881);
      const { peers, intervalSeconds } = await visitor.announce({ ...first, event: "started" });
      const others = peers.filter((peer) => peer !== `${HERE}:6881`);
      assertSame("a first announce", [], others);
      if (intervalSeconds < 1)
        throw new Mismatch("an announce", "an interval of some seconds", `${intervalSeconds}`);
    }),

    check("tells", "the second is told where the first is reached", async () => {
      const infoHash = newTorrent();
      await visitor.announce({ ...newPeer(infoHash, 0x1ae1), event: "started" });
      const { peers } = await visitor.announce({ ...newPeer(infoHash, 7001), event: "started" });
      assertSame(
        "a second announce",
        [`${HERE}:6881`],
        peers.filter((peer) => peer !== `${HERE}:7001`),
      );
    }),

    check("other-torrent", "nobody is told of peers of another torrent", async () => {
      await visitor.announce(newPeer(newTorrent(), 6881));
      const { peers } = await visitor.announce(newPeer(newTorrent(), 7001));
      assertSame(
        "an announce of another torrent",
        [],
        peers.filter((peer) => peer !== `${HERE}:7001`),
      );
    }),

    check("stopped", "nobody is told of who has stopped", async () => {
      const infoHash = newTorrent();
      const gone = newPeer(infoHash, 6881);
      await visitor.announce({ ...gone, event: "started" });
      await visitor.announce({ ...gone, event: "stopped" });
      const { peers } = await visitor.announce(newPeer(infoHash, 7001));
      assertSame(
        "an announce after another peer has stopped",
        [],
        peers.filter((peer) => peer !== `${HERE}:7001`),
      );
    }),

    check(
      "own-address",
      "a peer is listed where it speaks from, and not where it says: nobody can list a victim",
      async () => {
        const infoHash = newTorrent();
        await visitor.announce({ ...newPeer(infoHash, 6881), claimedIp: "192.0.2.7" });
        const { peers } = await visitor.announce(newPeer(infoHash, 7001));
        assertSame(
          "an announce with the address 192.0.2.7, and another",
          [`${HERE}:6881`],
          peers.filter((peer) => peer !== `${HERE}:7001`),
        );
      },
    ),

    check("counts", "those who have all of it are seeds, the others leechers", async () => {
      const infoHash = newTorrent();
      await visitor.announce(newPeer(infoHash, 6881, 0));
      await visitor.announce(newPeer(infoHash, 6882, 0));
      const { seeds, leechers } = await visitor.announce(newPeer(infoHash, 7001));
      assertSame("announces of 2 seeds and a leecher", [2, 1], [seeds, leechers]);
      const scraped = await visitor.scrape(infoHash);
      assertSame("a scrape of 2 seeds and a leecher", [2, 1], [scraped.seeds, scraped.leechers]);
    }),

    check(
      "completed",
      "a leecher that comes to have all of it is counted as a seed, and as a download",
      async () => {
        const infoHash = newTorrent();
        const peer = newPeer(infoHash, 6881);
        await visitor.announce({ ...peer, event: "started" });
        await visitor.announce({ ...peer, left: 0, event: "completed" });
        const { seeds, leechers, completed } = await visitor.scrape(infoHash);
        assertSame("started, completed, scrape", [1, 0, 1], [seeds, leechers, completed]);
      },
    ),

    check("unknown", "of a torrent that nobody has announced there is nothing to tell", async () => {
      const { seeds, leechers, completed } = await visitor.scrape(newTorrent());
      assertSame("a scrape of an unknown torrent", [0, 0, 0], [seeds, leechers, completed]);
    }),

    check("numwant", "no more peers are told of than are wanted", async () => {
      const infoHash = newTorrent();
      for (let port = 6881; port < 6891; port++) await visitor.announce(newPeer(infoHash, port));
      const { peers } = await visitor.announce({ ...newPeer(infoHash, 7001), numWant: 3 });
      if (peers.length > 3)
        throw new Mismatch("an announce with numwant 3", "3 peers at most", `${peers.length}`);
    }),

    check("twice", "a peer that announces itself again is one peer", async () => {
      const infoHash = newTorrent();
      const peer = newPeer(infoHash, 6881);
      await visitor.announce({ ...peer, event: "started" });
      await visitor.announce(peer);
      const { leechers } = await visitor.announce(peer);
      assertSame("three announces of one peer", [1], [leechers]);
    }),
  ];
}

function assertSame(sent: string, expected: readonly unknown[], came: readonly unknown[]): void {
  if (JSON.stringify(expected) !== JSON.stringify(came))
    throw new Mismatch(sent, JSON.stringify(expected), JSON.stringify(came));
}
