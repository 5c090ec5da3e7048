import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import tls from "node:tls";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { applyOptions } from "../../src/transports/os/apply-options.ts";
import { descriptorOf } from "../../src/transports/os/descriptor.ts";
import { readOptions } from "../../src/transports/os/read-options.ts";
import { applyListenerOptions, openStreamSocket } from "../../src/transports/os/stream-socket.ts";
import { readTcpInfo } from "../../src/transports/os/tcp-info.ts";
import {
  addresses,
  connectPair,
  fdOf,
  linux,
  openDescriptors,
  portOf,
  startServer,
  transfer,
} from "./loopback.ts";

const infoOf = (socket: Socket) => readTcpInfo(fdOf(socket));

test.each(["client", "server"])(
  "noDelay and keepAliveMs of the %s hold on its side and no other",
  async (role) => {
    const options = { noDelay: true, keepAliveMs: 1500 };
    await using pair = role === "client" ? await connectPair(options) : await connectPair({}, options);
    const [mine, other] = role === "client" ? [pair.client, pair.accepted] : [pair.accepted, pair.client];
    expect(readOptions(fdOf(mine))).toMatchObject({ noDelay: true, keepAlive: true });
    expect(readOptions(fdOf(other))).toMatchObject({ noDelay: false, keepAlive: false });
  },
);

describe.runIf(linux)("on Linux", () => {
  describe.each([4, 6] as const)("over IPv%i", (family) => {
    test.each(["client", "server"])(
      "maxSegmentBytes of the %s bounds the segments of both sides",
      async (role) => {
        const options = { maxSegmentBytes: 1400 };
        await using pair = await (role === "client"
          ? connectPair(options, {}, family)
          : connectPair({}, options, family));
        await transfer(pair.client, pair.accepted, 20_000);
        await transfer(pair.accepted, pair.client, 20_000);
        for (const socket of [pair.client, pair.accepted]) {
          // 12 bytes of each segment are its timestamps (RFC 7323 §3.2).
          expect(infoOf(socket)?.sendMaxSegmentBytes).toBe(1388);
          expect(readOptions(fdOf(socket)).maxSegmentBytes).toBe(1388);
        }
      },
    );
  });

  test("without it, loopback takes segments of tens of thousands of bytes", async () => {
    await using pair = await connectPair();
    expect(infoOf(pair.client)?.sendMaxSegmentBytes).toBeGreaterThan(10_000);
  });

  test.each(["client", "server"])(
    "the buffers of the %s hold on its side and bound the window",
    async (role) => {
      const options = { sendBufferBytes: 20_000, receiveBufferBytes: 8192 };
      await using pair = role === "client" ? await connectPair(options) : await connectPair({}, options);
      const [mine, other] = role === "client" ? [pair.client, pair.accepted] : [pair.accepted, pair.client];
      expect(readOptions(fdOf(mine))).toMatchObject({ sendBufferBytes: 40_000, receiveBufferBytes: 16_384 });
      expect(readOptions(fdOf(other)).receiveBufferBytes).toBeGreaterThan(16_384);
      // Known when the connection was made, so the window scale was chosen for it (RFC 7323 §2.2).
      expect(infoOf(mine)?.receiveWindowScale).toBe(0);
      expect(infoOf(other)?.sendWindowScale).toBe(0);
      expect(infoOf(mine)?.sendWindowScale).toBeGreaterThan(0);
      expect(infoOf(other)?.sendWindowBytes).toBeLessThanOrEqual(16_384);
      await transfer(mine, other, 100_000);
      await transfer(other, mine, 100_000);
    },
  );

  test("a buffer set after connecting does not change the window scale", async () => {
    await using pair = await connectPair();
    const scale = infoOf(pair.client)?.receiveWindowScale;
    expect(scale).toBeGreaterThan(0);
    applyOptions(fdOf(pair.client), { receiveBufferBytes: 8192 });
    expect(infoOf(pair.client)?.receiveWindowScale).toBe(scale);
  });

  test("the descriptor does not block, and child processes do not inherit it", () => {
    const socket = openStreamSocket(4, { sendBufferBytes: 8192 });
    const flags = /flags:\s+(\d+)/u.exec(readFileSync(`/proc/self/fdinfo/${fdOf(socket)}`, "utf8"))?.[1];
    socket.destroy();
    expect(Number.parseInt(flags ?? "", 8) & 0o2004000).toBe(0o2004000);
  });

  test("TLS runs over such a socket", async () => {
    await using pair = await connectPair({ maxSegmentBytes: 1400 });
    const client = tls.connect({ socket: pair.client });
    client.on("error", () => {});
    expect(infoOf(client)?.sendMaxSegmentBytes).toBe(1388);
    client.destroy();
  });

  test("nothing leaks: connected, refused, never connected, or with a bad option", async () => {
    const options = { sendBufferBytes: 8192, maxSegmentBytes: 1400 };
    const before = openDescriptors();
    for (let round = 0; round < 20; round++) {
      await using pair = await connectPair(options, options);
      expect(descriptorOf(pair.client)).toBeDefined();

      const refused = openStreamSocket(4, options);
      // A port that is taken, and where nobody listens; one that was given back may be another test's by now.
      refused.connect(pair.client.localPort!, addresses[4]);
      await expect(once(refused, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });

      const unused = openStreamSocket(6, options);
      unused.destroy();
      await once(unused, "close");

      expect(() => openStreamSocket(4, { maxSegmentBytes: 1 })).toThrow("maxSegmentBytes 1 was refused");
    }
    await nextTurn();
    expect(openDescriptors()).toBe(before);
  });
});

