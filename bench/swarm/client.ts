// What the swarm benchmark compares: a BitTorrent client, and how it is started as a seed or a leecher. Starts neither.
import type { Command } from "../commands/account.ts";

/** Where one process of a swarm lives, and what it may do. All paths are absolute. */
export interface Place {
  /** An address of its own, which it listens at and speaks from. */
  readonly host: string;
  readonly port: number;
  /** The metainfo, with the tracker's URL in it, for the clients that take no other. */
  readonly torrent: string;
  readonly tracker: string;
  /** What the torrent shares lies in it (a seed's), or is to arrive in it (a leecher's), under this name. */
  readonly folder: string;
  readonly name: string;
  /** For settings and logs; empty, and nobody else's. */
  readonly own: string;
  /** Bytes a second; Infinity: no limit. */
  readonly upload: number;
  readonly download: number;
}

export interface SwarmClient {
  title: string;
  /** Before the first measurement. @throws LeftOut what is missing here. */
  prepare?: () => void;
  seed: (place: Place) => Command;
  /** It goes on seeding when it has all. */
  leech: (place: Place) => Command;
  /** Whether this line of a leecher's output says that it has all. */
  saysComplete: (line: string) => boolean;
  /** It does not speak to loopback addresses: each process needs a network namespace of its own. */
  needsNamespace?: true;
}
