// What the virtual network promises: the same seed, the same run; rate, delay, loss and the rest as asked; an hour in no time.
import { describe, expect, test } from "vitest";
import {
  connect,
  defineProtocol,
  listen,
  raw,
  VirtualClock,
  VirtualNetwork,
  type MessageSocket,
  type PathFaults,
  type Payload,
} from "../../src/index.ts";

const bytes = defineProtocol({ name: "bytes", version: 1, framing: raw() });
type Socket = MessageSocket<Payload, Payload>;

interface World {
  readonly clock: VirtualClock;
  readonly client: Socket;
  readonly server: Socket;
}

/** A client and a server that know each other, and a clock that stands still. */
async function world(scheme: "tcp" | "udp" | "ws", faults: PathFaults, seed = 1): Promise<World> {
  const clock = new VirtualClock();
  // The path is good while they meet.
  let path: PathFaults = {};
  const network = new VirtualNetwork({ clock, seed, faults: () => path });
  path = faults;
  const listener = await listen(bytes, `${scheme}://10.0.0.1:7`, { network, idleTimeoutMs: 0 });
  const accepted = listener[Symbol.asyncIterator]().next();
  const client = await connect(bytes, `${scheme}://10.0.0.1:7`, { network });
  const { value: server } = await clock.run(accepted);
  return { clock, client, server: server! };
}

interface Arrival {
  readonly atMs: number;
  readonly payload: Buffer;
}

/** Writes down what arrives at `socket`, and when, until it ends. */
function record(socket: Socket, clock: VirtualClock): Arrival[] {
  const arrivals: Arrival[] = [];
  void (async () => {
    for await (const payload of socket) arrivals.push({ atMs: clock.now(), payload: Buffer.from(payload) });
  })().catch(() => {});
  return arrivals;
}

/** Sends 1000 datagrams of 100 bytes, numbered, one each millisecond. */
async function thousandDatagrams(faults: PathFaults, seed?: number): Promise<number[]> {
  const { clock, client, server } = await world("udp", faults, seed);
  const arrivals = record(server, clock);
  for (let n = 0; n < 1000; n++) {
    const datagram = Buffer.alloc(100);
    datagram.writeUInt32BE(n);
    await client.send(datagram);
    await clock.advance(1);
  }
  await clock.advance(10_000);
  return arrivals.map(({ payload }) => payload.readUInt32BE());
}

const inOrder = Array.from({ length: 1000 }, (_, n) => n);

describe("datagrams", () => {
  test("arrive all and in order over a path without faults", async () => {
    expect(await thousandDatagrams({})).toEqual(inOrder);
    expect(await thousandDatagrams({ delayMs: 50 })).toEqual(inOrder);
  });

  test("the same seed gives the same losses, another seed others", async () => {
    const faults = { loss: 0.2, jitterMs: 5, duplicate: 0.1 };
    const run = await thousandDatagrams(faults, 42);
    expect(await thousandDatagrams(faults, 42)).toEqual(run);
    expect(await thousandDatagrams(faults, 43)).not.toEqual(run);
  });

  test("are lost in about the share that was asked for, and never otherwise changed", async () => {
    const arrived = await thousandDatagrams({ loss: 0.3 });
    expect(arrived.length).toBeGreaterThan(600);
    expect(arrived.length).toBeLessThan(800);
    expect(arrived).toEqual(arrived.toSorted((a, b) => a - b));
    expect(await thousandDatagrams({ loss: 1 })).toEqual([]);
  });

  test("are doubled in about the share that was asked for", async () => {
    const arrived = await thousandDatagrams({ duplicate: 0.5 });
    expect(new Set(arrived).size).toBe(1000);
    expect(arrived.length).toBeGreaterThan(1400);
    expect(arrived.length).toBeLessThan(1600);
  });

  test("overtake each other when the delay varies", async () => {
    const arrived = await thousandDatagrams({ jitterMs: 20 });
    expect(arrived).not.toEqual(inOrder);
    expect(arrived.toSorted((a, b) => a - b)).toEqual(inOrder);
  });

  test("can be sent for ever: neither doubled ones nor a remote side that is gone stop the sender", async () => {
    const { clock, client, server } = await world("udp", { duplicate: 1 });
    record(server, clock);
    for (const phase of ["there", "gone"]) {
      if (phase === "gone") server.abort();
      for (let n = 0; n < 1000; n++) {
        await clock.run(client.send(new Uint8Array(1000)));
        await clock.advance(1);
      }
      expect(client.inspect().sendQueueBytes).toBe(0);
    }
  });

  test("doubled ones do not widen the window: who floods is made to wait all the same", async () => {
    const { clock, client, server } = await world("udp", { duplicate: 1, delayMs: 1 });
    record(server, clock);
    for (let n = 0; n < 2000; n++) {
      await client.send(new Uint8Array(100));
      if (n % 10 === 0) await clock.advance(5);
    }
    await clock.advance(100);
    // 256 KiB are the window, 64 KiB the sender's high-water mark.
    let sent = 0;
    while (sent < 1000) {
      const sending = client.send(new Uint8Array(1000));
      if (
        await Promise.race([sending.then(() => false), new Promise((resolve) => setImmediate(resolve, true))])
      )
        break;
      sent++;
    }
    expect(sent).toBeLessThan(400);
  });
});

