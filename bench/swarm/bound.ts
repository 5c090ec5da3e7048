// How long it must take at least to give one file to many peers who pass it on. Measures nothing.

/** A swarm: one seed, and leechers that are all alike. A rate of Infinity: as fast as it can. */
export interface Swarm {
  /** F */
  fileBytes: number;
  pieceBytes: number;
  /** u_s */
  seedBytesPerSecond: number;
  /** u_i */
  uploadBytesPerSecond: number;
  /** d_min */
  downloadBytesPerSecond: number;
}

/** u_s + Σu_i: what all together can send in a second. */
export const capacity = (swarm: Swarm, leechers: number): number =>
  swarm.seedBytesPerSecond + leechers * swarm.uploadBytesPerSecond;

/**
 * D_p2p = max(F/u_s, F/d_min, N·F/(u_s + Σu_i)), in seconds (Kurose & Ross, 2.5): the seed sends each byte once, the slowest
 * receives its own copy, and all together send N copies.
 */
export const swarmBoundSeconds = (swarm: Swarm, leechers: number): number =>
  Math.max(
    swarm.fileBytes / swarm.seedBytesPerSecond,
    swarm.fileBytes / swarm.downloadBytesPerSecond,
    (leechers * swarm.fileBytes) / capacity(swarm, leechers),
  );
