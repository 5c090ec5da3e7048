// What the swarm benchmark compares: the cases, and the goals of each. It measures nothing.
import type { Case, Goal } from "./cases.ts";
import { swarms, type SwarmName } from "./subjects.ts";
import type { SwarmClient } from "./swarm/client.ts";
import { MOST_LEECHERS } from "./swarm/measure.ts";

const MEBIBYTE = 1024 * 1024;
const PEAK_BYTES = 150 * MEBIBYTE;

export const usualSwarm = {
  numbers: [4, 8, 16, 32] as readonly number[],
  fileBytes: 32 * MEBIBYTE,
  pieceBytes: 256 * 1024,
  seedBytesPerSecond: 2 * MEBIBYTE,
  uploadBytesPerSecond: 1 * MEBIBYTE,
  unlimited: { fileBytes: 512 * MEBIBYTE, pieceBytes: MEBIBYTE },
};

const names: SwarmName[] = ["ours", "libtorrent", "aria2", "webtorrent", "transmission"];
const foreign = ["libtorrent", "aria2"] as const;
const MIXED_LEECHERS = 8;

/** Ours against libtorrent, and so that there is something to compare that with, each other one, too. */
const againstLibtorrent = (figure: Goal["figure"], bounds: Pick<Goal, "atLeast" | "atMost">): Goal[] =>
  names
    .filter((name) => name !== "libtorrent")
    .map((subject) => ({ subject, against: "libtorrent", figure, ...(subject === "ours" && bounds) }));

export function swarmCases(sizes: typeof usualSwarm): Case[] {
  const { numbers, unlimited, ...swarm } = sizes;
  return [
    ...numbers.map((leechers): Case => ({
      name: `swarm-${leechers}`,
      load: { mode: "swarm", leechers, downloadBytesPerSecond: Infinity, ...swarm },
      subjects: names,
      goals: [
        { subject: "ours", figure: "boundRatio", atMost: leechers > 16 ? 1.1 : 1.06 },
        ...againstLibtorrent("seconds", { atMost: 0.8 }),
      ],
    })),
    {
      name: "mixed",
      load: { mode: "mixed", leechers: MIXED_LEECHERS, downloadBytesPerSecond: Infinity, ...swarm },
      subjects: foreign.flatMap((name): SwarmName[] => [name, `${name}+ours`]),
      goals: foreign.map((name) => ({
        subject: `${name}+ours`,
        against: name,
        figure: "alikeSeconds",
        atMost: 1,
      })),
    },
    {
      name: "unlimited",
      load: {
        mode: "unlimited",
        leechers: 1,
        ...unlimited,
        seedBytesPerSecond: Infinity,
        uploadBytesPerSecond: Infinity,
        downloadBytesPerSecond: Infinity,
      },
      subjects: names,
      goals: [
        ...againstLibtorrent("bytesPerSecond", { atLeast: 1 }),
        ...againstLibtorrent("cpuSecondsPerGibibyte", { atMost: 1.5 }),
        { subject: "ours", figure: "seedPeakBytes", atMost: PEAK_BYTES },
        { subject: "ours", figure: "leecherPeakBytes", atMost: PEAK_BYTES },
      ],
    },
  ];
}

/** The swarms of these clients alone, and the goals that ask for no other. @throws Error when there is no such client. */
export function selectClients(cases: readonly Case[], wanted: readonly string[]): Case[] {
  const unknown = wanted.find((name) => !names.some((one) => one === name));
  if (unknown !== undefined)
    throw new Error(`no client is called ${unknown}: the clients are ${names.join(", ")}`);
  const isWanted = (name: string | undefined): boolean =>
    name === undefined || name.split("+").every((client) => wanted.includes(client));
  return cases.map((one) => ({
    ...one,
    subjects: one.subjects.filter(isWanted),
    goals: one.goals.filter(({ subject, against }) => isWanted(subject) && isWanted(against)),
  }));
}

/** @throws Error when there is no such client. */
export function selectPeer(name: string): SwarmClient {
  const known = names.find((one) => one === name);
  if (known === undefined)
    throw new Error(`no client is called ${name}: the clients are ${names.join(", ")}`);
  return swarms[known].clients[0];
}

/** @throws Error when there are too many for one network. */
export function readLeechers(text: string): number[] {
  return text.split(",").map((word) => {
    const count = Number(word);
    if (!Number.isInteger(count) || count < 1 || count > MOST_LEECHERS)
      throw new Error(`--n must be whole numbers from 1 to ${MOST_LEECHERS}, not ${text}`);
    return count;
  });
}
