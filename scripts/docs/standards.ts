// The table of BitTorrent's standards that p2p keeps, and of the tests that say that they show one. Knows no test's result.
import { globSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";

const titles: Readonly<Record<number, string>> = {
  3: "the protocol: torrents, trackers, peers",
  5: "distributed hash table (DHT)",
  6: "fast extension",
  7: "trackers and peers over IPv6",
  9: "magnet links, metadata from peers",
  10: "extension protocol",
  11: "peer exchange",
  12: "several trackers",
  14: "local discovery (LSD)",
  15: "trackers over UDP",
  20: "peer ids",
  21: "partial seeds",
  23: "compact lists of peers",
  27: "private torrents",
  40: "canonical peer priority",
  42: "the DHT's node ids",
  48: "scrape",
  53: "files chosen in a magnet link",
  54: "pieces that are gone",
};

/** Where a test names the standard that it shows. Links are as seen from the app. */
export function standards(root: string): string[][] {
  const shown = new Map<number, Map<string, string>>();
  for (const file of globSync(
    ["apps/p2p/test/**/*.test.ts", "tests/conformance/{peer,tracker}/*-checks.ts"],
    { cwd: root },
  ).toSorted()) {
    const link = relative("apps/p2p", file).replaceAll("\\", "/");
    const name = basename(file).replace(/(\.test)?\.ts$/, "");
    const text = readFileSync(join(root, file), "utf8");
    for (const [, list = ""] of text.matchAll(/\bBEP (\d+(?:(?:, | and )\d+)*)/g))
      for (const [number] of list.matchAll(/\d+/g)) {
        const tests = shown.get(Number(number)) ?? new Map<string, string>();
        shown.set(Number(number), tests.set(link, name));
      }
  }
  return [
    ["BEP", "what it is", "tests"],
    ...Object.entries(titles).map(([number, title]) => {
      const tests = [...(shown.get(Number(number)) ?? [])];
      if (tests.length === 0) throw new Error(`no test says that it shows BEP ${number}`);
      const url = `https://www.bittorrent.org/beps/bep_${number.padStart(4, "0")}.html`;
      return [`[${number}](${url})`, title, tests.map(([link, name]) => `[${name}](${link})`).join(", ")];
    }),
  ];
}
