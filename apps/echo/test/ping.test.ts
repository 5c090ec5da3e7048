// What a client counts and times, over paths that lose, double, delay and reorder, in virtual time. Knows no terminal.
import {
  connect,
  listen,
  VirtualClock,
  VirtualNetwork,
  type MessageSocket,
  type PathFaults,
  type Payload,
} from "@socketlab/core";
import { expect, test } from "vitest";
import { flood, type FloodResult } from "../src/client/flood.ts";
import { NumberedMessages } from "../src/client/messages.ts";
import { ping, type PingEvent, type PingOptions, type PingResult } from "../src/client/ping.ts";
import { echo } from "../src/protocol.ts";

type Serve = (socket: MessageSocket<Payload, Payload>) => Promise<void>;
const echoing: Serve = async (socket) => {
  for await (const message of socket) await socket.send(message);
};

/** A server and a client over a virtual network; time passes as fast as it can. */
async function over<Result>(
  transport: string,
  faults: PathFaults,
  use: (socket: MessageSocket<Payload, Payload>, clock: VirtualClock) => Promise<Result>,
  serve = echoing,
): Promise<Result> {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 7, faults });
  const listener = await listen(echo, `${transport}://10.0.0.1:7`, { network, idleTimeoutMs: 0 });
  void (async () => {
    for await (const socket of listener) serve(socket).catch(() => {});
  })();
  const socket = await clock.run(connect(echo, listener.endpoint, { network }));
  return clock.run(use(socket, clock));
}

const never = new AbortController().signal;

/** A message every 10 ms. */
function pings(
  socket: MessageSocket<Payload, Payload>,
  clock: VirtualClock,
  given: Pick<PingOptions, "count" | "signal" | "report">,
): Promise<PingResult> {
  const messages = new NumberedMessages(64, false);
  const nowMs = (): number => clock.now();
  return ping(socket, { intervalMs: 10, timeoutMs: 500, messages, asText: false, clock, nowMs, ...given });
}

async function pinged(
  transport: string,
  faults: PathFaults,
  count: number,
  serve?: Serve,
): Promise<PingResult & { events: PingEvent[] }> {
  const events: PingEvent[] = [];
  const report = (event: PingEvent): void => void events.push(event);
  const result = await over(
    transport,
    faults,
    (socket, clock) => pings(socket, clock, { count, signal: never, report }),
    serve,
  );
  return { ...result, events };
}

test("over a good path every message comes back, in the path's round-trip time", async () => {
  const { sent, received, lost, reordered, duplicates, wrong, roundTripMs, elapsedMs, error } = await pinged(
    "udp",
    { delayMs: 20 },
    10,
  );
  expect({ sent, received, lost, reordered, duplicates, wrong, error }).toEqual({
    sent: 10,
    received: 10,
    lost: 0,
    reordered: 0,
    duplicates: 0,
    wrong: 0,
    error: undefined,
  });
  expect(roundTripMs).toMatchObject({ count: 10, min: 40, avg: 40, max: 40, mdev: 0, p99: 40 });
  expect(elapsedMs).toBe(9 * 10 + 40);
});

test("over a path that loses, doubles and reorders datagrams, what is sent is received or lost, and the rest is counted", async () => {
  const result = await pinged("udp", { loss: 0.1, duplicate: 0.1, delayMs: 5, jitterMs: 50 }, 1000);
  expect(result.sent).toBe(1000);
  expect(result.received + result.lost).toBe(1000);
  // Each way loses a tenth: 1 − 0.9² of all.
  expect(result.lost / 1000).toBeCloseTo(0.19, 1);
  expect(result.duplicates).toBeGreaterThan(50);
  expect(result.reordered).toBeGreaterThan(50);
  expect(result.events.filter(({ kind }) => kind === "lost")).toHaveLength(result.lost);
  expect(result.wrong).toBe(0);
});

test("over the same path a byte stream loses and reorders nothing, and comes in other pieces", async () => {
  const result = await pinged("tcp", { loss: 0.1, delayMs: 5, jitterMs: 50, splitBytes: 48 }, 200);
  expect(result).toMatchObject({ sent: 200, received: 200, lost: 0, duplicates: 0, reordered: 0, wrong: 0 });
  expect(result.inPieces).toBeGreaterThan(20);
});

test("a reply after its time is lost and late, and counted once", async () => {
  const result = await pinged("udp", { delayMs: 200, jitterMs: 150 }, 100);
  expect(result.late).toBeGreaterThan(0);
  expect(result.lost).toBeGreaterThanOrEqual(result.late);
  expect(result.received + result.lost).toBe(100);
});

test("when the server goes away, what is not back is lost and the reason is told", async () => {
  const result = await pinged("tcp", {}, 10, async (socket) => {
    for (let seq = 1; seq <= 3; seq++) await socket.send((await socket.receive())!);
    await socket.receive();
    await socket.close();
  });
  expect(result).toMatchObject({ received: 3, lost: 1, sent: 4 });
  expect(result.error?.message).toMatch("the server ended the conversation");
});

test("a server that changes what it says back is no echo server, and where it differs is told", async () => {
  const { error, events } = await pinged("tcp", {}, 10, async (socket) => {
    for await (const message of socket)
      await socket.send(
        Buffer.from(message as Uint8Array)
          .toString()
          .toUpperCase(),
      );
  });
  expect(error?.message).toMatch("this is no echo server: message 1: byte 10 differs");
  expect(events.at(-1)).toMatchObject({ kind: "wrong" });
});

test("interrupted, it ends at once with what it has", async () => {
  const controller = new AbortController();
  const result = await over("udp", { delayMs: 20 }, (socket, clock) => {
    clock.after(100, () => controller.abort());
    return pings(socket, clock, { count: Infinity, signal: controller.signal, report: () => {} });
  });
  expect(result).toMatchObject({ lost: 0, elapsedMs: 100 });
  expect(result.sent).toBe(result.received);
});

function flooded(transport: string, faults: PathFaults, serve?: Serve): Promise<FloodResult> {
  return over(
    transport,
    faults,
    (socket, clock) =>
      flood(socket, {
        durationMs: 1000,
        window: 8,
        lossAfterMs: 100,
        timeoutMs: 1000,
        messages: new NumberedMessages(64, true),
        asText: false,
        clock,
        nowMs: () => clock.now(),
        signal: never,
      }),
    serve,
  );
}

test("a flood keeps its window full: so many messages per round trip", async () => {
  const result = await flooded("tcp", { delayMs: 10 });
  expect(result).toMatchObject({ lost: 0, duplicates: 0, error: undefined });
  expect(result.messagesPerSecond).toBeCloseTo(8 / 0.02, -1);
  expect(result.bytesPerSecond).toBeCloseTo((8 * 64) / 0.02, -3);
});

test("a flood of datagrams goes on after losses, and counts them", async () => {
  const result = await flooded("udp", { delayMs: 10, loss: 0.05, duplicate: 0.05 });
  expect(result.error).toBeUndefined();
  expect(result.received + result.lost).toBe(result.sent);
  expect(result.lost).toBeGreaterThan(0);
  expect(result.duplicates).toBeGreaterThan(0);
  expect(result.received).toBeGreaterThan(50);
});

test("a flood that a silent server swallows ends with an error, not never", async () => {
  const result = await flooded("tcp", {}, async (socket) => {
    for await (const _ of socket);
  });
  expect(result.error?.message).toBe("8 messages did not come back within 1000 ms (--timeout)");
});
