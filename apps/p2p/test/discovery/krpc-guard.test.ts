// What the guard lets the DHT library hear and say.
import { beforeEach, expect, test } from "vitest";
import { encode } from "../../src/bencode/encode.ts";
import {
  decodeKrpc,
  encodeKrpc,
  type Answer,
  type KrpcMessage,
  type Query,
} from "../../src/discovery/krpc.ts";
import { KrpcGuard } from "../../src/discovery/krpc-guard.ts";
import { nodeIdFor } from "../../src/discovery/node-id.ts";

const OUTSIDE = "124.31.75.21";
const t = Uint8Array.of(0, 1);
const id = new Uint8Array(20).fill(1);
const hash = (byte: number): Uint8Array => new Uint8Array(20).fill(byte);
const ping: Query = { t, y: "q", q: "ping", a: { id } };
const find = (byte: number): Query => ({ t, y: "q", q: "get_peers", a: { id, info_hash: hash(byte) } });
const announce = (byte: number, token: Uint8Array): Query => ({
  t,
  y: "q",
  q: "announce_peer",
  a: { id, info_hash: hash(byte), token, port: 7, implied_port: 0 },
});

let guard: KrpcGuard;
let moved: string[];
beforeEach(() => {
  moved = [];
  guard = new KrpcGuard({ onExternalHost: (host) => moved.push(host) });
});

function hear(message: KrpcMessage, host = "127.0.0.2", port = 9, nowMs = 0): KrpcMessage[] {
  const heard: KrpcMessage[] = [];
  guard.receive(encodeKrpc(message), host, port, nowMs, (bytes) => heard.push(decodeKrpc(bytes)));
  return heard;
}

/** What goes out when the library answers a query so. */
function answerTo(query: Query, r: Answer["r"], host = "127.0.0.2"): Answer {
  let sent: KrpcMessage | undefined;
  guard.receive(encodeKrpc(query), host, 9, 0, () => {
    sent = decodeKrpc(guard.send(encodeKrpc({ t: query.t, y: "r", r }), host, 9));
  });
  return sent as Answer;
}

/** What comes in when a node answers what it was asked. */
function hearAnswer(r: Answer["r"], host: string, ip?: Uint8Array): Answer {
  guard.send(encodeKrpc(ping), host, 9);
  return hear({ t, y: "r", r, ...(ip && { ip }) }, host)[0] as Answer;
}

test("an answer passes once, and only from whom it was asked", () => {
  const answer: Answer = { t, y: "r", r: { id } };
  expect(hear(answer)).toEqual([]);
  guard.send(encodeKrpc(ping), "127.0.0.2", 9);
  expect(hear(answer, "127.0.0.3")).toEqual([]);
  expect(hear(answer, "127.0.0.2", 10)).toEqual([]);
  expect(hear(answer)).toHaveLength(1);
  expect(hear(answer)).toEqual([]);
});

test("a token announces the torrent that it was given for, from there, and no other", () => {
  const { token } = answerTo(find(1), { id, token: hash(9) }).r;
  const [passed] = hear(announce(1, token!)) as Query[];
  expect(passed?.a.token).toEqual(hash(9));
  expect(hear(announce(2, token!))).toEqual([]);
  expect(hear(announce(1, token!), "127.0.0.3")).toEqual([]);
  expect(hear(announce(1, hash(9)))).toEqual([]);
});

test("an answer has eight nodes, fifty peers and the address it goes to: little more than the question", () => {
  const values = Array.from({ length: 4000 }, () => new Uint8Array(6).fill(1));
  // What the library gives to say is read here without the limits on what others say.
  const sent = answerTo(find(1), {
    id,
    token: hash(9),
    values: values.slice(0, 500),
    nodes: new Uint8Array(26 * 100),
  });
  expect(sent.r.nodes).toHaveLength(26 * 8);
  expect(sent.r.values).toHaveLength(50);
  expect(sent.ip).toEqual(Uint8Array.of(127, 0, 0, 2, 0, 9));
  expect(encodeKrpc(sent).length).toBeLessThan(1000);
});

test("an answer of thousands of peers goes out, cut to fifty", () => {
  const values = Array.from({ length: 4000 }, () => new Uint8Array(6).fill(1));
  expect(answerTo(find(1), { id, values }).r.values).toHaveLength(50);
});

test("a node outside that has picked its id is not announced to", () => {
  const token = hash(9);
  expect(hearAnswer({ id, token }, OUTSIDE).r.token).toBeUndefined();
  const fitting = nodeIdFor(Uint8Array.of(124, 31, 75, 21), id);
  expect(hearAnswer({ id: fitting, token }, OUTSIDE).r.token).toEqual(token);
});

test("a node outside names no address of ours, of nobody or of everybody", () => {
  const peers = ["127.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "9.9.9.9"].map((host) =>
    Uint8Array.of(...host.split(".").map(Number), 0, 80),
  );
  const values = [...peers, Uint8Array.of(9, 9, 9, 9, 0, 0)];
  const nodes = Buffer.concat(peers.flatMap((peer) => [id, peer]));
  const outside = hearAnswer({ id, values, nodes }, OUTSIDE).r;
  expect(outside.values).toEqual([peers[4]]);
  expect(outside.nodes).toHaveLength(26);
  expect(hearAnswer({ id, values, nodes }, "127.0.0.2").r.values).toEqual([peers[0], peers[4]]);
});

test("five nodes of one mind tell us our address, four or a minority do not", () => {
  const ip = Uint8Array.of(9, 9, 9, 9, 0, 1);
  for (let n = 1; n <= 4; n++) hearAnswer({ id }, `127.0.0.${n}`, ip);
  hearAnswer({ id }, "127.0.0.4", ip);
  expect(moved).toEqual([]);
  hearAnswer({ id }, "127.0.0.5", ip);
  hearAnswer({ id }, "127.0.0.6", ip);
  expect(moved).toEqual(["9.9.9.9"]);
  for (let n = 7; n <= 12; n++) hearAnswer({ id }, `127.0.0.${n}`, Uint8Array.of(8, 8, 8, 8, 0, 1));
  expect(moved).toEqual(["9.9.9.9"]);
});

test("of a thousand queries in a second, the first four hundred and then two hundred a second are heard", () => {
  const heard = Array.from({ length: 1000 }, (_, n) => hear(ping, "127.0.0.2", 9, n).length);
  expect(heard.filter((count) => count === 1).length).toBeCloseTo(600, -1);
});

test("what is not KRPC is not heard, and costs no error", () => {
  guard.receive(encode({ y: "q" }), "127.0.0.2", 9, 0, () => expect.unreachable());
  guard.receive(Uint8Array.of(1, 2, 3), "127.0.0.2", 9, 0, () => expect.unreachable());
});