describe("streams", () => {
  test("a delay is a delay: what is said at 0 ms arrives at 40 ms, and the answer at 80 ms", async () => {
    const { clock, client, server } = await world("tcp", { delayMs: 40 });
    const startMs = clock.now();
    void (async () => {
      for await (const payload of server) await server.send(payload);
    })();
    const answers = record(client, clock);
    await client.send("ping");
    await clock.advance(200);
    expect(answers.map(({ atMs, payload }) => [atMs - startMs, String(payload)])).toEqual([[80, "ping"]]);
  });

  test("a rate is a rate: 100,000 bytes at 10,000 bytes a second take ten seconds", async () => {
    const { clock, client, server } = await world("tcp", { rateBytesPerSecond: 10_000, splitBytes: 1000 });
    const startMs = clock.now();
    const arrivals = record(server, clock);
    await client.send(new Uint8Array(100_000));
    await clock.advance(30_000);
    expect(arrivals.reduce((sum, { payload }) => sum + payload.length, 0)).toBe(100_000);
    expect(arrivals.at(-1)!.atMs - startMs).toBeCloseTo(10_000, 0);
    expect(arrivals.length).toBeGreaterThan(100);
  });

  test.each(["tcp", "ws"] as const)(
    "over %s, loss, jitter and splits lose nothing and change no order",
    async (scheme) => {
      const { clock, client, server } = await world(scheme, {
        loss: 0.3,
        jitterMs: 30,
        delayMs: 10,
        splitBytes: 7,
      });
      const arrivals = record(server, clock);
      for (let n = 0; n < 300; n++) await client.send(`message ${n};`);
      await clock.advance(3600_000);
      expect(Buffer.concat(arrivals.map(({ payload }) => payload)).toString()).toBe(
        Array.from({ length: 300 }, (_, n) => `message ${n};`).join(""),
      );
      if (scheme === "ws") expect(arrivals).toHaveLength(300);
    },
  );

  test("a loss costs a stream time", async () => {
    const lastAtMs = async (loss: number): Promise<number> => {
      const { clock, client, server } = await world("tcp", { loss, delayMs: 10 });
      const arrivals = record(server, clock);
      await client.send("x");
      await clock.advance(1000);
      return arrivals[0]!.atMs;
    };
    expect(await lastAtMs(1)).toBeGreaterThan(await lastAtMs(0));
  });

  test("a loss holds up all that comes after it", async () => {
    const { clock, client, server } = await world("tcp", { loss: 0.02, delayMs: 10 });
    const arrivals = record(server, clock);
    for (let n = 0; n < 200; n++) {
      await client.send("x");
      await clock.advance(1);
    }
    await clock.advance(1000);
    const gapsMs = arrivals.slice(1).map(({ atMs }, at) => atMs - arrivals[at]!.atMs);
    // It is sent again three delays later.
    expect(Math.max(...gapsMs)).toBeGreaterThanOrEqual(30);
  });

  test("a reset ends the conversation at both ends", async () => {
    const { clock, client, server } = await world("tcp", { reset: 1, delayMs: 5 });
    const reading = server.receive();
    reading.catch(() => {});
    await client.send("x");
    const [there, here] = await clock.run(Promise.all([server.closed, client.closed]));
    expect(there.error).toMatchObject({ name: "ClosedError", code: "reset" });
    expect(here.error).toMatchObject({ name: "ClosedError", code: "reset" });
    await expect(reading).rejects.toMatchObject({ code: "reset" });
  });

  test("what was sent is what arrives, even if the sender uses its buffer again", async () => {
    for (const scheme of ["tcp", "ws", "udp"] as const) {
      const { clock, client, server } = await world(scheme, { delayMs: 5 });
      const arrivals = record(server, clock);
      const buffer = Buffer.alloc(5000, "a");
      await client.send(buffer);
      await clock.advance(1);
      buffer.fill("b");
      await clock.advance(100);
      expect(arrivals.map(({ payload }) => payload.includes("b"))).toEqual([false]);
    }
  });

  test("a reader who stops makes the sender wait, and goes on where it was", async () => {
    const { clock, client, server } = await world("tcp", { delayMs: 1 });
    let sent = 0;
    const sending = (async () => {
      for (; sent < 2000; sent++) await client.send(new Uint8Array(1000));
    })();
    await clock.advance(60_000);
    const waitingAt = sent;
    expect(waitingAt).toBeLessThan(1000);
    const arrivals = record(server, clock);
    await clock.run(sending);
    await clock.advance(60_000);
    expect(arrivals.reduce((sum, { payload }) => sum + payload.length, 0)).toBe(2_000_000);
  });
});

test("faults can differ from path to path", async () => {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, faults: (_client, server) => ({ delayMs: server.port }) });
  for (const port of [10, 200]) {
    const listener = await listen(bytes, `tcp://10.0.0.1:${port}`, { network, idleTimeoutMs: 0 });
    const accepted = listener[Symbol.asyncIterator]().next();
    const client = await connect(bytes, `tcp://10.0.0.1:${port}`, { network });
    await client.send("x");
    const startMs = clock.now();
    const { value: server } = await clock.run(accepted);
    await clock.run(server!.receive());
    expect(clock.now() - startMs).toBe(port);
  }
});

test("an hour of a conversation that speaks every second passes in virtual time, idle time-outs included", async () => {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, faults: { delayMs: 20 } });
  const listener = await listen(bytes, "tcp://10.0.0.1:7", { network, idleTimeoutMs: 60_000 });
  const accepted = listener[Symbol.asyncIterator]().next();
  const client = await connect(bytes, "tcp://10.0.0.1:7", { network });
  const { value: server } = await clock.run(accepted);
  const arrivals = record(server, clock);
  for (let second = 0; second < 3600; second++) {
    await client.send("tick");
    await clock.advance(1000);
  }
  expect(clock.now()).toBe(3_600_000);
  expect(arrivals).toHaveLength(3600);
  // And silence ends it.
  await clock.advance(75_000);
  expect((await server!.closed).error).toMatchObject({ name: "TimeoutError", code: "idle" });
});
