// The benchmark's command line, from words to what is to be measured. Measures nothing, and exits nothing.
import { parseArgs } from "node:util";
import { benchmarks, usage } from "./benchmarks.ts";
import { selectCases } from "./cases.ts";
import { readDistribution } from "./distribution/arguments.ts";
import type { DistributionOptions } from "./distribution/distribution.ts";
import { fileTransferCases, usualSizes } from "./file-transfer-cases.ts";
import { always, flags, flagsOf, readCount, readSize, type Values } from "./flags.ts";
import type { Benchmark, Options } from "./side-by-side.ts";
import { readSwarm } from "./swarm-arguments.ts";

/** What is asked for. */
export type Wish =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "side by side"; readonly benchmark: Benchmark; readonly options: Options }
  | { readonly kind: "distribution"; readonly options: DistributionOptions };

/** @throws Error what is wrong with them. */
export function readArguments(words: readonly string[]): Wish {
  const { values, positionals } = parseArgs({ args: [...words], allowPositionals: true, options: flags });
  if (values.help) return { kind: "help", text: usage };
  const [name = "", ...more] = positionals;
  const own = Object.hasOwn(flagsOf, name) ? flagsOf[name] : undefined;
  if (own === undefined || more.length > 0) throw new Error(usage);
  const strange = Object.keys(values).find((flag) => !always.includes(flag) && !own.includes(flag));
  if (strange !== undefined) throw new Error(`--${strange} is no flag of ${name}`);
  if (name === "distribution") return { kind: "distribution", options: readDistribution(values) };
  return readSideBySide(name, values);
}

function readSideBySide(name: string, values: Values): Wish {
  const { only, quick } = values;
  const benchmark = benchmarks.find((one) => one.name === name)!;
  const all =
    name === "file-transfer"
      ? fileTransferCases(readSizes(values))
      : name === "swarm"
        ? readSwarm(values)
        : benchmark.cases;
  const seconds = Number(values.seconds ?? (quick ? 0.5 : 2));
  if (!(seconds > 0)) throw new Error(`--seconds must be a number above 0, not ${values.seconds}`);
  return {
    kind: "side by side",
    benchmark: { ...benchmark, cases: only === undefined ? all : selectCases(all, only.split(",")) },
    options: {
      runs: values.runs === undefined ? (quick ? 2 : (benchmark.runs ?? 5)) : readCount("runs", values.runs),
      timing: { seconds, warmUpSeconds: quick ? 0.5 : 1 },
      ...(values.plot !== undefined && { picture: values.plot }),
      isComplete: !quick && narrowing.every((flag) => values[flag] === undefined),
    },
  };
}

/** With one of these, not every case is measured in full. */
const narrowing = [
  "only",
  "size",
  "files",
  "n",
  "clients",
  "piece",
  "seed-upload",
  "upload",
  "unlimited",
] as const;

function readSizes({ quick, size, files }: Values): typeof usualSizes {
  const usual = quick ? { bytes: 64 * 1024 * 1024, files: 1000 } : usualSizes;
  return {
    bytes: readSize(size, usual.bytes),
    files: files === undefined ? usual.files : readCount("files", files),
  };
}
