// Local discovery (BEP 14) over real multicast, which leaves neither loopback nor a network namespace of the test's own.
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { VirtualClock } from "@socketlab/core";
import { openDatagrams } from "@socketlab/core/datagrams";
import { killRunning, needs, run } from "@socketlab/core/test-kit";
import { afterAll, afterEach, expect, test } from "vitest";
import type { Discovery } from "../../src/discovery/discovery.ts";
import { decodeLsd, encodeLsd, type LsdMessage } from "../../src/discovery/lsd-message.ts";
import { openLsd } from "../../src/discovery/lsd.ts";
import { deadly, odd } from "./krpc-packets.ts";

const GROUP = "239.192.152.143";
const peer = fileURLToPath(new URL("lsd-peer.ts", import.meta.url));
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});
afterAll(killRunning);

async function lsd(clock?: VirtualClock): Promise<Discovery> {
  const opened = await openLsd({ host: "127.0.0.1", ...(clock && { clock }) });
  open.push(opened);
  return opened;
}

/** Everything that is called out of this torrent; and a voice to call out with. */
async function neighbour(
  infoHash: Uint8Array,
): Promise<{ heard: LsdMessage[]; say: (bytes: Uint8Array) => void }> {
  const heard: LsdMessage[] = [];
  const onDatagram = (bytes: Uint8Array): void => {
    // Other tests on this machine may be speaking.
    if (!Buffer.from(bytes).includes(Buffer.from(infoHash).toString("hex"))) return;
    heard.push(decodeLsd(bytes));
  };
  const datagrams = await openDatagrams({ host: "127.0.0.1", port: 6771, group: GROUP, onDatagram });
  open.push(datagrams);
  return { heard, say: (bytes) => datagrams.send(bytes, GROUP, 6771) };
}

/** Until what has been said so far has surely been heard. */
const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

test("two peers on one network find each other, and not themselves", async () => {
  const infoHash = randomBytes(20);
  const [one, other] = [await lsd(), await lsd()];
  const found: [string, number][] = [];
  one.onPeer((hash, { host, port }) => found.push([`${host} ${Buffer.from(hash).equals(infoHash)}`, port]));
  other.onPeer((_, { port }) => found.push(["other", port]));
  one.announce(infoHash, 7001);
  await quiet();
  other.announce(infoHash, 7002);
  await expect.poll(() => found).toEqual([["127.0.0.1 true", 7002]]);
});

test("it calls out at once, when it hears another after a minute, and every five minutes", async () => {
  const infoHash = randomBytes(20);
  const clock = new VirtualClock();
  const { heard, say } = await neighbour(infoHash);
  const one = await lsd(clock);
  one.announce(infoHash, 7001);
  const saidWithin = async (ms: number): Promise<number> => {
    const before = heard.length;
    await clock.advance(ms);
    await quiet();
    return heard.length - before;
  };
  const callOut = async (): Promise<number> => {
    say(encodeLsd({ port: 7002, infoHashes: [infoHash], cookie: "another" }, `${GROUP}:6771`));
    await quiet();
    // The other's own.
    return await saidWithin(1);
  };
  expect(await saidWithin(1)).toBe(1);
  expect(await callOut()).toBe(0);
  expect(await saidWithin(60_000)).toBe(0);
  expect(await callOut()).toBe(1);
  expect(await saidWithin(4 * 60_000)).toBe(1);
  await one.close();
  expect(await saidWithin(60 * 60_000)).toBe(0);
});

test("a torrent that was given up, and one of somebody else, are neither called out nor told", async () => {
  const infoHash = randomBytes(20);
  const { heard, say } = await neighbour(infoHash);
  const one = await lsd();
  one.onPeer(() => expect.unreachable());
  const stop = new AbortController();
  one.announce(infoHash, 7001, stop.signal);
  stop.abort();
  say(encodeLsd({ port: 7002, infoHashes: [infoHash], cookie: undefined }, `${GROUP}:6771`));
  await quiet();
  expect(heard.map(({ port }) => port)).toEqual([7002]);
});

test("sixty torrents are called out in three datagrams", async () => {
  const infoHashes = Array.from({ length: 60 }, () => randomBytes(20));
  const heard: number[] = [];
  const onDatagram = (bytes: Uint8Array): void => void heard.push(decodeLsd(bytes).infoHashes.length);
  open.push(await openDatagrams({ host: "127.0.0.1", port: 6771, group: GROUP, onDatagram }));
  const one = await lsd();
  for (const infoHash of infoHashes) one.announce(infoHash, 7001);
  await quiet();
  expect(heard).toEqual([24, 24, 12]);
});

test("garbage, and a flood of it, hurt nobody", async () => {
  const infoHash = randomBytes(20);
  const { say } = await neighbour(infoHash);
  const one = await lsd();
  const found: number[] = [];
  one.onPeer((_, { port }) => found.push(port));
  one.announce(infoHash, 7001);
  say(Buffer.from("BT-SEARCH * HTTP/1.1"));
  for (const bytes of [...odd, ...deadly.map(([, each]) => each)]) say(bytes);
  for (let n = 0; n < 20_000; n++) say(randomBytes(1 + (n % 1000)));
  // More than a hundred a second are not heard.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  say(encodeLsd({ port: 7002, infoHashes: [infoHash], cookie: undefined }, `${GROUP}:6771`));
  await expect.poll(() => found).toEqual([7002]);
});

test("two processes find each other", async () => {
  const hex = randomBytes(20).toString("hex");
  const ended = await Promise.all(
    [7001, 7002].map((port) => run(process.execPath, [peer, "127.0.0.1", hex, `${port}`])),
  );
  // Whoever came first has heard the other.
  const heard = ended.map(({ stdout }) => stdout.toString().trim());
  expect(heard.filter((line) => line !== "").length).toBeGreaterThan(0);
  for (const line of heard) expect(["", "127.0.0.1 7001", "127.0.0.1 7002"]).toContain(line);
});

test("over IPv6, two machines on one wire find each other", needs("network namespaces"), async () => {
  const hex = randomBytes(20).toString("hex");
  const script = `set -e
    unshare --net sleep 25 & other=$!
    sleep 0.5
    ip link add one type veth peer name two netns $other
    ip link set lo up; ip link set one up; ip addr add fd00::1/64 dev one nodad
    inside="nsenter --net=/proc/$other/ns/net"
    $inside ip link set two up; $inside ip addr add fd00::2/64 dev two nodad
    sleep 1
    $inside "$0" "$1" fd00::2 "$2" 7002 & peer=$!
    sleep 0.5
    "$0" "$1" fd00::1 "$2" 7001
    wait $peer; kill $other`;
  const { stdout, stderr } = await run("unshare", ["--net", "sh", "-c", script, process.execPath, peer, hex]);
  // Whoever came first has heard the other.
  expect(stdout.toString(), stderr).toMatch(/^fd00::[12] 700[12]$/mu);
});

test("where no interface reaches the group, it says so", needs("network namespaces"), async () => {
  const hex = randomBytes(20).toString("hex");
  const { stdout } = await run("unshare", ["--net", process.execPath, peer, "0.0.0.0", hex, "7001"]);
  expect(stdout.toString()).toBe("unreachable\n");
});
