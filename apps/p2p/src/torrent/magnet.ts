// Magnet links (BEP 9, 53): a torrent's info-hash, and where its info may be had. Dials nobody.
import { UsageError } from "@socketlab/core/browser";
import { INFO_HASH_BYTES } from "../protocol.ts";
import { hexOf } from "../hex.ts";

export interface Magnet {
  readonly infoHash: Uint8Array;
  /** What to call it until its info is there. */
  readonly name?: string | undefined;
  readonly trackers: readonly string[];
  /** Who is said to have it. */
  readonly peers: readonly { readonly host: string; readonly port: number }[];
  /** BEP 53: which files are wanted, from 0, `last` among them; undefined: all. */
  readonly selected?: readonly { readonly first: number; readonly last: number }[] | undefined;
  /** In bytes, as the link says. */
  readonly length?: number | undefined;
}

const base32 = "abcdefghijklmnopqrstuvwxyz234567";

export function isMagnet(text: string): boolean {
  return /^\s*magnet:/iu.test(text);
}

/** What it does not know it leaves out. @throws UsageError `bad-magnet`, with what is wrong in it. */
export function parseMagnet(text: string): Magnet {
  const query = /^magnet:\?(.*)$/isu.exec(text.trim())?.[1];
  if (query === undefined) throw bad(`${JSON.stringify(text.slice(0, 100))} does not begin with "magnet:?"`);
  const parameters = new URLSearchParams(query);
  // Where there are several, some write tr.1, tr.2.
  const all = (name: string): string[] =>
    [...parameters].filter(([key]) => key.replace(/\.\d+$/u, "") === name).map(([, value]) => value.trim());
  const length = all("xl")[0];
  const selected = all("so")[0];
  return {
    infoHash: infoHashOf(all("xt")),
    name: all("dn")[0],
    trackers: [...new Set(all("tr"))].filter((url) => url !== ""),
    peers: all("x.pe").map(parsePeer),
    ...(selected !== undefined && { selected: selected.split(",").map(parseRange) }),
    ...(length !== undefined && { length: parseInteger("xl", length) }),
  };
}

/** As others read it: 40 hexadecimal digits. */
export function formatMagnet(magnet: Pick<Magnet, "infoHash"> & Partial<Magnet>): string {
  const { infoHash, name, length, trackers = [], peers = [], selected = [] } = magnet;
  const ranges = selected.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
  return [
    `magnet:?xt=urn:btih:${hexOf(infoHash)}`,
    ...(name === undefined ? [] : [`dn=${encoded(name)}`]),
    ...(length === undefined ? [] : [`xl=${length}`]),
    ...trackers.map((url) => `tr=${encoded(url)}`),
    ...peers.map(({ host, port }) => `x.pe=${host.includes(":") ? `[${host}]` : host}:${port}`),
    ...(ranges.length === 0 ? [] : [`so=${ranges.join(",")}`]),
  ].join("&");
}

function infoHashOf(topics: readonly string[]): Uint8Array {
  const hashes = topics.flatMap((topic) => /^urn:btih:(.*)$/isu.exec(topic)?.[1] ?? []).map(parseHash);
  const [hash] = hashes;
  if (hash === undefined) {
    if (topics.some((topic) => /^urn:btmh:/iu.test(topic)))
      throw bad("it names a torrent of BitTorrent v2 alone (urn:btmh:), which is not supported yet");
    const given =
      topics.length === 0 ? "nothing" : topics.map((topic) => JSON.stringify(topic.slice(0, 60))).join(", ");
    throw bad(`it names ${given} where xt=urn:btih: and an info-hash belong`);
  }
  if (hashes.some((other) => Buffer.compare(other, hash) !== 0)) throw bad("it names two torrents");
  return hash;
}

function parseHash(text: string): Uint8Array {
  if (/^[0-9a-f]{40}$/iu.test(text)) return Uint8Array.from(Buffer.from(text, "hex"));
  if (/^[a-z2-7]{32}$/iu.test(text)) return fromBase32(text.toLowerCase());
  throw bad(
    `${JSON.stringify(text.slice(0, 60))} is no info-hash: that is 40 hexadecimal digits, or 32 letters and digits from 2 to 7`,
  );
}

/** RFC 4648: five bits for each character. */
function fromBase32(text: string): Uint8Array {
  let bits = 0n;
  for (const character of text) bits = bits * 32n + BigInt(base32.indexOf(character));
  return Uint8Array.from(Buffer.from(bits.toString(16).padStart(INFO_HASH_BYTES * 2, "0"), "hex"));
}

function parsePeer(text: string): { host: string; port: number } {
  const [, v6, other, digits] = /^(?:\[([\da-f:.]+)\]|([^\s:[\]/@]+)):(\d{1,5})$/iu.exec(text) ?? [];
  const [host, port] = [v6 ?? other, Number(digits)];
  if (host === undefined || port < 1 || port > 65_535)
    throw bad(
      `x.pe: ${JSON.stringify(text.slice(0, 100))} is not the address of a peer, such as 192.0.2.1:6881 or [2001:db8::1]:6881`,
    );
  return { host, port };
}

function parseRange(text: string): { first: number; last: number } {
  const [begin = "", end = begin, more] = text.split("-");
  const [first, last] = [parseInteger("so", begin), parseInteger("so", end)];
  if (more !== undefined || first > last)
    throw bad(
      `so: ${JSON.stringify(text.slice(0, 60))} is not the number of a file, or the first and the last of several: 3, 6-8`,
    );
  return { first, last };
}

function parseInteger(parameter: string, text: string): number {
  const number = /^\d+$/u.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(number))
    throw bad(`${parameter}: ${JSON.stringify(text.slice(0, 60))} is not a number`);
  return number;
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function bad(why: string): UsageError {
  return new UsageError("bad-magnet", `not a magnet link that can be followed: ${why}`);
}