test("the socket may be connected later, long after it was made", async () => {
  const server = await startServer();
  const socket = openStreamSocket(4, { sendBufferBytes: 8192 });
  const made = fdOf(socket);
  for (let turn = 0; turn < 10; turn++) await nextTurn();
  expect(descriptorOf(socket)).toBe(made);
  const arriving = once(server, "connection");
  socket.connect(portOf(server), addresses[4]);
  const [accepted] = await arriving;
  socket.write("hello");
  const [data] = await once(accepted, "data");
  expect(String(data)).toBe("hello");
  accepted.destroy();
  socket.destroy();
  server.close();
});

test("what else the socket shall be made with is passed on", () => {
  for (const options of [{}, { sendBufferBytes: 8192 }]) {
    const socket = openStreamSocket(4, options, { allowHalfOpen: true });
    expect(socket.allowHalfOpen).toBe(true);
    socket.destroy();
  }
});

test("an address of the other family is an error of the connection, not a crash", async () => {
  const server = await startServer();
  const socket = openStreamSocket(6, { sendBufferBytes: 8192 });
  socket.connect(portOf(server), addresses[4]);
  const [error] = await once(socket, "error");
  expect(error).toBeInstanceOf(Error);
  server.close();
});

test("a platform that is not known refuses the three options, and only them", () => {
  openStreamSocket(4, { noDelay: true, keepAliveMs: 1000 }, {}, "win32").destroy();
  for (const name of ["sendBufferBytes", "receiveBufferBytes", "maxSegmentBytes"])
    expect(() => openStreamSocket(4, { [name]: 1400 }, {}, "win32")).toThrow(
      expect.objectContaining({ code: "option-unsupported", message: expect.stringContaining(name) }),
    );
});

test("a server that does not listen, or a platform that is not known, cannot have them either", async () => {
  const unsupported = expect.objectContaining({ code: "option-unsupported" });
  expect(() => applyListenerOptions(createServer(), { sendBufferBytes: 8192 })).toThrow(unsupported);
  const server = await startServer();
  expect(() => applyListenerOptions(server, { sendBufferBytes: 8192 }, "win32")).toThrow(unsupported);
  applyListenerOptions(server, { noDelay: true }, "win32");
  server.close();
});
