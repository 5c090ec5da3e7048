import { connect as connectTcp } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { connect, defineProtocol, ProtocolError, raw, UsageError, type Payload } from "@socketlab/core";
import { busyPort, drain, echo, handleEcho, readableLog, serveEcho, until } from "./kit.ts";

const strict = defineProtocol({ name: "strict", version: 1, framing: raw({ maxBytes: 64 }) });

test("one handler serves every kind of door, at the ports it really got", async () => {
  await using server = await serveEcho({}, [
    "tcp://127.0.0.1:0",
    "udp://127.0.0.1:0",
    "ws://127.0.0.1:0/echo",
  ]);
  expect(server.endpoints.map(({ transport }) => transport)).toEqual(["tcp", "udp", "ws"]);
  for (const endpoint of server.endpoints) {
    expect(endpoint.port).toBeGreaterThan(0);
    await using socket = await connect(echo, endpoint);
    await socket.send("hello");
    expect(String(await socket.receive())).toMatch(/hello|104,101,108,108,111/);
  }
});

test("if one endpoint cannot be listened at, none is, and the error says which", async () => {
  await using busy = await busyPort();
  const first = await busyPort();
  await first[Symbol.asyncDispose]();
  const endpoints = [`tcp://127.0.0.1:${first.port}`, `tcp://127.0.0.1:${busy.port}`];
  const error = await serveEcho({}, endpoints).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UsageError);
  expect(error).toMatchObject({
    code: "address-in-use",
    message: expect.stringContaining(String(busy.port)),
  });
  await expect(connect(echo, endpoints[0]!)).rejects.toMatchObject({ code: "refused" });
});

test("a handler that throws ends its own conversation and harms nobody else", async () => {
  const { log, entries } = readableLog();
  await using server = await serveEcho({ log }, ["tcp://127.0.0.1:0"], async (socket) => {
    for await (const message of socket) {
      if (String(message) === "98,111,111,109" || message.toString() === "boom")
        throw new TypeError("a fault of ours");
      await socket.send(message);
    }
  });
  await using good = await connect(echo, server.endpoints[0]!);
  await using bad = await connect(echo, server.endpoints[0]!);
  await bad.send("boom");
  expect((await bad.closed).by).toBe("remote");
  await good.send("still here");
  expect(Buffer.from((await good.receive()) as Uint8Array).toString()).toBe("still here");
  await until(() => entries.length > 0);
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ level: 50, err: { type: "TypeError", message: "a fault of ours" } });
});

test("a broken protocol is logged once, as one entry, and the client has been told", async () => {
  const { log, entries } = readableLog();
  await using server = await serveEcho({ log }, ["ws://127.0.0.1:0"], handleEcho, strict);
  await using client = await connect(
    { ...echo, framing: { ...echo.framing, maxBytes: 8 << 20 } },
    server.url,
  );
  drain(client);
  client.send(new Uint8Array(100)).catch(() => {});
  const { by, reason } = await client.closed;
  expect([by, reason]).toEqual(["remote", expect.stringContaining("1009")]);
  await until(() => entries.length > 0);
  await server.close();
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ level: 40, code: "message-too-long", by: "local" });
});

test("a vanished client is one entry, and counted by its code", async () => {
  const { log, entries } = readableLog();
  await using server = await serveEcho({ log }, ["ws://127.0.0.1:0", "tcp://127.0.0.1:0"]);
  const { host, port } = server.endpoints[1]!;
  const client = connectTcp(port, host);
  await once(client, "connect");
  client.write("x");
  await once(client, "data");
  client.resetAndDestroy();
  await until(() => entries.length > 0);
  expect(entries[0]).toMatchObject({ level: 40, code: "reset" });
  const metrics = await (await fetch(`${server.http}/metrics`)).text();
  expect(metrics).toMatch(/socketlab_errors_total\{.*code="reset"\} 1/);
});

test("a handler that throws before it has made a promise, and no Error, ends its own conversation alone", async () => {
  const { log, entries } = readableLog();
  let calls = 0;
  await using server = await serveEcho({ log }, ["tcp://127.0.0.1:0"], (socket) => {
    // What a program in JavaScript may do.
    if (++calls === 1) throw "a fault of ours" as unknown as Error;
    return handleEcho(socket);
  });
  // It may be broken off before it is known to be there.
  const bad = await connect(echo, server.endpoints[0]!).catch(() => undefined);
  await bad?.closed;
  await using good = await connect(echo, server.endpoints[0]!);
  await good.send("still here");
  expect(Buffer.from((await good.receive()) as Uint8Array).toString()).toBe("still here");
  expect(entries).toMatchObject([{ level: 50, err: { message: "'a fault of ours'" } }]);
});

