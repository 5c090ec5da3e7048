// A peer that has everything and does not play fair, at a door of its own in a scene.
import { listen } from "@socketlab/core";
import { beGreeted } from "../../src/peer/greeting.ts";
import type { PeerSocket } from "../../src/peer/conversation.ts";
import { peerWire } from "../../src/protocol.ts";
import type { Request } from "../../src/engine/upload-queue.ts";
import type { Info } from "../../src/torrent/info.ts";
import type { Scene } from "../../src/simulation/scene.ts";

/**
 * @param blocks how many it sends to each before it falls silent; without it, it unchokes nobody.
 * @param silenceMs after which it sends all that it was asked for and not told to leave, if ever.
 */
export async function addStranger(
  scene: Scene,
  { infoHash }: Info,
  blocks?: number,
  silenceMs = Infinity,
): Promise<void> {
  const { network, clock } = scene;
  const address = scene.newAddress();
  const listener = await listen(peerWire, { transport: "tcp", path: "", ...address }, { network });
  scene.strangers.add(address);
  const talk = async (socket: PeerSocket): Promise<void> => {
    const peerId = Buffer.alloc(20, "stranger");
    await beGreeted(socket, () => ({ infoHash, peerId, hasDht: false }), clock);
    void socket.send({ type: "haveAll" });
    if (blocks !== undefined) void socket.send({ type: "unchoke" });
    let left = blocks ?? 0;
    const owed: Request[] = [];
    const send = ({ piece, begin, length }: Request): void =>
      void socket.send({ type: "piece", piece, begin, block: new Uint8Array(length) });
    if (silenceMs < Infinity)
      clock.after(silenceMs, () => {
        left = Infinity;
        owed.forEach(send);
      });
    for await (const message of socket) {
      if (message.type !== "request") continue;
      if (left-- > 0) send(message);
      else owed.push(message);
    }
    await socket.close();
  };
  void (async () => {
    for await (const socket of listener) void talk(socket).catch(() => {});
  })();
}
