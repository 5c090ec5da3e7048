// The promise to whoever has a magnet link alone: where one peer tells the truth its torrent's info is found (BEP 9), whatever others
// do; who has lied is known, and nobody else pays. In virtual time.
import { hash } from "node:crypto";
import { VirtualClock, VirtualNetwork } from "@socketlab/core";
import { describe, expect, test } from "vitest";
import { encodeExtensionHandshake } from "../../src/extensions/handshake.ts";
import {
  decodeMetadata,
  encodeMetadata,
  METADATA_PART_BYTES,
  type MetadataMessage,
} from "../../src/extensions/metadata.ts";
import { encodePex } from "../../src/extensions/pex.ts";
import { fetchMetadata } from "../../src/peer/fetch-metadata.ts";
import type { Fetched } from "../../src/peer/metadata-talker.ts";
import { Peer } from "../../src/peer/peer.ts";
import { Caller } from "../simulation/caller.ts";

const info = Uint8Array.from({ length: 3 * METADATA_PART_BYTES + 100 }, (_, at) => (at * 7) % 251);
const infoHash = hash("sha1", info, "buffer");
const at = { host: "10.0.0.1", port: 6881 };
const OURS = 9;
const ABORTED = new Error("enough");

class Scene implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly network = new VirtualNetwork({ clock: this.clock });
  readonly peer = new Peer({ peerId: Buffer.from("-SL0000-000000000000"), network: this.network });
  readonly #stopping = new AbortController();
  fetched: Fetched | undefined;

  async begin(): Promise<this> {
    await this.peer.listen({ transport: "tcp", path: "", ...at });
    const { peer, clock } = this;
    const magnet = { infoHash, trackers: [], peers: [] };
    void fetchMetadata({ peer, magnet, signal: this.#stopping.signal, clock }).then(
      (fetched) => (this.fetched = fetched),
      () => {},
    );
    return this;
  }

  /** @param says its answer to a request; undefined: none. */
  async call(
    host: string,
    metadataBytes: number | undefined,
    says: (part: number) => MetadataMessage | undefined = () => undefined,
  ): Promise<Caller> {
    const caller = await Caller.dial(at, { network: this.network, infoHash, host });
    const payload = encodeExtensionHandshake({ ids: { ut_metadata: OURS, ut_pex: 8 }, metadataBytes });
    caller.say({ type: "extended", extension: 0, payload });
    caller.onMessage = (message) => {
      if (message.type !== "extended" || message.extension !== OURS) return;
      const request = decodeMetadata(message.payload);
      const answer = request?.type === "request" ? says(request.part) : undefined;
      if (answer !== undefined) caller.sayExtended("ut_metadata", encodeMetadata(answer));
    };
    return caller;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(ABORTED);
    await this.clock.run(this.peer[Symbol.asyncDispose](), 60_000);
  }
}

const begin = (): Promise<Scene> => new Scene().begin();

const dataOf = (bytes: Uint8Array, part: number): MetadataMessage => ({
  type: "data",
  part,
  totalBytes: bytes.length,
  bytes: bytes.subarray(part * METADATA_PART_BYTES).subarray(0, METADATA_PART_BYTES),
});
const honestly = (part: number): MetadataMessage => dataOf(info, part);
const longer = new Uint8Array(info.length + 50_000);
const shorter = new Uint8Array(100);

/** What it says of the length, and what it answers. */
const liars: Record<string, [metadataBytes: number, says: (part: number) => MetadataMessage | undefined]> = {
  "sends wrong bytes": [info.length, (part) => dataOf(new Uint8Array(info.length), part)],
  "sends one wrong part": [
    info.length,
    (part) => dataOf(part === 2 ? new Uint8Array(info.length) : info, part),
  ],
  "says and sends more": [longer.length, (part) => dataOf(longer, part)],
  "says and sends less": [shorter.length, (part) => dataOf(shorter, part)],
  "sends parts that are too short": [
    info.length,
    (part) => ({ type: "data", part, totalBytes: info.length, bytes: new Uint8Array(3) }),
  ],
};

/** They have not lied, for all that can be known; but nothing is to be had of them. */
const useless: typeof liars = {
  "says that it has 2 GiB": [2 ** 31, honestly],
  "says that it has more than a torrent may": [2 ** 25, honestly],
  "rejects everything, for ever": [info.length, (part) => ({ type: "reject", part })],
  "says another length, and rejects": [longer.length, (part) => ({ type: "reject", part })],
  "is silent": [info.length, () => undefined],
  "says another length, and is silent": [longer.length, () => undefined],
  "answers what was not asked": [
    info.length,
    (part) => ({ type: "data", part: part + 7, totalBytes: 1, bytes: info }),
  ],
};

