import { openSync, closeSync } from "node:fs";
import { expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { applyOptions, reachKernel } from "../../src/transports/os/apply-options.ts";
import { socketConstants } from "../../src/transports/os/constants.ts";
import { readOptions } from "../../src/transports/os/read-options.ts";
import type { TransportOptions } from "../../src/transports/os/transport-options.ts";
import { connectPair, fdOf, linux, startServer } from "./loopback.ts";

function failure(act: () => unknown): UsageError {
  try {
    act();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error("It did not throw.");
}

test("noDelay and keepAliveMs are off by default, and are set and read on either side", async () => {
  await using pair = await connectPair();
  for (const socket of [pair.client, pair.accepted]) {
    expect(readOptions(fdOf(socket))).toMatchObject({ noDelay: false, keepAlive: false });
    applyOptions(fdOf(socket), { noDelay: true, keepAliveMs: 30_000 });
    expect(readOptions(fdOf(socket))).toMatchObject({ noDelay: true, keepAlive: true });
    applyOptions(fdOf(socket), { noDelay: false });
    expect(readOptions(fdOf(socket))).toMatchObject({ noDelay: false, keepAlive: true });
  }
});

test("buffers of a connection can be set on either side, and Linux reports twice as much", async () => {
  await using pair = await connectPair();
  const factor = socketConstants(process.platform)?.bufferFactor ?? 1;
  for (const socket of [pair.client, pair.accepted]) {
    applyOptions(fdOf(socket), { sendBufferBytes: 40_000, receiveBufferBytes: 50_000 });
    expect(readOptions(fdOf(socket))).toMatchObject({
      sendBufferBytes: factor * 40_000,
      receiveBufferBytes: factor * 50_000,
    });
  }
});

test("no option set is no change", async () => {
  await using pair = await connectPair();
  const before = readOptions(fdOf(pair.client));
  applyOptions(fdOf(pair.client), { noDelay: undefined });
  expect(readOptions(fdOf(pair.client))).toEqual(before);
});

test.runIf(linux)(
  "a buffer beyond the limit of the system is refused with the limit, not silently cut",
  async () => {
    await using pair = await connectPair();
    const error = failure(() => applyOptions(fdOf(pair.client), { sendBufferBytes: 2 ** 30 }));
    expect(error.code).toBe("option-refused");
    expect(error.message).toMatch(
      /^sendBufferBytes 1073741824 was refused: this system grants \d+ at most\. .*net\.core\.wmem_max/u,
    );
    expect(failure(() => applyOptions(fdOf(pair.client), { receiveBufferBytes: 2 ** 30 })).message).toMatch(
      /net\.core\.rmem_max/u,
    );
  },
);

test.runIf(linux).each([87, 32_768])(
  "a segment size of %i is refused with what the kernel said",
  async (bytes) => {
    const server = await startServer();
    const error = failure(() => applyOptions(fdOf(server), { maxSegmentBytes: bytes }));
    server.close();
    expect(error.code).toBe("option-refused");
    expect(error.message).toBe(
      `maxSegmentBytes ${bytes} was refused: EINVAL: invalid argument. Linux takes 88 to 32767.`,
    );
  },
);

test.runIf(linux).each([88, 32_767])("a segment size of %i is taken", async (bytes) => {
  const server = await startServer();
  applyOptions(fdOf(server), { maxSegmentBytes: bytes });
  server.close();
});

test.runIf(linux)(
  "a segment size for an established connection is refused, because Linux would ignore it",
  async () => {
    await using pair = await connectPair();
    const error = failure(() => applyOptions(fdOf(pair.client), { maxSegmentBytes: 1400 }));
    expect(error.code).toBe("option-refused");
    expect(error.message).toMatch(/Set it before\.$/u);
  },
);

test.each<TransportOptions>([
  { sendBufferBytes: 0 },
  { sendBufferBytes: -1 },
  { receiveBufferBytes: 1.5 },
  { receiveBufferBytes: 2 ** 31 },
  { maxSegmentBytes: Number.NaN },
  { keepAliveMs: 0 },
  { keepAliveMs: 32_767_001 },
])("%o is refused before the kernel is asked", async (options) => {
  await using pair = await connectPair();
  const error = failure(() => applyOptions(fdOf(pair.client), options));
  expect(error.code).toBe("option-invalid");
  expect(error.message).toContain(String(Object.values(options)[0]));
});

test.each<TransportOptions>([
  { noDelay: true },
  { keepAliveMs: 1000 },
  { sendBufferBytes: 8192 },
  { receiveBufferBytes: 8192 },
  { maxSegmentBytes: 1400 },
])("on a platform that is not known %o is an error that names option and platform", async (options) => {
  await using pair = await connectPair();
  const error = failure(() => applyOptions(fdOf(pair.client), options, "win32"));
  expect(error.code).toBe("option-unsupported");
  expect(error.message).toContain(Object.keys(options)[0]);
  expect(error.message).toContain("win32");
  expect(readOptions(fdOf(pair.client), "win32")).toEqual({});
});

test("where koffi cannot be loaded the error names the option and says so", () => {
  const error = failure(() =>
    reachKernel("sendBufferBytes", "linux", () => ({ unavailable: "koffi is not there" })),
  );
  expect(error.code).toBe("option-unsupported");
  expect(error.message).toBe("sendBufferBytes cannot be set here: koffi is not there. Leave it out.");
});

test("on macOS a segment size is an error, because connecting would undo it", async () => {
  await using pair = await connectPair();
  const error = failure(() => applyOptions(fdOf(pair.client), { maxSegmentBytes: 1400 }, "darwin"));
  expect(error.code).toBe("option-unsupported");
});

test("a descriptor that is none is an error of the caller, never a crash", () => {
  const file = openSync("/dev/null", "r");
  for (const fd of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 40, 1_000_000, file]) {
    expect(failure(() => readOptions(fd)).code).toBe("bad-descriptor");
    expect(failure(() => applyOptions(fd, { noDelay: true })).code).toBe("bad-descriptor");
    expect(failure(() => applyOptions(fd, { maxSegmentBytes: 1400 })).code).toBe("bad-descriptor");
  }
  closeSync(file);
});
