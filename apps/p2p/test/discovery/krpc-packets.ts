// Datagrams that nobody should send to a DHT node. Each of the first six ends a process of bittorrent-dht 11.0.12 by itself.
import { encode, type Encodable } from "../../src/bencode/encode.ts";

const id = new Uint8Array(20).fill(1);
const t = "aa";
const query = (q: string, a: Encodable): Uint8Array => encode({ t, y: "q", q, a });

export const deadly: readonly (readonly [what: string, bytes: Uint8Array])[] = [
  ["get_peers for a number", query("get_peers", { id, info_hash: 5 })],
  ["announce_peer whose token is a number", query("announce_peer", { id, info_hash: id, port: 5, token: 5 })],
  ["find_node of a number", query("find_node", { id, target: 5 })],
  ["a kind that cannot be made text", encode({ t, y: { toString: 5 } })],
  ["a method that cannot be made text", encode({ t, y: "q", q: { toString: 5 }, a: {} })],
  ["put whose token is a number", query("put", { id, token: 5, v: 1 })],
];

export const odd: readonly Uint8Array[] = [
  new Uint8Array(),
  new Uint8Array(65_000).fill(0x6c),
  query("get_peers", { id, info_hash: new Uint8Array(19) }),
  query("get_peers", { id: new Uint8Array(3), info_hash: id }),
  query("vote", { id, target: id }),
  query("ping", []),
  encode({ t: new Uint8Array(2000), y: "q", q: "ping", a: { id } }),
  encode({ y: "q", q: "ping", a: { id } }),
  encode({ t, y: "r", r: { id: 5, nodes: 5, values: 5 } }),
  encode({ t, y: "e", e: { join: 5 } }),
];
