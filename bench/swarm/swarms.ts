// The swarms of the benchmark: all of one client, or of two. Starts none.
import { aria2 } from "./aria2.ts";
import type { SwarmClient } from "./client.ts";
import { libtorrent } from "./libtorrent.ts";
import { ours } from "./ours.ts";
import { transmission } from "./transmission.ts";
import { webtorrent } from "./webtorrent.ts";

export interface SwarmSubject {
  title: string;
  /** Of the leechers in turn; the first one's is also the seed's. */
  clients: readonly [SwarmClient, ...SwarmClient[]];
}

const alone = (client: SwarmClient): SwarmSubject => ({ title: client.title, clients: [client] });
const withOurs = (client: SwarmClient): SwarmSubject => ({
  title: `${client.title}, every second leecher ours`,
  clients: [client, ours],
});

export const swarms = {
  ours: alone(ours),
  libtorrent: alone(libtorrent),
  aria2: alone(aria2),
  webtorrent: alone(webtorrent),
  transmission: alone(transmission),
  "libtorrent+ours": withOurs(libtorrent),
  "aria2+ours": withOurs(aria2),
} satisfies Record<string, SwarmSubject>;
