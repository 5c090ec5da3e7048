// What the words of `bench distribution` mean. Measures nothing.
import { readCount, readSize, type Values } from "../flags.ts";
import { selectPeer } from "../swarm-cases.ts";
import { usualDistribution, type DistributionOptions } from "./distribution.ts";

const MOST_CLIENTS = 16;

/** @throws Error what is wrong with them. */
export function readDistribution(values: Values): DistributionOptions {
  const { quick, size, upload, download, clients, "peer-upload": peerUpload, peer = "ours" } = values;
  const usual = usualDistribution;
  const numbers = readNumbers(clients ?? (quick ? "1,2,4,8" : `1..${MOST_CLIENTS}`));
  return {
    distribution: {
      fileBytes: readSize(size, usual.fileBytes),
      uploadBytesPerSecond: readSize(upload, usual.uploadBytesPerSecond),
      peerBytesPerSecond: readSize(peerUpload, usual.peerBytesPerSecond),
      downloadBytesPerSecond:
        download === "none" ? Infinity : readSize(download, usual.downloadBytesPerSecond),
    },
    clients: numbers,
    peer: selectPeer(peer),
    ...(values.plot !== undefined && { picture: values.plot }),
    runs: values.runs === undefined ? (quick ? 1 : 3) : readCount("runs", values.runs),
    isComplete:
      !quick &&
      [size, upload, download, peerUpload, values.peer].every((value) => value === undefined) &&
      numbers.length === MOST_CLIENTS,
  };
}

/** "1..4" or "1,2,8". */
function readNumbers(text: string): number[] {
  const [first = "", last] = text.split("..");
  if (last === undefined) return text.split(",").map((one) => readCount("clients", one));
  const [from, to] = [readCount("clients", first), readCount("clients", last)];
  if (from > to) throw new Error(`--clients ${text}: the smaller number comes first`);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
