import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { applyOptions } from "../../src/transports/os/apply-options.ts";
import { socketConstants } from "../../src/transports/os/constants.ts";
import { libc } from "../../src/transports/os/libc.ts";
import { nodeOptions } from "../../src/transports/os/transport-options.ts";
import { connectPair, fdOf, linux } from "./loopback.ts";

function keepIdleSeconds(socket: Socket): number | undefined {
  const native = libc();
  const numbers = socketConstants(process.platform);
  if ("unavailable" in native || numbers === undefined) throw new Error("This platform cannot say.");
  const value = new Int32Array(1);
  native.libc.getsockopt(fdOf(socket), numbers.IPPROTO_TCP, numbers.TCP_KEEPIDLE, value);
  return value[0];
}

test("what is left out is left out for Node.js too, so that it can be spread", () => {
  expect(nodeOptions({})).toEqual({});
  expect(Object.keys(nodeOptions({ noDelay: undefined, sendBufferBytes: 8192 }))).toEqual([]);
  expect(nodeOptions({ noDelay: false })).toEqual({ noDelay: false });
});

test("less than a second of keep-alive is a second, and not the two hours that 0 means to Node.js", () => {
  expect(nodeOptions({ keepAliveMs: 1 })).toEqual({ keepAlive: true, keepAliveInitialDelay: 1000 });
  expect(nodeOptions({ keepAliveMs: 1001 })).toEqual({ keepAlive: true, keepAliveInitialDelay: 2000 });
});

test("values that Node.js would drop without a word are refused", () => {
  expect(() => nodeOptions({ keepAliveMs: 40_000_000 })).toThrow(
    expect.objectContaining({ code: "option-invalid" }),
  );
});

test.runIf(linux)("the kernel has the same idle time, whichever way it was set", async () => {
  await using pair = await connectPair({ keepAliveMs: 1500 }, { keepAliveMs: 32_767_000 });
  expect(keepIdleSeconds(pair.client)).toBe(2);
  expect(keepIdleSeconds(pair.accepted)).toBe(32_767);
  applyOptions(fdOf(pair.client), { keepAliveMs: 3001 });
  expect(keepIdleSeconds(pair.client)).toBe(4);
});
