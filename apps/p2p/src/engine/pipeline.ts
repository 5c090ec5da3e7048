// How many blocks to have asked one peer for at a time. Knows no peer.
import { BLOCK_BYTES } from "../protocol.ts";

/** So many at least: what arrives meanwhile is no reason to wait. */
const LEAST = 16;
/** Nobody needs more; most take no more (BEP 10, `reqq`). */
const MOST = 500;
// Beside the round trip: the other side's turn to serve us, its disk, our own delays.
const SLACK_MS = 500;

export interface PipelineState {
  /** What comes from that peer, in bytes a second. */
  readonly rate: number;
  /** The shortest time from a request to its block. */
  readonly roundTripMs: number;
  /** How many requests it takes at a time (BEP 10). */
  readonly reqq: number;
}

/** Enough that the peer never waits for our next request: its rate times the time that a request takes to be answered. */
export function pipelineDepth({ rate, roundTripMs, reqq }: PipelineState): number {
  const underWay = Math.ceil((rate * (roundTripMs + SLACK_MS)) / 1000 / BLOCK_BYTES);
  return Math.min(Math.max(LEAST, underWay), reqq, MOST);
}

/** Requests go in batches: a message for each block would cost both sides about as much as the block does. */
const BATCH_SHARE = 1 / 3;

/** Whether to ask for more now, with so many under way. */
export function isTimeToAsk(underWay: number, depth: number): boolean {
  return underWay <= depth * (1 - BATCH_SHARE);
}
