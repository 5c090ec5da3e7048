// The DHT (BEP 5, 42), of real nodes on loopback addresses: found, fed with garbage, closed.
import { afterEach, expect, test } from "vitest";
import { openDatagrams, type Datagrams } from "@socketlab/core/datagrams";
import { openDht } from "../../src/discovery/dht.ts";
import type { Dht } from "../../src/discovery/discovery.ts";
import type { PeerAddress } from "../../src/engine/address-book.ts";
import { encode } from "../../src/bencode/encode.ts";
import { decodeKrpc, encodeKrpc } from "../../src/discovery/krpc.ts";
import { mayHaveNodeId } from "../../src/discovery/node-id.ts";
import { deadly, odd } from "./krpc-packets.ts";

const infoHash = new Uint8Array(20).fill(7);
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function node(host: string, ...bootstrap: PeerAddress[]): Promise<Dht> {
  const dht = await openDht({ host, port: 0, bootstrap });
  open.push(dht);
  return dht;
}

/** So many that know each other, from 127.0.0.2 on, and their first. */
async function network(count: number): Promise<Dht[]> {
  const first = await node("127.0.0.1");
  const entrance = { host: "127.0.0.1", port: first.port };
  const others: Dht[] = [];
  for (let n = 2; n <= count; n++) others.push(await node(`127.0.0.${n}`, entrance));
  await expect
    .poll(() => others.every((one) => one.nodeCount >= Math.min(8, count - 1)), { timeout: 10_000 })
    .toBe(true);
  return [first, ...others];
}

/** Whom it finds until there are so many. */
async function found(dht: Dht, count: number): Promise<string[]> {
  const peers = new Set<string>();
  const stop = dht.onPeer((hash, peer) => {
    if (Buffer.from(hash).equals(infoHash)) peers.add(`${peer.host}:${peer.port}`);
  });
  await expect.poll(() => dht.lookup(infoHash).then(() => peers.size), { timeout: 10_000 }).toBe(count);
  stop();
  return [...peers].toSorted();
}

test("in a DHT of twenty nodes, whoever asks finds the peers that have announced, and no others", async () => {
  const nodes = await network(20);
  for (const [index, one] of nodes.slice(3, 6).entries()) one.announce(infoHash, 7000 + index);
  nodes[9]!.announce(new Uint8Array(20).fill(9), 9999);
  expect(await found(nodes[19]!, 3)).toEqual(["127.0.0.4:7000", "127.0.0.5:7001", "127.0.0.6:7002"]);
  // Nobody looks who is not asked to.
  await nodes[18]!.lookup(new Uint8Array(20).fill(8));
});

test("a node that nobody has named is known once a peer tells its port", async () => {
  const [first, second] = await network(2);
  const stranger = await node("127.0.0.99");
  await stranger.lookup(infoHash);
  expect(stranger.nodeCount).toBe(0);
  second!.announce(infoHash, 7000);
  stranger.addNode({ host: "127.0.0.1", port: first!.port });
  await expect.poll(() => stranger.nodeCount).toBeGreaterThan(0);
  expect(await found(stranger, 1)).toEqual(["127.0.0.2:7000"]);
});

test("where nobody else is, whoever announces itself here is found by that, and need not be asked for", async () => {
  const alone = await node("127.0.0.1");
  const peers: string[] = [];
  alone.onPeer((hash, { host, port }) => {
    if (Buffer.from(hash).equals(infoHash)) peers.push(`${host}:${port}`);
  });
  const second = await node("127.0.0.2", { host: "127.0.0.1", port: alone.port });
  second.announce(infoHash, 7000);
  await expect.poll(() => peers).toEqual(["127.0.0.2:7000"]);
});

test("what has been given up is not announced", async () => {
  const [, second, third] = await network(3);
  const stop = new AbortController();
  second!.announce(infoHash, 7000, AbortSignal.abort());
  third!.announce(infoHash, 7001, stop.signal);
  expect(await found(second!, 1)).toEqual(["127.0.0.3:7001"]);
  stop.abort();
});

test.each(deadly)("%s kills no node", async (_, bytes) => {
  const [first, second] = await network(2);
  const sender = await openDatagrams({ host: "127.0.0.50", port: 0, onDatagram: () => expect.unreachable() });
  open.push(sender);
  for (const each of [bytes, ...odd]) sender.send(each, "127.0.0.1", first!.port);
  second!.announce(infoHash, 7000);
  expect(await found(second!, 1)).toEqual(["127.0.0.2:7000"]);
});

