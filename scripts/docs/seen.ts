// Tables of what tests have shown: which clients ours exchanges files with, and which test stands for which standard.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Which clients our peer was seen to exchange files with, in which way, as the tests of them have written down. */
export function clients(root: string): string[][] {
  const { seen } = JSON.parse(readFileSync(join(root, "tests/interop/p2p/clients.json"), "utf8")) as {
    seen: Record<"client" | "version" | "role" | "by" | "kind" | "over" | "family", string>[];
  };
  const columns = [...new Set(seen.map(({ client, version }) => `${client} ${version}`))].toSorted();
  const ways = new Map<string, Map<string, string[]>>();
  for (const { client, version, role, by, kind, over, family } of seen) {
    const way = `a ${kind} by ${by === "magnet" ? "magnet link" : by}, ${over.toUpperCase()}, ${family}`;
    const cells = ways.get(way) ?? new Map<string, string[]>();
    ways.set(way, cells);
    const cell = `${client} ${version}`;
    cells.set(cell, [...(cells.get(cell) ?? []), role]);
  }
  return [
    ["what, and how it is found", ...columns],
    ...[...ways].map(([way, cells]) => [
      way,
      ...columns.map((column) => cells.get(column)?.toSorted().join(", ") ?? ""),
    ]),
  ];
}

interface Standard {
  readonly bep: number;
  readonly what: string;
  /** Each a file, from the root, and the name of a test in it, as it stands there. */
  readonly tests: readonly (readonly [file: string, name: string])[];
}

const README = "apps/p2p/README.md";

/** What of BitTorrent is spoken, and which tests show it. @throws Error when one of them is not there. */
export function standards(root: string): string[][] {
  const all = JSON.parse(readFileSync(join(root, "tests/docs/p2p-standards.json"), "utf8")) as Standard[];
  return [
    ["BEP", "what it is", "shown by"],
    ...all.map(({ bep, what, tests }) => [
      `[${bep}](https://www.bittorrent.org/beps/bep_${String(bep).padStart(4, "0")}.html)`,
      what,
      tests.map(([file, name]) => linkTo(root, file, name)).join("; "),
    ]),
  ];
}

function linkTo(root: string, file: string, name: string): string {
  const path = join(root, file);
  if (!existsSync(path) || !hasTest(readFileSync(path, "utf8"), name))
    throw new Error(`${file} has no test ${JSON.stringify(name)}`);
  return `[${name}](${relative(dirname(README), file)})`;
}

/** A test begins with its name, and one of the checks of conformance with a word and its name. */
function hasTest(source: string, name: string): boolean {
  const literal = JSON.stringify(name).replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  return new RegExp(`\\(\\s*(?:"[^"\n]*",\\s*)?${literal},`).test(source);
}
