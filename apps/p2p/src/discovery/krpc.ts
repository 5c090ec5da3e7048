// What DHT nodes say to one another, KRPC (BEP 5): datagrams to checked messages and back. Knows no node and no socket.
import { ProtocolError } from "@socketlab/core/browser";
import { decode } from "../bencode/decode.ts";
import { encode } from "../bencode/encode.ts";
import { bytesAt, dictionaryAt, integerAt, isDictionary, listAt, textAt } from "../bencode/value.ts";
import type { Dictionary } from "../bencode/value.ts";
import { NODE_ID_BYTES } from "./node-id.ts";

interface KrpcLimits {
  readonly maxBytes: number;
  readonly maxTokens: number;
}
/** A few times what fits a datagram that is not cut on its way. */
const DATAGRAM: KrpcLimits = { maxBytes: 8 * 1024, maxTokens: 1500 };
const MAX_DEPTH = 5;
export const COMPACT_NODE_BYTES = 26;
const COMPACT_PEER_BYTES = 6;
/** Whoever asks chooses it, and we give it back. */
const MAX_TRANSACTION_BYTES = 32;
const MAX_TOKEN_BYTES = 64;
const MAX_REASON_BYTES = 100;

const methods = ["ping", "find_node", "get_peers", "announce_peer"] as const;
type Method = (typeof methods)[number];

/** The names are those of the wire, as what is checked is encoded again. */
export interface Query {
  t: Uint8Array;
  y: "q";
  q: Method;
  a: {
    id: Uint8Array;
    target?: Uint8Array;
    info_hash?: Uint8Array;
    token?: Uint8Array;
    port?: number;
    implied_port?: number;
  };
}
export interface Answer {
  t: Uint8Array;
  y: "r";
  /** BEP 42: whom the answer goes to, as seen from there: IPv4 address and port. */
  ip?: Uint8Array;
  r: { id: Uint8Array; nodes?: Uint8Array; values?: Uint8Array[]; token?: Uint8Array };
}
interface Failure {
  t: Uint8Array;
  y: "e";
  e: [code: number, reason: Uint8Array];
}
export type KrpcMessage = Query | Answer | Failure;

export function encodeKrpc(message: KrpcMessage): Uint8Array {
  return encode({ ...message });
}

/**
 * Takes what is known and of the right kind, and leaves out the rest: what comes out has no field but those above.
 * @throws ProtocolError `bad-bencode`, `bad-krpc`.
 */
export function decodeKrpc(bytes: Uint8Array, limits: KrpcLimits = DATAGRAM): KrpcMessage {
  const message = decode(bytes, { ...limits, maxDepth: MAX_DEPTH, unsortedKeys: true });
  if (!isDictionary(message)) throw bad("a message is a dictionary");
  const t = sized(message, "t", 1, MAX_TRANSACTION_BYTES);
  const y = textAt(message, "y");
  if (y === "q") return { t, y, ...readQuery(message) };
  if (y === "r") return { t, y, ...readAnswer(message) };
  if (y === "e") return { t, y, e: readFailure(message) };
  throw bad("a message is a query, an answer or an error");
}

function readQuery(message: Dictionary): Pick<Query, "q" | "a"> {
  const name = textAt(message, "q");
  const q = methods.find((method) => method === name);
  const given = dictionaryAt(message, "a");
  if (q === undefined || given === undefined) throw bad("a query of no known method, or without arguments");
  const a: Query["a"] = { id: sized(given, "id", NODE_ID_BYTES) };
  if (q === "find_node") a.target = sized(given, "target", NODE_ID_BYTES);
  if (q === "get_peers" || q === "announce_peer") a.info_hash = sized(given, "info_hash", NODE_ID_BYTES);
  if (q === "announce_peer") {
    a.token = sized(given, "token", 1, MAX_TOKEN_BYTES);
    a.implied_port = integerAt(given, "implied_port") === 1 ? 1 : 0;
    const port = integerAt(given, "port") ?? 0;
    if (a.implied_port === 0 && (port < 1 || port > 65_535)) throw bad(`port ${port}`);
    a.port = a.implied_port === 1 ? 0 : port;
  }
  return { q, a };
}

function readAnswer(message: Dictionary): Omit<Answer, "t" | "y"> {
  const given = dictionaryAt(message, "r");
  if (given === undefined) throw bad("an answer without values");
  const r: Answer["r"] = { id: sized(given, "id", NODE_ID_BYTES) };
  const nodes = bytesAt(given, "nodes");
  if (nodes !== undefined && nodes.length % COMPACT_NODE_BYTES === 0) r.nodes = nodes;
  // Some mix IPv6 peers of 18 bytes among them, against BEP 32.
  const values = listAt(given, "values")?.filter((value) => value instanceof Uint8Array);
  if (values !== undefined) r.values = values.filter(({ length }) => length === COMPACT_PEER_BYTES);
  const token = bytesAt(given, "token");
  if (token !== undefined && token.length > 0 && token.length <= MAX_TOKEN_BYTES) r.token = token;
  const ip = bytesAt(message, "ip");
  return ip?.length === COMPACT_PEER_BYTES ? { r, ip } : { r };
}

function readFailure(message: Dictionary): Failure["e"] {
  const [code, reason] = listAt(message, "e") ?? [];
  return [
    typeof code === "number" ? code : 201,
    reason instanceof Uint8Array ? reason.subarray(0, MAX_REASON_BYTES) : new Uint8Array(),
  ];
}

function sized(dictionary: Dictionary, key: string, min: number, max: number = min): Uint8Array {
  const bytes = bytesAt(dictionary, key);
  if (bytes === undefined || bytes.length < min || bytes.length > max)
    throw bad(`${key} of ${bytes?.length ?? "no"} bytes`);
  return bytes;
}

function bad(what: string): ProtocolError {
  return new ProtocolError("bad-krpc", what);
}
