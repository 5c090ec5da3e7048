// The side that asks over UDP (BEP 15), against trackers that lose, delay and lie, on a virtual network in virtual time.
import {
  defineProtocol,
  listen,
  raw,
  TimeoutError,
  VirtualClock,
  VirtualNetwork,
  type Payload,
} from "@socketlab/core";
import { describe, expect, test } from "vitest";
import { announce, scrape } from "../../src/tracker/client/announce.ts";
import { ConnectionCache } from "../../src/tracker/client/connection-cache.ts";
import { TrackerError, type AnnounceReply } from "../../src/tracker/messages.ts";
import {
  decodeUdpRequest,
  encodeUdpReply,
  type UdpReply,
  type UdpRequest,
} from "../../src/tracker/udp-messages.ts";
import { hash, request } from "./wire.ts";

const TRACKER = "udp://192.0.2.9:6969";
const datagrams = defineProtocol({ name: "tracker", version: 1, framing: raw({ maxBytes: 65_507 }) });

type Answer = UdpReply | Uint8Array;

/** A tracker that answers as the test says: with nothing, or several datagrams. */
class World {
  readonly clock = new VirtualClock(0);
  readonly network = new VirtualNetwork({ clock: this.clock });
  readonly connections = new ConnectionCache();
  /** When it was asked what, in seconds. */
  readonly asked: string[] = [];
  readonly ports = new Set<number>();

  async listen(answer: (asked: UdpRequest) => readonly Answer[]): Promise<void> {
    const listener = await listen(datagrams, TRACKER, { network: this.network, idleTimeoutMs: 0 });
    void (async () => {
      for await (const socket of listener)
        void (async () => {
          for await (const datagram of socket) {
            const asked = decodeUdpRequest(datagram as Payload & Uint8Array);
            this.asked.push(`${this.clock.now() / 1000} ${asked.action}`);
            for (const each of answer(asked))
              void socket.send(each instanceof Uint8Array ? each : encodeUdpReply(each, 4));
          }
        })().catch(() => {});
    })();
  }

  announce(options: Parameters<typeof announce>[2] = {}): Promise<AnnounceReply> {
    const { network, connections } = this;
    const reply = announce(TRACKER, request(), { network, connections, timeoutMs: 1e7, ...options });
    reply.catch(() => {});
    return this.clock.run(reply);
  }
}

const reply = { intervalMs: 1000, seeds: 0, leechers: 0, peers: [{ host: "192.0.2.1", port: 5 }] };

/** As a tracker should. */
function honest(asked: UdpRequest): UdpReply {
  const { transactionId } = asked;
  if (asked.action === "connect") return { action: "connect", transactionId, connectionId: 77n };
  if (asked.action === "announce") return { action: "announce", transactionId, reply };
  return {
    action: "scrape",
    transactionId,
    counts: asked.infoHashes.map(() => ({ seeds: 1, leechers: 2, completed: 3 })),
  };
}

describe("an honest tracker", () => {
  test("is connected to, and announced to; within a minute, only announced to", async () => {
    const world = new World();
    await world.listen((asked) => [honest(asked)]);
    expect(await world.announce()).toEqual(reply);
    await world.clock.advance(59_000);
    await world.announce();
    await world.clock.advance(2000);
    await world.announce();
    expect(world.asked).toEqual(["0 connect", "0 announce", "59 announce", "61 connect", "61 announce"]);
  });

  test("is asked again when nothing comes: after 15, 30, 60 … seconds, nine times", async () => {
    const world = new World();
    await world.listen(() => []);
    await expect(world.announce()).rejects.toThrow(TimeoutError);
    expect(world.asked.map((line) => Number(line.split(" ")[0]))).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map((tries) => 15 * (2 ** tries - 1)),
    );
    expect(world.clock.now()).toBe(15_000 * (2 ** 9 - 1));
  });

  test("is connected to again, when it is so slow that the minute is over", async () => {
    const world = new World();
    await world.listen((asked) => (asked.action === "connect" ? [honest(asked)] : []));
    await expect(world.announce({ timeoutMs: 200_000 })).rejects.toThrow(/no answer within 200000 ms/);
    expect(world.asked).toEqual([
      "0 connect",
      "0 announce",
      "15 announce",
      "45 announce",
      "105 connect",
      "105 announce",
      "120 announce",
      "150 announce",
    ]);
  });

  test("that has been started again, and knows its id no more, is connected to again at once", async () => {
    const world = new World();
    let valid = 1n;
    await world.listen((asked) => {
      const { transactionId } = asked;
      if (asked.action === "connect") return [{ action: "connect", transactionId, connectionId: valid }];
      return asked.connectionId === valid
        ? [honest(asked)]
        : [{ action: "error", transactionId, message: "connect again" }];
    });
    await world.announce();
    valid = 2n;
    expect(await world.announce()).toEqual(reply);
    expect(world.clock.now()).toBeLessThan(1000);
  });

  test("tells what it has", async () => {
    const world = new World();
    await world.listen((asked) => [honest(asked)]);
    const { network, connections } = world;
    expect(await world.clock.run(scrape(TRACKER, [hash(1), hash(2)], { network, connections }))).toEqual([
      { seeds: 1, leechers: 2, completed: 3 },
      { seeds: 1, leechers: 2, completed: 3 },
    ]);
  });
});