test("when the handler returns, the conversation is closed after what was said has arrived", async () => {
  await using server = await serveEcho({}, ["ws://127.0.0.1:0"], async (socket) => {
    for (let i = 0; i < 100; i++) await socket.send(`line ${i}`);
  });
  await using socket = await connect(echo, server.url);
  const heard: Payload[] = [];
  for await (const message of socket) heard.push(message);
  expect(heard).toHaveLength(100);
  expect(await socket.closed).toMatchObject({ by: "remote", error: undefined });
});

test("closing tells the remote side why, ends every conversation, and is over soon", async () => {
  const { log, entries } = readableLog();
  const server = await serveEcho({ log, closeTimeoutMs: 300 }, ["ws://127.0.0.1:0", "tcp://127.0.0.1:0"]);
  const socket = await connect(echo, server.url);
  drain(socket);
  // Never reads, never agrees to the end.
  const silent = connectTcp(server.endpoints[1]!.port, "127.0.0.1");
  silent.on("error", () => {});
  silent.pause();
  await once(silent, "connect");
  await until(() => server.sockets().length === 2);
  const begun = performance.now();
  await server.close("maintenance");
  expect(performance.now() - begun).toBeLessThan(2000);
  expect((await socket.closed).reason).toContain("maintenance");
  expect(server.sockets()).toEqual([]);
  expect(await server.closed).toBeUndefined();
  expect(entries.map(({ level }) => level)).toEqual([30, 30]);
  await expect(connect(echo, server.url)).rejects.toMatchObject({ code: "refused" });
  silent.destroy();
});

test("a handler that never returns does not keep the server from closing", { timeout: 10_000 }, async () => {
  const { log, entries } = readableLog();
  const server = await serveEcho(
    { log, closeTimeoutMs: 100 },
    ["tcp://127.0.0.1:0"],
    () => new Promise(() => {}),
  );
  await using _client = await connect(echo, server.endpoints[0]!);
  await until(() => server.sockets().length === 1);
  await server.close();
  expect(entries.at(-1)).toMatchObject({ level: 40, msg: expect.stringContaining("1 handler") });
});

test("the handlers' signal is aborted when the server closes, and its reason is no error", async () => {
  const { log, entries } = readableLog();
  const started = Promise.withResolvers<void>();
  const { serve } = await import("@socketlab/core/server-kit");
  const server = await serve(
    echo,
    ["tcp://127.0.0.1:0"],
    async (_socket, { signal }) => {
      started.resolve();
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
    { name: "test", log },
  );
  await using client = await connect(echo, server.endpoints[0]!);
  drain(client);
  await started.promise;
  await server.close();
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ level: 30 });
});

test("aborting the signal that serve was given closes the server", async () => {
  const stop = new AbortController();
  const server = await serveEcho({ signal: stop.signal });
  await using socket = await connect(echo, server.url);
  drain(socket);
  stop.abort();
  await server.closed;
  expect(await socket.closed).toMatchObject({ by: "remote", error: undefined });
});

test("one conversation too many is refused, and counted", async () => {
  await using server = await serveEcho({ maxConnections: 2 }, ["ws://127.0.0.1:0"]);
  await using _one = await connect(echo, server.url);
  await using _two = await connect(echo, server.url);
  await expect(connect(echo, server.url)).rejects.toMatchObject({ code: expect.any(String) as string });
});

test("an error of the conversation that the handler passes on is the conversation's, not the handler's", async () => {
  const { log, entries } = readableLog();
  await using server = await serveEcho(
    { log },
    ["ws://127.0.0.1:0"],
    async (socket) => {
      await handleEcho(socket).catch((error: unknown) => {
        expect(error).toBeInstanceOf(ProtocolError);
        throw error;
      });
    },
    strict,
  );
  await using client = await connect(
    { ...echo, framing: { ...echo.framing, maxBytes: 8 << 20 } },
    server.url,
  );
  drain(client);
  client.send(new Uint8Array(100)).catch(() => {});
  await client.closed;
  await until(() => entries.length > 0);
  expect(entries[0]!["msg"]).toContain("at most 64 are allowed");
});
