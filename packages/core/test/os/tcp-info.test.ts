import { closeSync, openSync } from "node:fs";
import { once } from "node:events";
import { expect, test } from "vitest";
import { readTcpInfo } from "../../src/transports/os/tcp-info.ts";
import { openStreamSocket } from "../../src/transports/os/stream-socket.ts";
import { connectPair, fdOf, linux, transfer } from "./loopback.ts";

test.runIf(linux)(
  "a connection that has carried something knows its state, times, sizes and counts",
  async () => {
    await using pair = await connectPair();
    await transfer(pair.client, pair.accepted, 100_000);
    await transfer(pair.accepted, pair.client, 5000);
    const client = readTcpInfo(fdOf(pair.client));
    const accepted = readTcpInfo(fdOf(pair.accepted));
    expect(client).toMatchObject({
      state: "ESTABLISHED",
      bytesSent: 100_000,
      bytesReceived: 5000,
      bytesRetransmitted: 0,
      retransmits: 0,
      lostSegments: 0,
      notSentBytes: 0,
      pathMtuBytes: 65_535,
    });
    expect(accepted).toMatchObject({ state: "ESTABLISHED", bytesSent: 5000, bytesReceived: 100_000 });
    expect(client?.roundTripMs).toBeGreaterThan(0);
    expect(client?.roundTripMs).toBeLessThan(1000);
    expect(client?.minRoundTripMs).toBeLessThanOrEqual(client?.roundTripMs ?? 0);
    expect(client?.roundTripVarianceMs).toBeGreaterThan(0);
    expect(client?.roundTripVarianceMs).toBeLessThan(1000);
    expect(client?.congestionWindowSegments).toBeGreaterThan(0);
    expect(client?.sendMaxSegmentBytes).toBeGreaterThan(1000);
    expect(client?.deliveryRateBytesPerSecond).toBeGreaterThan(0);
    expect(client?.sendWindowScale).toBe(accepted?.receiveWindowScale);
    expect(client?.sendWindowBytes).toBe(accepted?.receiveWindowBytes);
  },
);

test.runIf(linux)(
  "bytes that the remote side does not read show as not sent, behind a closed window",
  async () => {
    await using pair = await connectPair({ sendBufferBytes: 500_000 }, { receiveBufferBytes: 8192 });
    pair.accepted.pause();
    pair.client.write(new Uint8Array(300_000));
    await expect.poll(() => readTcpInfo(fdOf(pair.client))?.sendWindowBytes).toBeLessThan(4096);
    const info = readTcpInfo(fdOf(pair.client));
    expect(info?.notSentBytes).toBeGreaterThan(200_000);
  },
);

test.runIf(linux)("the states are those of RFC 9293", async () => {
  const fresh = openStreamSocket(4, { sendBufferBytes: 8192 });
  expect(readTcpInfo(fdOf(fresh))?.state).toBe("CLOSED");
  fresh.destroy();

  await using pair = await connectPair();
  pair.accepted.allowHalfOpen = true;
  pair.accepted.resume();
  pair.client.end();
  await once(pair.accepted, "end");
  await expect.poll(() => readTcpInfo(fdOf(pair.client))?.state).toBe("FIN-WAIT-2");
  expect(readTcpInfo(fdOf(pair.accepted))?.state).toBe("CLOSE-WAIT");
});

test.runIf(linux)("a listener has a state and nothing else", async () => {
  await using pair = await connectPair();
  const { state, ...rest } = readTcpInfo(fdOf(pair.server)) ?? {};
  expect(state).toBe("LISTEN");
  expect(Object.values(rest).every((value) => value === undefined)).toBe(true);
});

test.runIf(linux)("before anything was measured a time is unknown, not zero", () => {
  const fresh = openStreamSocket(4, { sendBufferBytes: 8192 });
  const info = readTcpInfo(fdOf(fresh));
  fresh.destroy();
  expect(info).toMatchObject({
    roundTripMs: undefined,
    roundTripVarianceMs: undefined,
    minRoundTripMs: undefined,
  });
  expect(info).toMatchObject({
    slowStartThresholdSegments: undefined,
    deliveryRateBytesPerSecond: undefined,
  });
});

test("platforms without TCP_INFO say nothing", async () => {
  await using pair = await connectPair();
  for (const platform of ["darwin", "win32"] as const)
    expect(readTcpInfo(fdOf(pair.client), platform)).toBeUndefined();
});

test.runIf(linux)("a descriptor that is none is an error of the caller, never a crash", () => {
  const file = openSync("/dev/null", "r");
  for (const fd of [-1, 1.5, Number.NaN, 2 ** 31, 1_000_000, file])
    expect(() => readTcpInfo(fd)).toThrow(expect.objectContaining({ code: "bad-descriptor" }));
  closeSync(file);
});