describe("a tracker that lies", () => {
  test("with other transaction ids is not heard", async () => {
    const world = new World();
    await world.listen((asked) => {
      const wrong = { ...honest(asked), transactionId: (asked.transactionId + 1) % 2 ** 32 };
      return Array.from({ length: 100 }, () => wrong);
    });
    await expect(world.announce({ timeoutMs: 60_000 })).rejects.toThrow(/no answer within 60000 ms/);
  });

  test("and others in its name are not heard, while its own answer is", async () => {
    const world = new World();
    await world.listen((asked) => [
      { ...honest(asked), transactionId: asked.transactionId ^ 1 },
      new Uint8Array(3),
      honest(asked),
    ]);
    expect(await world.announce()).toEqual(reply);
  });

  test("with garbage under the right id is a broken one", async () => {
    const world = new World();
    await world.listen(({ transactionId }) => {
      const bytes = new Uint8Array(10);
      new DataView(bytes.buffer).setUint32(0, 99);
      new DataView(bytes.buffer).setUint32(4, transactionId);
      return [bytes];
    });
    await expect(world.announce()).rejects.toThrow(/action 99, which there is not/);
  });

  test("with an answer to another question is a broken one", async () => {
    const world = new World();
    await world.listen((asked) =>
      asked.action === "announce"
        ? [{ action: "scrape", transactionId: asked.transactionId, counts: [] }]
        : [honest(asked)],
    );
    await expect(world.announce()).rejects.toThrow(/answers announce with scrape/);
  });

  test("and refuses in words that steer a terminal does not steer it", async () => {
    const world = new World();
    await world.listen((asked) =>
      asked.action === "announce"
        ? [{ action: "error", transactionId: asked.transactionId, message: "no\u001b[2J" }]
        : [honest(asked)],
    );
    await expect(world.announce()).rejects.toThrow(TrackerError);
    await expect(world.announce()).rejects.toThrow(/^no \[2J$/);
  });

  test("of peers that cannot be is believed the rest: port 0, groups, nobody, this host, twice the same", async () => {
    const world = new World();
    const peers = [
      "192.0.2.1:0",
      "224.0.0.1:5",
      "255.255.255.255:5",
      "0.0.0.0:5",
      "127.0.0.1:5",
      "192.0.2.1:5",
      "192.0.2.1:5",
    ]
      .map((each) => each.split(":"))
      .map(([host = "", port]) => ({ host, port: Number(port) }));
    await world.listen((asked) =>
      asked.action === "announce"
        ? [{ action: "announce", transactionId: asked.transactionId, reply: { ...reply, peers } }]
        : [honest(asked)],
    );
    const told = await world.announce();
    expect(told.peers).toEqual([{ host: "192.0.2.1", port: 5 }]);
  });

  test("of ten thousand peers is believed the first 200", async () => {
    const world = new World();
    const peers = Array.from({ length: 10_000 }, (_, at) => ({
      host: `198.51.${at >> 8}.${at & 255}`,
      port: 5,
    }));
    await world.listen((asked) =>
      asked.action === "announce"
        ? [{ action: "announce", transactionId: asked.transactionId, reply: { ...reply, peers } }]
        : [honest(asked)],
    );
    expect((await world.announce()).peers).toHaveLength(200);
  });
});

test("whoever asks can give up", async () => {
  const world = new World();
  await world.listen(() => []);
  const stop = new AbortController();
  world.clock.after(7000, () => stop.abort());
  await expect(world.announce({ signal: stop.signal })).rejects.toThrow();
  expect(world.clock.now()).toBe(7000);
});
