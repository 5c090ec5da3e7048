// How long a file takes to reach everybody, in a simulated swarm: beside the bound that no schedule beats. Prints nothing.
import type { PathFaults } from "@socketlab/core";
import { imaginedContent, imaginedInfo } from "./imagined.ts";
import { Scene } from "./scene.ts";

/** As many as trackers tell of. */
const DEGREE = 50;

export interface Simulation {
  /** Peers that have nothing at first; beside them one that has all, the seed. */
  readonly peers: number;
  /** So many of them give nothing. Default 0. */
  readonly freeRiders?: number | undefined;
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

/** Of virtual time, until the last peer's last piece; and until half of the peers had theirs. */
interface Times {
  readonly seconds: number;
  readonly medianSeconds: number;
}

export interface Outcome extends Times {
  /** Of those who give nothing, where there are such: `seconds` and `medianSeconds` are of the others then. */
  readonly freeRiders?: Times;
  readonly boundSeconds: number;
  readonly ratio: number;
  /** Copies of the file that have left the seed. */
  readonly seedCopies: number;
  /** Bytes that came in vain, as a share of all that came. */
  readonly wasted: number;
}

/** F bytes to so many peers as there are rates: no schedule is faster (Kurose & Ross, 2.5). */
export function distributionBound(bytes: number, seedRate: number, rates: readonly number[]): number {
  const sum = rates.reduce((total, rate) => total + rate, seedRate);
  return Math.max(bytes / seedRate, (rates.length * bytes) / sum);
}

/** @throws the reason of `signal`, if it is aborted before. */
export async function simulate(simulation: Simulation): Promise<Outcome> {
  const { peers, bytes, pieceLength, seedUploadRate, uploadRate, seed = 1, signal } = simulation;
  const { slots, degree = DEGREE, faults, freeRiders = 0 } = simulation;
  const info = imaginedInfo(bytes, pieceLength);
  await using scene = new Scene({ info, seed, faults, degree, slots });
  const { clock } = scene;
  const [giving, taking]: [number[], number[]] = [[], []];
  const all = Promise.withResolvers<void>();
  signal?.addEventListener("abort", () => all.reject(signal.reason as Error));
  signal?.throwIfAborted();
  const first = await scene.join({ content: imaginedContent(info, true), uploadRate: seedUploadRate });
  for (let n = 0; n < peers; n++) {
    const gives = n < peers - freeRiders;
    await scene.join({
      content: imaginedContent(info, false),
      uploadRate,
      ...(!gives && { slots: 0 }),
      onDone: () => {
        (gives ? giving : taking).push(clock.now());
        if (giving.length + taking.length === peers) all.resolve();
      },
    });
  }
  await clock.run(all.promise);
  const rates = Array.from({ length: peers }, (_, n) => (n < peers - freeRiders ? uploadRate : 0));
  const boundSeconds = distributionBound(bytes, seedUploadRate, rates);
  const swarms = [...scene.members].map(({ swarm }) => swarm);
  const wasted = swarms.reduce((sum, { downloads }) => sum + downloads.wasted, 0);
  const times = timesOf(freeRiders < peers ? giving : taking);
  const last = Math.max(...giving, ...taking) / 1000;
  return {
    ...times,
    ...(freeRiders > 0 && freeRiders < peers && { freeRiders: timesOf(taking) }),
    boundSeconds,
    ratio: last / boundSeconds,
    seedCopies: first.swarm.uploads.sent / bytes,
    wasted: wasted / (wasted + peers * bytes),
  };
}

/** @param finishedAtMs in order, not empty. */
function timesOf(finishedAtMs: readonly number[]): Times {
  const median = finishedAtMs[(finishedAtMs.length - 1) >> 1]!;
  return { seconds: finishedAtMs.at(-1)! / 1000, medianSeconds: median / 1000 };
}
