// A small tracker over HTTP and UDP, wrong in the way that its argument says; each way must be caught by a check of its name.
// Without an argument it is right.
import { createSocket } from "node:dgram";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const way = process.argv[2] ?? "right";
const is = (name: string): boolean => way === name;

interface Peer {
  readonly ip: string;
  readonly port: number;
  readonly isSeed: boolean;
}

interface Announce {
  readonly infoHash: string;
  readonly ip: string;
  readonly claimedIp: string | undefined;
  readonly port: number;
  readonly left: number;
  readonly event: string | undefined;
  readonly numWant: number;
}

const swarms = new Map<string, { peers: Map<string, Peer>; completed: number }>();

function swarmOf(infoHash: string): { peers: Map<string, Peer>; completed: number } {
  const key = is("mixes-torrents") ? "" : infoHash;
  const swarm = swarms.get(key) ?? { peers: new Map<string, Peer>(), completed: 0 };
  swarms.set(key, swarm);
  return swarm;
}

/** @returns peers in six bytes each. */
function announce(asked: Announce): { seeds: number; leechers: number; peers: Buffer } {
  const swarm = swarmOf(asked.infoHash);
  const ip = is("believes-anybody") ? (asked.claimedIp ?? asked.ip) : asked.ip;
  const key = is("counts-twice") ? `${Math.random()}` : `${ip}:${asked.port}`;
  if (asked.event === "stopped" && !is("keeps-the-dead")) swarm.peers.delete(key);
  else swarm.peers.set(key, { ip, port: asked.port, isSeed: asked.left === 0 });
  if (asked.event === "completed" && !is("never-completes")) swarm.completed++;
  const others = is("tells-nobody")
    ? []
    : [...swarm.peers.values()].filter(({ port }) => port !== asked.port);
  const wanted = is("ignores-numwant") ? others : others.slice(0, asked.numWant);
  const peers = wanted.map((peer) => {
    const bytes = Buffer.from([...peer.ip.split(".").map(Number), 0, 0]);
    if (is("ports-backwards")) bytes.writeUInt16LE(peer.port, 4);
    else bytes.writeUInt16BE(peer.port, 4);
    return bytes;
  });
  return { ...counts(asked.infoHash), peers: Buffer.concat(peers) };
}

function counts(infoHash: string): { seeds: number; leechers: number; completed: number } {
  const { peers, completed } = swarmOf(infoHash);
  const seeds = [...peers.values()].filter(({ isSeed }) => isSeed).length;
  const [first, second] = is("swaps-counts") ? [peers.size - seeds, seeds] : [seeds, peers.size - seeds];
  return { seeds: first, leechers: second, completed };
}

function unescape(text: string): string {
  const bytes = Buffer.from(
    text.replaceAll(/%([\da-f]{2})/giu, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    "latin1",
  );
  return is("reads-text") ? bytes.toString("utf8") : bytes.toString("latin1");
}

function answerHttp(url: string, ip: string): Buffer {
  const [path = "", query = ""] = url.split("?");
  const pairs = query.split("&").map((pair) => pair.split("=") as [string, string?]);
  const asked = new Map(pairs.map(([name, value = ""]) => [name, unescape(value)]));
  const infoHash = asked.get("info_hash") ?? "";
  if (infoHash.length !== 20 && !is("reads-text"))
    return Buffer.from(is("fails-in-html") ? "<h1>400</h1>" : "d14:failure reason9:info_hashe");
  if (!asked.has("port") && path === "/announce") return Buffer.from("d14:failure reason4:porte");
  if (path === "/scrape") {
    const { seeds, leechers, completed } = counts(infoHash);
    const file = `d8:completei${seeds}e10:downloadedi${completed}e10:incompletei${leechers}ee`;
    return Buffer.from(`d5:filesd20:${infoHash}${file}ee`, "latin1");
  }
  const { seeds, leechers, peers } = announce({
    infoHash,
    ip,
    claimedIp: asked.get("ip"),
    port: Number(asked.get("port")),
    left: Number(asked.get("left")),
    event: asked.get("event"),
    numWant: Number(asked.get("numwant") ?? 50),
  });
  const [one, other] = [`8:completei${seeds}e10:incompletei${leechers}e`, "8:intervali1800e"];
  const head = is("does-not-sort") ? `d${other}${one}` : `d${one}${other}`;
  return Buffer.concat([Buffer.from(`${head}5:peers${peers.length}:`), peers, Buffer.from("e")]);
}

const ids = new Map<string, bigint>();

function answerUdp(datagram: Buffer, ip: string, port: number): Buffer | undefined {
  if (datagram.length < 16) return undefined;
  const [action, transaction] = [datagram.readUInt32BE(8), datagram.readUInt32BE(12)];
  const answer = (length: number, kind = action): Buffer => {
    const bytes = Buffer.alloc(length);
    bytes.writeUInt32BE(kind);
    bytes.writeUInt32BE(is("forgets-the-number") ? 0 : transaction, 4);
    return bytes;
  };
  const from = `${ip}:${port}`;
  if (action === 0) {
    if (datagram.readBigUInt64BE() !== 0x41727101980n) return undefined;
    const id = BigInt(Math.floor(Math.random() * 2 ** 50));
    ids.set(from, id);
    const bytes = answer(is("answers-connect-at-length") ? 200 : 16);
    bytes.writeBigUInt64BE(id, 8);
    return bytes;
  }
  if (ids.get(from) !== datagram.readBigUInt64BE() && !is("takes-any-id"))
    return is("explains-at-length") ? Buffer.concat([answer(8, 3), Buffer.alloc(500, "x")]) : undefined;
  if (action === 2) {
    const { seeds, completed, leechers } = counts(datagram.toString("latin1", 16, 36));
    const bytes = answer(20);
    for (const [at, count] of [seeds, completed, leechers].entries()) bytes.writeUInt32BE(count, 8 + 4 * at);
    return bytes;
  }
  if (action !== 1) return undefined;
  if (is("wants-98-bytes") && datagram.length !== 98) return undefined;
  const whole = is("serves-pieces") ? Buffer.concat([datagram, Buffer.alloc(98)]) : datagram;
  if (whole.length < 98) return undefined;
  const claimed = [...whole.subarray(84, 88)].join(".");
  const { seeds, leechers, peers } = announce({
    infoHash: whole.toString("latin1", 16, 36),
    ip,
    claimedIp: claimed === "0.0.0.0" ? undefined : claimed,
    port: whole.readUInt16BE(96),
    left: Number(whole.readBigUInt64BE(64)),
    event: [undefined, "completed", "started", "stopped"][whole.readUInt32BE(80)],
    numWant: whole.readInt32BE(92) < 0 ? 50 : whole.readInt32BE(92),
  });
  const bytes = answer(20);
  for (const [at, field] of [1800, leechers, seeds].entries()) bytes.writeUInt32BE(field, 8 + 4 * at);
  return Buffer.concat([bytes, peers]);
}

const http = createServer((request, response) => {
  response.end(answerHttp(request.url ?? "", "127.0.0.1"));
});
http.listen(0, "127.0.0.1", () =>
  console.log(`http://127.0.0.1:${(http.address() as AddressInfo).port}/announce`),
);
const udp = createSocket("udp4", (datagram, { address, port }) => {
  const reply = answerUdp(datagram, address, port);
  if (reply !== undefined) udp.send(reply, port, address);
});
udp.bind(0, "127.0.0.1", () => console.log(`udp://127.0.0.1:${udp.address().port}`));