describe.each(Object.entries(liars))("where one %s", (_what, [metadataBytes, says]) => {
  test("it is found, hung up on and let in no more; the info comes from the honest one", async () => {
    await using scene = await begin();
    const liar = await scene.call("10.0.0.66", metadataBytes, says);
    await scene.clock.advance(5000);
    expect(scene.fetched).toBeUndefined();
    expect(liar.endedMs).toBeDefined();
    const again = await scene.call("10.0.0.66", metadataBytes, says);
    await scene.clock.advance(1000);
    expect([again.endedMs === undefined, again.heard]).toEqual([false, []]);
    const honest = await scene.call("10.0.0.2", info.length, honestly);
    await scene.clock.advance(5000);
    expect(scene.fetched).toMatchObject({ bytes: info, liars: ["10.0.0.66"] });
    expect(honest.heard.length).toBeGreaterThan(0);
  });

  test("beside two who are honest, it costs no more than a minute, and nobody else is blamed", async () => {
    await using scene = await begin();
    await scene.call("10.0.0.66", metadataBytes, says);
    for (const host of ["10.0.0.2", "10.0.0.3"]) await scene.call(host, info.length, honestly);
    await scene.clock.advance(60_000);
    expect(scene.fetched?.bytes).toEqual(info);
    expect(scene.fetched!.liars.filter((host) => host !== "10.0.0.66")).toEqual([]);
  });
});

test.each(Object.entries(useless))(
  "where one %s, the honest one is asked within a minute, and nobody is blamed",
  async (_what, [metadataBytes, says]) => {
    await using scene = await begin();
    let asked = 0;
    await scene.call("10.0.0.66", metadataBytes, (part) => {
      asked++;
      return says(part);
    });
    await scene.clock.advance(120_000);
    expect(asked).toBeLessThan(100);
    await scene.call("10.0.0.2", info.length, honestly);
    await scene.clock.advance(60_000);
    expect(scene.fetched).toMatchObject({ bytes: info, liars: [] });
  },
);

test("of two who say two lengths, whoever is right is believed, whichever came first", async () => {
  for (const hosts of [
    ["10.0.0.66", "10.0.0.2"],
    ["10.0.0.2", "10.0.0.66"],
  ]) {
    await using scene = await begin();
    for (const host of hosts)
      await (host === "10.0.0.2"
        ? scene.call(host, info.length, honestly)
        : scene.call(host, longer.length, (part) => dataOf(longer, part)));
    await scene.clock.advance(60_000);
    expect(scene.fetched?.bytes).toEqual(info);
    expect(scene.fetched!.liars.filter((host) => host !== "10.0.0.66")).toEqual([]);
  }
});

test("whoever says nothing for two and a half minutes is hung up on; whoever gives signs of life is not, and gets them", async () => {
  await using scene = await begin();
  const silent = await scene.call("10.0.0.66", undefined);
  const quiet = await scene.call("10.0.0.2", undefined);
  for (let minute = 0; minute < 10; minute++) {
    await scene.clock.advance(60_000);
    quiet.say({ type: "keepAlive" });
  }
  expect(silent.endedMs).toBeGreaterThanOrEqual(150_000);
  expect(silent.endedMs).toBeLessThan(155_000);
  expect(quiet.endedMs).toBeUndefined();
  const times = [0, ...quiet.heard.map(({ atMs }) => atMs), 600_000];
  const gaps = times.slice(1).map((atMs, index) => atMs - times[index]!);
  expect(Math.max(...gaps)).toBeLessThan(120_000);
});

test("of whoever tells of peers all the time only little is heard, and then nothing more", async () => {
  await using scene = await begin();
  const dialled = new Set<number>();
  const bad = await scene.call("10.0.0.66", undefined);
  await scene.clock.advance(1000);
  for (let port = 1; port <= 200; port++) {
    const listening = { transport: "tcp", host: `10.0.1.${port}`, port, path: "" } as const;
    const doorkeeper = {
      admit: () => {
        dialled.add(port);
        return false;
      },
      accept: () => {},
      release: () => {},
      failed: () => {},
    };
    await scene.network.listen(listening, doorkeeper);
    bad.sayExtended("ut_pex", encodePex({ added: [{ ...listening, flags: 0 }], dropped: [] }));
    await scene.clock.advance(100);
  }
  expect(dialled.size).toBeGreaterThan(0);
  expect(dialled.size).toBeLessThan(5);
  expect(bad.endedMs).toBeDefined();
});
