// What a swarm's times, costs and metered bytes amount to: its figures. It measures nothing.
import type { Figures } from "../cases.ts";
import { capacity, swarmBoundSeconds, type Swarm } from "./bound.ts";
import type { Swarmed } from "./measure.ts";
import { sentBy } from "./meter.ts";

const TENTHS = 10;
const GIBIBYTE = 1024 ** 3;
// More than handshakes and bitfields: a piece has begun to come.
const PIECE_HAS_BEGUN_BYTES = 4096;

export function swarmFigures(swarm: Swarm, swarmed: Swarmed): Figures {
  const { leechers, doneSeconds, seed, leeching } = swarmed;
  const seconds = Math.max(...doneSeconds);
  const leecherCpuSeconds = leeching.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  const cpuSeconds = seed.cpuSeconds + leecherCpuSeconds;
  const firstByteSeconds = firstByte(swarmed);
  const bound = swarmBoundSeconds(swarm, leechers);
  return {
    seconds,
    firstSeconds: Math.min(...doneSeconds),
    alikeSeconds: Math.max(...swarmed.alikeDoneSeconds),
    ...(bound > 0 && { boundRatio: seconds / bound, ...uplinks(swarm, swarmed, seconds) }),
    seedCopies: (swarmed.samples.at(-1)?.sent[swarmed.seedHost] ?? 0) / swarm.fileBytes,
    bytesPerSecond: swarm.fileBytes / seconds,
    firstByteSeconds,
    bytesPerSecondAfterFirst: swarm.fileBytes / (seconds - firstByteSeconds),
    cpuSeconds,
    cpuSecondsPerGibibyte: cpuSeconds / ((leechers * swarm.fileBytes) / GIBIBYTE),
    seedCpuSeconds: seed.cpuSeconds,
    leecherCpuSeconds,
    seedPeakBytes: seed.peakMemoryBytes,
    leecherPeakBytes: Math.max(...leeching.map(({ peakMemoryBytes }) => peakMemoryBytes)),
  };
}

/** Until then, from the leechers' start, the first of them has received something. */
function firstByte({ samples, startSeconds, seedHost }: Swarmed): number {
  const first = samples.find(({ received }) =>
    Object.entries(received).some(
      ([host, bytes]) => Number(host) !== seedHost && bytes > PIECE_HAS_BEGUN_BYTES,
    ),
  );
  return first === undefined ? Number.NaN : first.seconds - startSeconds;
}

/**
 * All bytes that were sent, messages and what was sent in vain included, of what could be sent: by all together, and by the one
 * that sent the most. More than all is what no limit allows.
 */
function uplinks(
  swarm: Swarm,
  { samples, startSeconds, leechers, seedHost }: Swarmed,
  seconds: number,
): Pick<Figures, "utilization" | "utilizationOverTime" | "fullestUplink"> {
  const part = (from: number, to: number): number => {
    const sent =
      sentBy(samples, startSeconds + to * seconds) - sentBy(samples, startSeconds + from * seconds);
    return sent / ((to - from) * seconds * capacity(swarm, leechers));
  };
  const ended = samples.find((sample) => sample.seconds >= startSeconds + seconds) ?? samples.at(-1);
  const each = Object.entries(ended?.sent ?? {}).map(([host, sent]) => {
    const rate = Number(host) === seedHost ? swarm.seedBytesPerSecond : swarm.uploadBytesPerSecond;
    return sent / (rate * seconds);
  });
  return {
    utilization: part(0, 1),
    fullestUplink: Math.max(...each),
    utilizationOverTime: Array.from({ length: TENTHS }, (_, tenth) =>
      part(tenth / TENTHS, (tenth + 1) / TENTHS),
    ),
  };
}
