// `p2p share` and `p2p get` without a tracker, as a stranger types it: by the DHT (BEP 5) alone, by the local network (BEP 14) alone; and that a
// private torrent is not looked for there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openDatagrams } from "@socketlab/core/datagrams";
import { expect, onTestFinished, test } from "vitest";
import { openDht } from "../../src/discovery/dht.ts";
import { p2p } from "../processes.ts";
import { LISTEN, make, openScene, records, seed, start, type Made } from "./scene.ts";

const scene = openScene();
let folders = 0;
const some = (): string => join(scene.folder, `to-${++folders}`);
const content = (folder: string, { name }: Made): string => readFileSync(join(folder, name), "hex");
/** Addresses that no other test has. */
const network = `127.0.${100 + (process.pid % 100)}`;
const at = (last: number): string[] => ["--listen", `tcp://${network}.${last}:0`];

/** A node that everybody knows: where it waits. */
async function entrance(): Promise<string> {
  const node = await openDht({ host: "127.0.0.1", port: 0, bootstrap: [] });
  onTestFinished(() => node.close());
  return `127.0.0.1:${node.port}`;
}

/** What comes to the place of a node. */
async function listenAsNode(): Promise<{ readonly port: number; readonly heard: Uint8Array[] }> {
  const heard: Uint8Array[] = [];
  const onDatagram = (bytes: Uint8Array): void => void heard.push(bytes.slice());
  const datagrams = await openDatagrams({ host: "127.0.0.1", port: 0, onDatagram });
  onTestFinished(() => datagrams.close());
  return { port: datagrams.port, heard };
}

/** What is called out to the local network of a torrent. */
async function listenToNetwork(infoHash: string): Promise<string[]> {
  const heard: string[] = [];
  const onDatagram = (bytes: Uint8Array): void => {
    const text = Buffer.from(bytes).toString();
    if (text.toLowerCase().includes(infoHash)) heard.push(text);
  };
  const place = { host: "127.0.0.1", port: 6771, group: "239.192.152.143" };
  const datagrams = await openDatagrams({ ...place, onDatagram });
  onTestFinished(() => datagrams.close());
  return heard;
}

test("two who know one node of the DHT find each other by it alone, and Ctrl-C ends both", async () => {
  const [made, to, node] = [await make(scene, "film.mkv"), some(), await entrance()];
  const dht = ["--dht-bootstrap", node];
  const { process: sharing } = await seed(made, ...at(1), ...dht);
  const getting = start("get", made.magnet, "--to", to, "--seed", ...at(2), ...dht);
  await getting.says(/film\.mkv is there/);
  expect(content(to, made)).toBe(content(made.folder, made));
  expect(await getting.stop("SIGINT")).toMatchObject({ code: 0 });
  expect(await sharing.stop("SIGINT")).toMatchObject({ code: 0 });
});

test("two on one network find each other by calling out to it alone", async () => {
  const [made, to] = [await make(scene, "film.mkv"), some()];
  const { process: sharing } = await seed(made, ...at(3), "--lsd", `${network}.3`);
  const getting = await p2p(["get", made.magnet, "--to", to, ...at(4), "--lsd", `${network}.4`]);
  expect(getting).toMatchObject({ code: 0, stderr: expect.stringContaining("film.mkv is there") });
  expect(content(to, made)).toBe(content(made.folder, made));
  expect(await sharing.stop("SIGINT")).toMatchObject({ code: 0 });
});

test("Ctrl-C ends a search in which nobody is found", async () => {
  const { port } = await listenAsNode();
  const { magnet } = await make(scene, "film.mkv");
  const flags = ["--dht-bootstrap", `127.0.0.1:${port}`, "--lsd", "127.0.0.1"];
  const getting = start("get", magnet, "--to", some(), "--json", ...LISTEN, ...flags);
  await getting.says(/"event":"listening"/);
  expect(await getting.stop("SIGINT")).toMatchObject({ code: 130 });
});

test.each([
  ["a private torrent is looked for neither in the DHT nor on the local network, and that is said", true],
  ["the same search for one that is not private is heard", false],
])("%s (BEP 27)", async (_, isPrivate) => {
  const flags = isPrivate ? ["--private", "--tracker", scene.tracker.http] : [];
  const made = await make(scene, "film.mkv", ...flags);
  const [infoHash = ""] = /[\da-f]{40}/.exec(made.magnet) ?? [];
  const [node, called] = [await listenAsNode(), await listenToNetwork(infoHash)];
  const look = ["--dht-bootstrap", `127.0.0.1:${node.port}`, "--lsd", "127.0.0.1"];
  const { process: sharing } = await seed(made, ...look);
  const args = [made.torrent, "--to", some(), "--seed", "--json", ...LISTEN, ...look];
  const getting = start("get", ...args);
  await getting.says(isPrivate ? /"event":"complete"/ : /"event":"listening"/);
  await expect
    .poll(() => isPrivate || (node.heard.length > 0 && called.length > 1), { timeout: 10_000 })
    .toBe(true);
  expect([node.heard.length > 0, called.length > 0]).toEqual([!isPrivate, !isPrivate]);
  for (const each of [sharing, getting])
    expect(records(each.stdout).some(({ event }) => event === "private")).toBe(isPrivate);
});

test.each([
  [["--dht-bootstrap", "somewhere"], /somewhere/],
  [["--dht-bootstrap", "127.0.0.1:6881", "--listen", "tcp://[::1]:0"], /the DHT speaks IPv4 alone/],
  [["--lsd", "eth0"], /"eth0" is no IP address/],
  [["--lsd", "127.0.0.1", "--listen", "tcp://127.0.0.2:0"], /others would dial this peer there/],
  [["--lsd", "192.0.2.1", "--listen", "tcp://0.0.0.0:0"], /192\.0\.2\.1/],
])("%j is refused in a sentence, and nothing is left open", async (flags, sentence) => {
  const { magnet } = await make(scene, "film.mkv");
  const ended = await p2p(["get", magnet, "--to", some(), ...flags]);
  expect(ended.stderr).toMatch(sentence);
  expect(ended.code).toBeGreaterThan(0);
  expect(ended.stderr.trim().split("\n")).toHaveLength(1);
});
