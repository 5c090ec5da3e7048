// The flags of the benchmark's command, which benchmark takes which, and numbers and sizes in words. Measures nothing.
import type { parseArgs } from "node:util";
import { parseSize } from "@socketlab/core/terminal";

export const flags = {
  runs: { type: "string" },
  seconds: { type: "string" },
  only: { type: "string" },
  size: { type: "string" },
  files: { type: "string" },
  clients: { type: "string" },
  upload: { type: "string" },
  download: { type: "string" },
  n: { type: "string" },
  piece: { type: "string" },
  "seed-upload": { type: "string" },
  unlimited: { type: "boolean" },
  "peer-upload": { type: "string" },
  peer: { type: "string" },
  plot: { type: "string" },
  quick: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

export type Values = ReturnType<typeof parseArgs<{ options: typeof flags }>>["values"];

export const always = ["runs", "quick", "help"];
/** What is no flag of a benchmark is refused: it would change nothing. */
export const flagsOf: Record<string, readonly string[]> = {
  echo: ["seconds", "only"],
  chat: ["seconds", "only"],
  "file-transfer": ["only", "size", "files"],
  swarm: ["only", "n", "unlimited", "clients", "size", "piece", "seed-upload", "upload", "plot"],
  distribution: ["size", "clients", "upload", "download", "peer-upload", "peer", "plot"],
};

/** A size in words, or else what is usual. */
export const readSize = (text: string | undefined, usual: number): number =>
  text === undefined ? usual : parseSize(text);

export function readCount(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`--${name} must be a whole number from 1, not ${text}`);
  return count;
}
