// The promise of a leecher to its tracker, and to those whom that names (BEP 3, 23). Knows no piece.
import type { Check } from "../check.ts";
import { Giver } from "./giver.ts";
import type { MakeLeecherCheck } from "./scene.ts";
import { expect } from "./visitor.ts";
import { id } from "./wire.ts";

const latin1 = (bytes: Buffer): string => bytes.toString("latin1");

export function swarmChecks(check: MakeLeecherCheck): Check[] {
  return [
    check(
      "announces",
      "it tells the tracker its torrent, id and port, what is left, and that it has started",
      async (scene) => {
        const { tracker, port } = await scene.start();
        await scene.until(
          () => tracker.asked.length > 0,
          "its start",
          "an announce",
          () => "none",
        );
        const other = await scene.bystander();
        const asked = tracker.asked[0]!;
        const expected = {
          info_hash: latin1(scene.torrent.infoHash),
          peer_id: latin1(other.remote.peerId),
          port: String(port),
          uploaded: "0",
          downloaded: "0",
          left: String(scene.torrent.content.length),
          event: "started",
        };
        const came = Object.fromEntries(Object.keys(expected).map((name) => [name, asked.get(name)]));
        // Some have another id for their trackers.
        if (came["peer_id"]?.length === 20) came["peer_id"] = expected.peer_id;
        expect(
          JSON.stringify(came) === JSON.stringify(expected),
          "its start",
          JSON.stringify(expected),
          JSON.stringify(came),
        );
      },
    ),

    check("dials", "it contacts those whom the tracker names, and takes what they have", async (scene) => {
      const givers: Giver[] = [];
      const door = await scene.door((wire) => {
        // Some try an encrypted beginning first.
        wire.handshake().then(
          async () => givers.push(await Giver.welcome(wire, scene.torrent)),
          () => wire.close(),
        );
        wire.socket.once("data", (bytes: Buffer) => {
          if (bytes[0] !== 19) wire.close();
        });
      });
      await scene.start((tracker) => void tracker.peers.push(door));
      await scene.whole("a tracker that names us, and every block");
      expect(givers.length > 0, "a tracker that names us", "a handshake", "none");
      const { infoHash } = givers[0]!.remote;
      expect(
        infoHash.equals(scene.torrent.infoHash),
        "a tracker that names us",
        "its info-hash",
        infoHash.toString("hex"),
      );
    }),

    check("other-torrent", "one who answers with another info-hash is hung up on", async (scene) => {
      let hasEnded: boolean | undefined;
      const door = await scene.door((wire) => {
        wire.socket.once("data", (bytes: Buffer) => {
          if (bytes[0] !== 19) return wire.close();
          wire.sendHandshake(Buffer.alloc(20, 9), Buffer.alloc(20, 8));
          wire.send(id.unchoke);
          void wire.ends().then((over) => (hasEnded = over));
        });
      });
      await scene.start((tracker) => void tracker.peers.push(door));
      const sent = "another info-hash";
      const isKnown = (): boolean => hasEnded !== undefined;
      await scene.until(isKnown, sent, "the end", () => "it never came", scene.timeoutMs * 2);
      expect(hasEnded === true, sent, "the end", "it goes on");
    }),

    check("completed", "it tells the tracker when it has everything, and when it leaves", async (scene) => {
      const { tracker } = await scene.start();
      await scene.giver();
      await scene.whole("every block");
      const events = (): (string | undefined)[] => tracker.asked.map((asked) => asked.get("event"));
      const hears = (event: string): Promise<void> =>
        scene.until(
          () => events().includes(event),
          "every block, or SIGTERM",
          `event=${event}`,
          () => events().join(" "),
        );
      await hears("completed");
      expect(
        tracker.asked.at(-1)?.get("left") === "0",
        "every block",
        "left=0",
        String(tracker.asked.at(-1)?.get("left")),
      );
      await scene.subject.stop();
      await hears("stopped");
      await scene.subject.start();
    }),
  ];
}
