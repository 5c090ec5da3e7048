// What the words of `bench swarm` mean: its cases. Measures nothing.
import type { Case } from "./cases.ts";
import { readSize, type Values } from "./flags.ts";
import { readLeechers, selectClients, swarmCases, usualSwarm } from "./swarm-cases.ts";

const MEBIBYTE = 1024 * 1024;
/** With --quick. */
const quickSwarm: typeof usualSwarm = {
  ...usualSwarm,
  numbers: [4],
  fileBytes: 8 * MEBIBYTE,
  unlimited: { ...usualSwarm.unlimited, fileBytes: 64 * MEBIBYTE },
};

/** @throws Error what is wrong with them. */
export function readSwarm(values: Values): Case[] {
  const { quick, size, piece, upload, "seed-upload": seedUpload, n, unlimited, clients } = values;
  const usual = quick ? quickSwarm : usualSwarm;
  const cases = swarmCases({
    numbers: n === undefined ? usual.numbers : readLeechers(n),
    fileBytes: readSize(size, usual.fileBytes),
    pieceBytes: readSize(piece, usual.pieceBytes),
    seedBytesPerSecond: readSize(seedUpload, usual.seedBytesPerSecond),
    uploadBytesPerSecond: readSize(upload, usual.uploadBytesPerSecond),
    unlimited: {
      fileBytes: readSize(size, usual.unlimited.fileBytes),
      pieceBytes: readSize(piece, usual.unlimited.pieceBytes),
    },
  });
  const isAll = n === undefined && unlimited === undefined;
  const wanted = cases.filter(
    ({ load: { mode } }) =>
      isAll || (mode === "swarm" && n !== undefined) || (mode === "unlimited" && unlimited),
  );
  return clients === undefined ? wanted : selectClients(wanted, clients.split(","));
}
