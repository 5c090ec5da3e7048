import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { applyDatagramOptions, readDatagramOptions } from "../../src/transports/os/datagram.ts";
import { linux } from "./loopback.ts";

let socket: Socket;
beforeEach(async () => {
  socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
});
afterEach(() => new Promise<void>((resolve) => void socket.close(resolve)));

const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) });

test("both buffers are set and read, and Linux reports twice as much", () => {
  applyDatagramOptions(socket, { sendBufferBytes: 40_000, receiveBufferBytes: 50_000 });
  const factor = linux ? 2 : 1;
  expect(readDatagramOptions(socket)).toEqual({
    sendBufferBytes: factor * 40_000,
    receiveBufferBytes: factor * 50_000,
  });
});

test("what only TCP has is refused", () => {
  for (const options of [{ noDelay: true }, { keepAliveMs: 1000 }, { maxSegmentBytes: 1400 }])
    expect(() => applyDatagramOptions(socket, options)).toThrow(
      refusal("option-unsupported", Object.keys(options)[0] ?? ""),
    );
});

test("more than the system grants is refused, not silently cut", () => {
  expect(() => applyDatagramOptions(socket, { receiveBufferBytes: 2 ** 30 })).toThrow(
    refusal("option-refused", "receiveBufferBytes 1073741824"),
  );
});

test("no size at all is refused", () => {
  expect(() => applyDatagramOptions(socket, { sendBufferBytes: 0 })).toThrow(
    refusal("option-invalid", "sendBufferBytes"),
  );
});

test("a socket that is not bound, or closed, reads as unknown and refuses to be set", async () => {
  const unbound = createSocket("udp4");
  const check = () => {
    expect(readDatagramOptions(unbound)).toEqual({
      sendBufferBytes: undefined,
      receiveBufferBytes: undefined,
    });
    expect(() => applyDatagramOptions(unbound, { sendBufferBytes: 8192 })).toThrow(
      refusal("option-refused", "Is the socket bound?"),
    );
  };
  check();
  unbound.close();
  await once(unbound, "close");
  check();
});
