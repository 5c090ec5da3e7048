// What the tables show of each load, and how: titles, units, digits. It measures and prints nothing.
import type { Figure, Load } from "./cases.ts";

export interface Column {
  title: string;
  figure: Figure;
  show: (value: number) => string;
}

const rounded = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3);

// One digit more than the goals have, so that 1.104 does not read as if it were 1.1.
export const asRatio = (value: number): string => value.toFixed(value >= 10 ? 1 : 3);

const asThousands = (value: number): string => rounded(value / 1000);
export const asMebibytes = (value: number): string => rounded(value / (1024 * 1024));
export const asPercent = (value: number): string => (value * 100).toFixed(0);
const asSeconds = (value: number): string => value.toFixed(2);
const asMegabytes = (value: number): string => rounded(value / 1e6);

const costs: Column[] = [
  { title: "CPU s, both", figure: "cpuSeconds", show: rounded },
  { title: "client", figure: "clientCpuSeconds", show: rounded },
  { title: "server", figure: "serverCpuSeconds", show: rounded },
];
const lastHasIt: Column = { title: "last has it, s", figure: "seconds", show: asSeconds };
const lastAlike: Column = {
  title: "last with the seed's client, s",
  figure: "alikeSeconds",
  show: asSeconds,
};
const firstHasIt: Column = { title: "first has it, s", figure: "firstSeconds", show: asSeconds };
const ofBound: Column = { title: "last / D_p2p", figure: "boundRatio", show: asRatio };
const uplinks: Column[] = [
  { title: "uplinks used, %", figure: "utilization", show: asPercent },
  { title: "the fullest", figure: "fullestUplink", show: asPercent },
  { title: "copies from the seed", figure: "seedCopies", show: rounded },
];
const swarmCosts: Column[] = [
  { title: "CPU s, seed", figure: "seedCpuSeconds", show: rounded },
  { title: "leechers", figure: "leecherCpuSeconds", show: rounded },
  { title: "peak MiB, seed", figure: "seedPeakBytes", show: asMebibytes },
  { title: "a leecher", figure: "leecherPeakBytes", show: asMebibytes },
];
const peaks: Column[] = [
  { title: "peak MiB, client", figure: "clientPeakBytes", show: asMebibytes },
  { title: "server", figure: "serverPeakBytes", show: asMebibytes },
];

export const columns: Record<Load["mode"], Column[]> = {
  throughput: [
    { title: "thousand messages/s", figure: "messagesPerSecond", show: asThousands },
    { title: "server CPU µs/message", figure: "cpuMicrosPerMessage", show: rounded },
  ],
  "ping-pong": [
    { title: "p50 µs", figure: "p50Micros", show: rounded },
    { title: "p99 µs", figure: "p99Micros", show: rounded },
    { title: "server CPU µs/message", figure: "cpuMicrosPerMessage", show: rounded },
  ],
  idle: [
    { title: "RSS bytes/connection", figure: "bytesPerConnection", show: rounded },
    { title: "PSS bytes/connection", figure: "pssBytesPerConnection", show: rounded },
  ],
  "fan-out": [
    { title: "server CPU µs/delivery", figure: "cpuMicrosPerDelivery", show: rounded },
    { title: "thousand deliveries/s", figure: "deliveriesPerSecond", show: asThousands },
    { title: "p50 µs", figure: "p50Micros", show: rounded },
    { title: "p99 µs", figure: "p99Micros", show: rounded },
    { title: "peak memory MiB", figure: "peakMemoryBytes", show: asMebibytes },
  ],
  stored: [
    { title: "thousand messages/s", figure: "messagesPerSecond", show: asThousands },
    { title: "server CPU µs/message", figure: "cpuMicrosPerMessage", show: rounded },
    { title: "p50 µs", figure: "p50Micros", show: rounded },
    { title: "p99 µs", figure: "p99Micros", show: rounded },
  ],
  members: [
    { title: "memory MiB", figure: "memoryBytes", show: asMebibytes },
    { title: "median CPU µs/visit, 10 members", figure: "joinMicrosFew", show: rounded },
    { title: "all members", figure: "joinMicrosMany", show: rounded },
    { title: "mean CPU µs/visit, 10 members", figure: "joinMeanMicrosFew", show: rounded },
    { title: "all members, presence included", figure: "joinMeanMicrosMany", show: rounded },
  ],
  "one-file": [
    { title: "MB/s", figure: "bytesPerSecond", show: asMegabytes },
    ...costs,
    { title: "MB per CPU s", figure: "bytesPerCpuSecond", show: asMegabytes },
    ...peaks,
  ],
  "many-files": [
    { title: "files/s", figure: "filesPerSecond", show: rounded },
    { title: "seconds", figure: "seconds", show: rounded },
    ...costs,
    ...peaks,
  ],
  swarm: [lastHasIt, ofBound, firstHasIt, ...uplinks, ...swarmCosts],
  mixed: [lastHasIt, lastAlike, ofBound, ...uplinks, ...swarmCosts],
  unlimited: [
    { title: "MB/s", figure: "bytesPerSecond", show: asMegabytes },
    { title: "to the first bytes, s", figure: "firstByteSeconds", show: asSeconds },
    { title: "MB/s from then on", figure: "bytesPerSecondAfterFirst", show: asMegabytes },
    { title: "CPU s per GiB, both", figure: "cpuSecondsPerGibibyte", show: rounded },
    ...swarmCosts,
  ],
};