test("forty thousand datagrams of garbage, and strangers' announcements, cost a bounded memory", async () => {
  const [first, second] = await network(2);
  const tokens: Uint8Array[] = [];
  const flood = await openDatagrams({
    host: "127.0.0.50",
    port: 0,
    onDatagram: (bytes) => tokens.push(bytes),
  });
  open.push(flood);
  const id = (n: number): Uint8Array =>
    Buffer.concat([Buffer.alloc(16, n), Buffer.from(new Uint32Array([n]).buffer)]);
  const rss = (): number => process.memoryUsage().rss / 2 ** 20;
  const throwAll = async (from: number, count: number): Promise<void> => {
    for (let n = from; n < from + count; n++) {
      const a = { id: id(n), info_hash: id(n), token: id(n), port: 1 + (n % 60_000), target: id(n) };
      const q = ["ping", "find_node", "get_peers", "announce_peer"][n % 4]!;
      const bytes = encode({ t: "aa", y: n % 5 === 0 ? "r" : "q", q, a, r: { id: id(n), nodes: id(n) } });
      if (n % 3 === 0) bytes[n % bytes.length]! ^= n;
      flood.send(bytes, "127.0.0.1", first!.port);
      if (n % 200 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  await throwAll(0, 10_000);
  const before = rss();
  await throwAll(10_000, 30_000);
  // It is this process, too, that makes the garbage.
  expect(rss() - before).toBeLessThan(60);
  // Its bucket of queries is full again a moment later.
  await new Promise((resolve) => setTimeout(resolve, 500));
  second!.announce(infoHash, 7000);
  expect(await found(second!, 1)).toEqual(["127.0.0.2:7000"]);
});

test("when five nodes say that our address is another, the id becomes one that fits it, and announcing goes on", async () => {
  const external = Uint8Array.of(124, 31, 75, 21);
  const announced: Uint8Array[] = [];
  const voters = await Promise.all(
    Array.from({ length: 6 }, async (_, n) => {
      const voter: Datagrams = await openDatagrams({
        host: `127.0.0.${60 + n}`,
        port: 0,
        onDatagram: (bytes, host, port) => {
          const message = decodeKrpc(bytes);
          if (message.y !== "q") return;
          if (message.q === "announce_peer") announced.push(message.a.id);
          const r = { id: new Uint8Array(20).fill(60 + n), token: Uint8Array.of(1) };
          voter.send(
            encodeKrpc({ t: message.t, y: "r", ip: Uint8Array.of(...external, 0, 1), r }),
            host,
            port,
          );
        },
      });
      open.push(voter);
      return voter;
    }),
  );
  const dht = await node("127.0.0.1");
  dht.announce(infoHash, 7000);
  for (const { host, port } of voters) dht.addNode({ host, port });
  await expect
    .poll(() => announced.filter((id) => mayHaveNodeId(external, id)).length, { timeout: 20_000 })
    .toBeGreaterThan(4);
});

test("closed in the midst of a lookup, it ends the lookup, and its port is free", async () => {
  const [first, second] = await network(2);
  const port = second!.port;
  first!.close().catch(expect.unreachable);
  const lookup = second!.lookup(infoHash);
  second!.announce(infoHash, 7000);
  await second!.close();
  await second!.close();
  await lookup;
  second!.announce(infoHash, 7000);
  second!.addNode({ host: "127.0.0.1", port: 1 });
  await second!.lookup(infoHash);
  open.push(await openDht({ host: "127.0.0.2", port, bootstrap: [] }));
});

test("a name that leads nowhere, or to nobody, costs nothing but time", async () => {
  const lonely = await node(
    "127.0.0.1",
    { host: "127.0.0.77", port: 9 },
    { host: "nowhere.invalid", port: 9 },
  );
  const ended = await Promise.race([
    lonely.lookup(infoHash).then(() => "ended"),
    new Promise((resolve) => setTimeout(resolve, 8000, "too late")),
  ]);
  expect(ended).toBe("ended");
});

test("an address that is not IPv4, and one that is not ours, are refused with a reason", async () => {
  await expect(openDht({ host: "::1", port: 0, bootstrap: [] })).rejects.toMatchObject({
    code: "bad-endpoint",
  });
  await expect(openDht({ host: "192.0.2.1", port: 0, bootstrap: [] })).rejects.toMatchObject({
    code: "no-such-address",
  });
});
