// Who a peer says it is: twenty bytes, of which the first tell the program and its version (BEP 20). Not to be relied on.
import { printable } from "./handshake.ts";

const OWN_PREFIX = "-SL0100-";
export const PEER_ID_RANDOM_BYTES: number = 20 - OWN_PREFIX.length;

const names: Readonly<Record<string, string>> = {
  AZ: "Vuze",
  BC: "BitComet",
  BI: "BiglyBT",
  DE: "Deluge",
  FD: "Free Download Manager",
  GT: "anacrolix/torrent",
  KT: "KTorrent",
  LT: "libtorrent",
  lt: "rTorrent",
  qB: "qBittorrent",
  rQ: "rqbit",
  SL: "Socketlab",
  TR: "Transmission",
  UT: "µTorrent",
  WW: "WebTorrent",
  XL: "Xunlei",
};

/** @param random twelve bytes of chance. */
export function newPeerId(random: Uint8Array): Uint8Array {
  const id = new Uint8Array(20);
  id.set(new TextEncoder().encode(OWN_PREFIX));
  id.set(random.subarray(0, PEER_ID_RANDOM_BYTES), OWN_PREFIX.length);
  return id;
}

/** The program's name and version, as far as they can be read; undefined else. BEP 10's `v` says it better. */
export function clientOf(peerId: Uint8Array): string | undefined {
  const text = String.fromCharCode(...peerId);
  const azureus = /^-([A-Za-z~]{2})([0-9A-Za-z.]{4})-/.exec(text);
  if (azureus) {
    const [, code = "", digits = ""] = azureus;
    return `${names[code] ?? code} ${versionOf(digits)}`;
  }
  const dashed = /^(A2|M)-?(\d+)-(\d+)-(\d+)-/.exec(text);
  if (dashed === null) return undefined;
  return printable(`${dashed[1] === "A2" ? "aria2" : "BitTorrent"} ${dashed.slice(2).join(".")}`);
}

/** Each character is a digit in base 36; the last is not shown if it is 0. */
function versionOf(digits: string): string {
  const numbers = Array.from(digits, (digit) => Number.parseInt(digit, 36)).filter(
    (part) => !Number.isNaN(part),
  );
  return (numbers.at(-1) === 0 ? numbers.slice(0, -1) : numbers).join(".");
}
