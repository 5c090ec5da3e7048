// How long it must take at least to give one file to many, from one server or from each other. Measures nothing.
import { swarmBoundSeconds, type Swarm } from "../swarm/bound.ts";

export interface Distribution {
  /** F */
  fileBytes: number;
  /** u_s: how fast the server sends, to all together. */
  uploadBytesPerSecond: number;
  /** u_i: how fast each peer sends; of peer-to-peer alone. */
  peerBytesPerSecond: number;
  /** d_min: how fast the slowest client receives; Infinity: as fast as it can. */
  downloadBytesPerSecond: number;
}

/** N·F/u_s: the server sends a copy to each. */
export const uploadSeconds = ({ fileBytes, uploadBytesPerSecond }: Distribution, clients: number): number =>
  (clients * fileBytes) / uploadBytesPerSecond;

/** F/d_min: the slowest client receives its own. */
export const downloadSeconds = ({ fileBytes, downloadBytesPerSecond }: Distribution): number =>
  fileBytes / downloadBytesPerSecond;

/** D_cs = max(N·F/u_s, F/d_min), in seconds (Kurose & Ross, 2.5). */
export const boundSeconds = (distribution: Distribution, clients: number): number =>
  Math.max(uploadSeconds(distribution, clients), downloadSeconds(distribution));

// Small ones for a small file: what a peer has whole it can pass on.
const PIECE_BYTES = 128 * 1024;

/** The same file, the server as the seed, and the clients as peers who pass on what they have. */
export const swarmOf = (distribution: Distribution): Swarm => ({
  fileBytes: distribution.fileBytes,
  pieceBytes: PIECE_BYTES,
  seedBytesPerSecond: distribution.uploadBytesPerSecond,
  uploadBytesPerSecond: distribution.peerBytesPerSecond,
  downloadBytesPerSecond: distribution.downloadBytesPerSecond,
});

/** D_p2p = max(F/u_s, F/d_min, N·F/(u_s + Σu_i)). */
export const peerBoundSeconds = (distribution: Distribution, peers: number): number =>
  swarmBoundSeconds(swarmOf(distribution), peers);
