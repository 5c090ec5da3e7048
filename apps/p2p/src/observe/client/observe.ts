// A peer that is observed, as the command line asks for it. Looks and tells nothing itself.
import type { Endpoint } from "@socketlab/core";
import { clientOf } from "../../extensions/peer-id.ts";
import type { Peer } from "../../peer/peer.ts";
import type { Swarm } from "../../peer/swarm.ts";
import { hexOf } from "../../hex.ts";
import { SwarmLook } from "./look.ts";
import { Reporter } from "./reporter.ts";

export interface Observed {
  readonly peer: Peer;
  readonly swarm: Swarm;
  /** In bytes a second; Infinity: none. */
  readonly uploadRate: number;
  /** Why the observer is not told, for the user. */
  readonly onRefused: (sentence: string) => void;
}

/** @returns what ends it; undefined for a peer that has no door. */
export function observe(observer: Endpoint, observed: Observed): Reporter | undefined {
  const { peer, swarm, uploadRate, onRefused } = observed;
  const [door] = peer.endpoints;
  if (door === undefined) return undefined;
  const { name, infoHash, pieceCount, length } = swarm.info;
  const swarmLook = new SwarmLook(swarm);
  return new Reporter({
    observer,
    identity: {
      peerId: hexOf(peer.id),
      client: clientOf(peer.id) ?? "unknown",
      pid: process.pid,
      door: { host: door.host, port: door.port },
      torrent: {
        name: name.slice(0, 200),
        infoHash: hexOf(infoHash),
        pieces: pieceCount,
        bytes: length,
      },
      uploadLimit: Number.isFinite(uploadRate) ? uploadRate : null,
    },
    look: (nowMs) => swarmLook.look(nowMs),
    random: Math.random,
    onAway: onRefused,
    onRefused,
  });
}
