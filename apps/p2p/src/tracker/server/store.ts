// What keeps a tracker's swarms. Two implementations, one suite of tests for both. Knows no HTTP and no datagrams.
import { SocketlabError } from "@socketlab/core";
import type { AnnounceRequest, ScrapeCounts } from "../messages.ts";
import type { Entry } from "./swarm.ts";

/** Somebody announces itself. */
export interface Visit {
  /** Its address, as the socket says. */
  readonly host: string;
  readonly request: AnnounceRequest;
  /** Of which families it can make use. */
  readonly families: readonly (4 | 6)[];
  /** How many others it is told of at most. */
  readonly maxPeers: number;
}

export interface Visited {
  readonly counts: ScrapeCounts;
  readonly peers: readonly Entry[];
}

export interface TrackerStore {
  /** @throws StoreError `full`, `too-many`, `failed`: to be told to who asks. */
  announce(visit: Visit): Promise<Visited>;
  /** Undefined for a torrent that nobody has announced. @throws StoreError `failed`. */
  scrape(infoHash: Uint8Array): Promise<ScrapeCounts | undefined>;
  /** Of this moment. */
  readonly size: { readonly swarms: number; readonly peers: number; readonly seeds: number };
  /** What is to be kept is kept when this has settled. */
  close(): Promise<void>;
}

/** The store does not do what it was asked: a sentence for whoever asked. */
export class StoreError extends SocketlabError {}
