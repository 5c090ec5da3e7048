// How peers are found: what trackers are asked, over which addresses, and what is told of those that fail, while hours pass.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { VirtualClock } from "@socketlab/core";
import { expect, onTestFinished, test } from "vitest";
import { encode } from "../../src/bencode/encode.ts";
import { Finder, type FinderOptions } from "../../src/peer/finder.ts";
import { Peer } from "../../src/peer/peer.ts";

const MINUTE = 60_000;

/** A tracker at every address of this machine, what it was asked, and what it answers with. */
class Tracker {
  readonly asked: { readonly family: number; readonly event: string | null }[] = [];
  reply: { interval: number; "min interval"?: number; peers: Uint8Array } | undefined = {
    interval: 600,
    peers: new Uint8Array(),
  };
  port = 0;

  async listen(host: string): Promise<this> {
    const server = createServer((request, response) => {
      const { searchParams } = new URL(request.url!, "http://tracker");
      const isIpv4 = request.socket.remoteAddress!.includes(".");
      this.asked.push({ family: isIpv4 ? 4 : 6, event: searchParams.get("event") });
      response.statusCode = this.reply === undefined ? 500 : 200;
      response.end(this.reply === undefined ? "" : encode(this.reply));
    });
    server.listen(0, host);
    await once(server, "listening");
    onTestFinished(() => void server.close());
    this.port = (server.address() as AddressInfo).port;
    return this;
  }

  /** It is asked as soon as it may be; the network is real, the time between is not. */
  async untilAsked(clock: VirtualClock, times: number): Promise<void> {
    const all = this.asked.length + times;
    const pass = async (): Promise<number> => {
      await clock.advance(MINUTE);
      return this.asked.length;
    };
    await expect.poll(pass, { interval: 20 }).toBeGreaterThanOrEqual(all);
  }
}

async function peerAt(host: string): Promise<Peer> {
  const peer = new Peer({ peerId: new Uint8Array(20).fill(1) });
  await peer.listen({ transport: "tcp", host, port: 0, path: "" });
  onTestFinished(() => peer[Symbol.asyncDispose]());
  return peer;
}

function findFor(peer: Peer, clock: VirtualClock, options: Partial<FinderOptions>): Finder {
  const finder = new Finder({
    peer,
    clock,
    talker: { infoHash: new Uint8Array(20), talk: async () => {} },
    isPrivate: false,
    trackers: [],
    progress: () => ({ uploaded: 0, downloaded: 0, left: 1 }),
    ...options,
  });
  onTestFinished(() => finder.close());
  finder.start();
  return finder;
}

test("a tracker that is down is told once, and once again when it has answered meanwhile", async () => {
  const tracker = await new Tracker().listen("127.0.0.1");
  const url = `http://127.0.0.1:${tracker.port}/announce`;
  const { reply } = tracker;
  tracker.reply = undefined;
  const clock = new VirtualClock();
  const told: string[] = [];
  const onTrackerFailed = (failed: string): void => void told.push(failed);
  findFor(await peerAt("127.0.0.1"), clock, { trackers: [[url]], onTrackerFailed });
  await tracker.untilAsked(clock, 4);
  expect(told).toEqual([url]);
  tracker.reply = reply;
  await tracker.untilAsked(clock, 2);
  tracker.reply = undefined;
  await tracker.untilAsked(clock, 4);
  expect(told).toEqual([url, url]);
});

test("where nobody is left to talk with, the tracker is asked as soon as it allows; a seed waits", async () => {
  const tracker = await new Tracker().listen("127.0.0.1");
  tracker.reply = { interval: 3600, "min interval": 120, peers: new Uint8Array() };
  const clock = new VirtualClock();
  const trackers = [[`http://127.0.0.1:${tracker.port}/announce`]];
  let isSeeding = false;
  findFor(await peerAt("127.0.0.1"), clock, { trackers, isSeeding: () => isSeeding });
  await expect.poll(() => tracker.asked.length).toBe(1);
  // The answer is on its way still.
  await new Promise((resolve) => setTimeout(resolve, 100));
  await clock.advance(119_000);
  expect(tracker.asked).toHaveLength(1);
  await clock.advance(2000);
  await expect.poll(() => tracker.asked.length).toBe(2);
  isSeeding = true;
  await new Promise((resolve) => setTimeout(resolve, 100));
  await clock.advance(20 * MINUTE);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(tracker.asked).toHaveLength(2);
});

test("whoever tells of ourselves does not make us dial ourselves, at whichever of our addresses", async () => {
  const peer = await peerAt("0.0.0.0");
  const { book } = findFor(peer, new VirtualClock(), {});
  const { port } = peer.endpoints[0]!;
  expect(book.add({ host: "127.0.0.1", port }, "tracker")).toBe(false);
  expect(book.add({ host: "127.0.0.1", port: port - 1 }, "tracker")).toBe(true);
});
