// How peers are found: what is told of a tracker that fails, while hours pass.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { VirtualClock } from "@socketlab/core";
import { expect, onTestFinished, test } from "vitest";
import { Finder } from "../../src/peer/finder.ts";
import { Peer } from "../../src/peer/peer.ts";
import { encode } from "../../src/bencode/encode.ts";

const MINUTE = 60_000;

test("a tracker that is down is told once, and once again when it has answered meanwhile", async () => {
  let [asked, isDown] = [0, true];
  const tracker = createServer((_request, response) => {
    asked++;
    response.statusCode = isDown ? 500 : 200;
    response.end(isDown ? "" : encode({ interval: 600, peers: "" }));
  });
  tracker.listen(0, "127.0.0.1");
  await once(tracker, "listening");
  onTestFinished(() => void tracker.close());
  const url = `http://127.0.0.1:${(tracker.address() as AddressInfo).port}/announce`;

  await using peer = new Peer({ peerId: new Uint8Array(20).fill(1) });
  await peer.listen({ transport: "tcp", host: "127.0.0.1", port: 0, path: "" });
  const clock = new VirtualClock();
  const told: string[] = [];
  const finder = new Finder({
    peer,
    clock,
    talker: { infoHash: new Uint8Array(20), talk: async () => {} },
    isPrivate: false,
    trackers: [[url]],
    progress: () => ({ uploaded: 0, downloaded: 0, left: 1 }),
    onTrackerFailed: (failed) => told.push(failed),
  });
  /** It is asked as soon as it may be; the network is real, the time between is not. */
  const untilAsked = async (times: number): Promise<void> => {
    const all = asked + times;
    await expect
      .poll(
        async () => {
          await clock.advance(MINUTE);
          return asked;
        },
        { interval: 20 },
      )
      .toBeGreaterThanOrEqual(all);
  };
  finder.start();
  await untilAsked(4);
  expect(told).toEqual([url]);
  isDown = false;
  await untilAsked(2);
  isDown = true;
  await untilAsked(4);
  expect(told).toEqual([url, url]);
  await finder.close();
});
