// How long a file takes to reach everybody, in a simulated swarm: beside the bound that no schedule beats. Prints nothing.
import type { PathFaults } from "@socketlab/core";
import { imaginedContent, imaginedInfo } from "./imagined.ts";
import { Scene } from "./scene.ts";

/** As many as trackers tell of. */
const DEGREE = 50;

export interface Simulation {
  /** Peers that have nothing at first; beside them one that has all, the seed. */
  readonly peers: number;
  readonly bytes: number;
  readonly pieceLength: number;
  /** Bytes a second. */
  readonly seedUploadRate: number;
  readonly uploadRate: number;
  /** Of what is left to chance. Default 1. */
  readonly seed?: number | undefined;
  readonly slots?: number | undefined;
  /** Of how many others each is told when it joins. */
  readonly degree?: number | undefined;
  readonly faults?: PathFaults | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Outcome {
  /** Of virtual time, until the last peer's last piece; and until half of the peers had theirs. */
  readonly seconds: number;
  readonly medianSeconds: number;
  readonly boundSeconds: number;
  readonly ratio: number;
  /** Copies of the file that have left the seed. */
  readonly seedCopies: number;
  /** Bytes that came in vain, as a share of all that came. */
  readonly wasted: number;
}

/** F bytes to N peers: no schedule is faster (Kurose & Ross, 2.6). */
export function distributionBound(bytes: number, seedRate: number, rates: readonly number[]): number {
  const sum = rates.reduce((total, rate) => total + rate, seedRate);
  return Math.max(bytes / seedRate, (rates.length * bytes) / sum);
}

/** @throws the reason of `signal`, if it is aborted before. */
export async function simulate(simulation: Simulation): Promise<Outcome> {
  const { peers, bytes, pieceLength, seedUploadRate, uploadRate, seed = 1, signal } = simulation;
  const { slots, degree = DEGREE, faults } = simulation;
  const info = imaginedInfo(bytes, pieceLength);
  await using scene = new Scene({ info, seed, faults, degree, slots });
  const { clock } = scene;
  const finishedAtMs: number[] = [];
  const all = Promise.withResolvers<void>();
  signal?.addEventListener("abort", () => all.reject(signal.reason as Error));
  signal?.throwIfAborted();
  const first = await scene.join({ content: imaginedContent(info, true), uploadRate: seedUploadRate });
  for (let n = 0; n < peers; n++)
    await scene.join({
      content: imaginedContent(info, false),
      uploadRate,
      onDone: () => {
        if (finishedAtMs.push(clock.now()) === peers) all.resolve();
      },
    });
  await clock.run(all.promise);
  const seconds = finishedAtMs.at(-1)! / 1000;
  const boundSeconds = distributionBound(
    bytes,
    seedUploadRate,
    Array.from({ length: peers }, () => uploadRate),
  );
  const swarms = [...scene.members].map(({ swarm }) => swarm);
  const wasted = swarms.reduce((sum, { downloads }) => sum + downloads.wasted, 0);
  return {
    seconds,
    medianSeconds: finishedAtMs[(peers - 1) >> 1]! / 1000,
    boundSeconds,
    ratio: seconds / boundSeconds,
    seedCopies: first.swarm.uploads.sent / bytes,
    wasted: wasted / (wasted + peers * bytes),
  };
}