/** How goals name a figure, and how they show one that is not a ratio. */
export const figureNames: Record<Figure, { name: string; show: (value: number) => string }> = {
  messagesPerSecond: { name: "messages/s", show: rounded },
  cpuMicrosPerMessage: { name: "CPU µs per message", show: rounded },
  messagesPerCpuSecond: { name: "messages per CPU second", show: rounded },
  deliveriesPerSecond: { name: "deliveries/s", show: rounded },
  cpuMicrosPerDelivery: { name: "CPU µs per delivery", show: rounded },
  p50Micros: { name: "p50 latency, µs", show: rounded },
  p99Micros: { name: "p99 latency, µs", show: rounded },
  bytesPerConnection: { name: "RSS per connection, bytes", show: rounded },
  pssBytesPerConnection: { name: "PSS per connection, bytes", show: rounded },
  memoryBytes: { name: "memory, MiB", show: asMebibytes },
  peakMemoryBytes: { name: "peak memory, MiB", show: asMebibytes },
  joinMicrosFew: { name: "median CPU µs per visit, 10 members", show: rounded },
  joinMicrosMany: { name: "median CPU µs per visit, all members", show: rounded },
  joinRatio: { name: "median CPU per visit, all members / 10", show: asRatio },
  joinMeanMicrosFew: { name: "mean CPU µs per visit, 10 members", show: rounded },
  joinMeanMicrosMany: { name: "mean CPU µs per visit, all members", show: rounded },
  seconds: { name: "seconds", show: rounded },
  bytesPerSecond: { name: "MB/s", show: asMegabytes },
  filesPerSecond: { name: "files/s", show: rounded },
  cpuSeconds: { name: "CPU s, both sides", show: rounded },
  clientCpuSeconds: { name: "CPU s, client", show: rounded },
  serverCpuSeconds: { name: "CPU s, server", show: rounded },
  bytesPerCpuSecond: { name: "MB per CPU s", show: asMegabytes },
  filesPerCpuSecond: { name: "files per CPU s", show: rounded },
  clientPeakBytes: { name: "peak memory, client, MiB", show: asMebibytes },
  serverPeakBytes: { name: "peak memory, server, MiB", show: asMebibytes },
  boundRatio: { name: "seconds / D_p2p", show: asRatio },
  alikeSeconds: { name: "seconds until the last with the seed's client has it", show: asSeconds },
  firstSeconds: { name: "seconds until the first has it", show: asSeconds },
  utilization: { name: "uplinks used, %", show: asPercent },
  fullestUplink: { name: "the fullest uplink, %", show: asPercent },
  seedCopies: { name: "copies from the seed", show: rounded },
  firstByteSeconds: { name: "seconds to the first bytes", show: asSeconds },
  bytesPerSecondAfterFirst: { name: "MB/s after the first bytes", show: asMegabytes },
  cpuSecondsPerGibibyte: { name: "CPU s per GiB, both sides", show: rounded },
  seedCpuSeconds: { name: "CPU s, seed", show: rounded },
  leecherCpuSeconds: { name: "CPU s, leechers", show: rounded },
  seedPeakBytes: { name: "peak memory, seed, MiB", show: asMebibytes },
  leecherPeakBytes: { name: "peak memory, a leecher, MiB", show: asMebibytes },
};
