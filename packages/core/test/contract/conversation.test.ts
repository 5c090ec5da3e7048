// The contract of a conversation, over every transport: what arrives, in which order, and how it ends.
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  ClosedError,
  ProtocolError,
  UsageError,
  type MessageSocket,
  type Payload,
  type TraceEvent,
} from "../../src/index.ts";
import { chunks, looseTalk, rawBytes, talk } from "./protocols.ts";
import { open, subjects, testIf } from "./transports.ts";
import { isPending, rejection, until } from "./waiting.ts";

const GREETING = { type: "say", n: -1 } as const;
const FIRST_CHUNK = { type: "chunk", n: 0, data: new Uint8Array(0) } as const;

async function take<In>(socket: MessageSocket<In, never>, count: number): Promise<In[]> {
  const taken: In[] = [];
  for await (const message of socket) if (taken.push(message) === count) break;
  return taken;
}

async function takeBytes(socket: MessageSocket<Payload, never>, count: number): Promise<Buffer> {
  let taken = Buffer.alloc(0);
  while (taken.length < count) taken = Buffer.concat([taken, Buffer.from((await socket.receive())!)]);
  return taken;
}

describe.each(subjects)("$name", (subject) => {
  let stop: () => Promise<void>;
  beforeEach(() => void (stop = subject.run()));
  afterEach(() => stop());

  test("raw bytes arrive both ways", async () => {
    await using pair = await open(subject, rawBytes, Uint8Array.of(1));
    await pair.client.send(Uint8Array.of(2, 3));
    expect([...(await takeBytes(pair.server, 2))]).toEqual([2, 3]);
    await pair.server.send("zwölf");
    expect(String(await takeBytes(pair.client, 6))).toBe("zwölf");
  });

  testIf(subject.boundaries)(
    "raw messages keep their boundaries; text stays text where the transport knows it",
    async () => {
      await using pair = await open(subject, rawBytes, "hello");
      for (const message of [Uint8Array.of(1), Uint8Array.of(), "é", "", Uint8Array.of(2, 3)]) {
        await pair.client.send(message);
        const received = await pair.server.receive();
        if (subject.text) expect(typeof received).toBe(typeof message);
        expect([...Buffer.from(received!)]).toEqual([...Buffer.from(message)]);
      }
    },
  );

  test("lines of JSON arrive both ways", async () => {
    await using pair = await open(subject, talk, GREETING);
    await pair.client.send({ type: "say", n: 1, text: "ü\n\u2028" });
    expect(await pair.server.receive()).toEqual({ type: "say", n: 1, text: "ü\n\u2028" });
    await pair.server.send({ type: "said", n: 2 });
    expect(await pair.client.receive()).toEqual({ type: "said", n: 2 });
  });

  test("binary messages arrive both ways", async () => {
    await using pair = await open(subject, chunks, FIRST_CHUNK);
    await pair.client.send({ type: "note", text: "from JSON" });
    await pair.client.send({ type: "chunk", n: 7, data: Uint8Array.of(1, 2, 3) });
    expect(await pair.server.receive()).toEqual({ type: "note", text: "from JSON" });
    const { n, data } = (await pair.server.receive()) as { n: number; data: Uint8Array };
    expect([n, ...data]).toEqual([7, 1, 2, 3]);
    await pair.server.send({ type: "chunk", n: 8, data: Uint8Array.of(4) });
    expect([...(await pair.client.receive())!.data]).toEqual([4]);
  });

  test("each side knows its role and both endpoints; what is remote to one is local to the other", async () => {
    await using pair = await open(subject, talk, GREETING);
    const { client, server, listener } = pair;
    expect([client.role, server.role]).toEqual(["client", "server"]);
    expect(client.transport.name).toBe(subject.transport);
    expect(client.transport).toMatchObject({
      reliable: subject.reliable,
      ordered: subject.reliable,
      boundaries: subject.boundaries,
    });
    const place = ({ transport, host, port }: { transport: string; host: string; port: number }): object => ({
      transport,
      host,
      port,
    });
    expect(place(client.remote)).toEqual(place(listener.endpoint));
    expect(place(server.local)).toEqual(place(client.remote));
    expect(place(server.remote)).toEqual(place(client.local));
    expect(client.local.port).not.toBe(0);
    expect(client.id).not.toBe(server.id);
  });

  test("messages arrive in the order in which they were said, many of them said in one tick", async () => {
    await using pair = await open(subject, talk, GREETING, {
      client: { receiveQueueBytes: 1e6 },
      server: { receiveQueueBytes: 1e6 },
    });
    const count = subject.reliable ? 3000 : 50;
    for (let n = 0; n < count; n++) void pair.client.send({ type: "say", n });
    const taken = await take(pair.server, count);
    expect(taken.map(({ n }) => n)).toEqual(Array.from({ length: count }, (_, n) => n));
  });

  testIf(subject.reliable)("a message of 1 MiB arrives whole, between small ones", async () => {
    await using pair = await open(subject, chunks, FIRST_CHUNK);
    const data = new Uint8Array(1024 * 1024).map((_, i) => i ^ (i >> 8));
    void pair.client.send({ type: "chunk", n: 1, data: Uint8Array.of(1) });
    void pair.client.send({ type: "chunk", n: 2, data });
    void pair.client.send({ type: "chunk", n: 3, data: Uint8Array.of(3) });
    const taken = await take(pair.server, 3);
    expect(taken.map((message) => message.type === "chunk" && [message.n, message.data.length])).toEqual([
      [1, 1],
      [2, data.length],
      [3, 1],
    ]);
    const second = taken[1]!;
    expect(second.type === "chunk" && Buffer.compare(second.data, data)).toBe(0);
  });

  test("a message over the limit is not sent, the sentence says the limit, and the conversation goes on", async () => {
    await using pair = await open(subject, talk, GREETING);
    const error = await rejection(pair.client.send({ type: "say", n: 1, text: "x".repeat(4 * 1024 * 1024) }));
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ code: "message-too-long" });
    expect(error.message).toContain(
      `at most ${Math.min(4 * 1024 * 1024, pair.client.transport.maxMessageBytes)}`,
    );
    await pair.client.send({ type: "say", n: 2 });
    expect(await pair.server.receive()).toMatchObject({ n: 2 });
  });

  test("a message that the protocol does not allow is not sent, and the conversation goes on", async () => {
    await using pair = await open(subject, talk, GREETING);
    for (const wrong of [undefined, { type: "said", n: 1 }, { type: "say" }]) {
      expect(await rejection(pair.client.send(wrong as never))).toBeInstanceOf(UsageError);
    }
    await pair.client.send({ type: "say", n: 2 });
    expect(await pair.server.receive()).toMatchObject({ n: 2 });
    expect(pair.client.inspect().messagesOut).toBe(2);
  });

  test("who breaks the rules is refused after the good messages before it; another conversation goes on", async () => {
    await using pair = await open(subject, talk, GREETING);
    const { connect, formatEndpoint } = await import("../../src/index.ts");
    const offender = await connect(looseTalk, formatEndpoint(pair.listener.endpoint), {
      ...subject.options,
      ...subject.connectOptions,
      closeTimeoutMs: 200,
    });
    void offender.send({ type: "say", n: 1 });
    void offender.send({ type: "say", n: 2 });
    void offender.send({ type: "say", n: "three" });
    void offender.send({ type: "say", n: 4 });
    const server = await pair.accept();
    expect(await take(server, 2)).toMatchObject([{ n: 1 }, { n: 2 }]);
    const error = await rejection(server.receive());
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error.message).toMatch(/"say".*field "n".*"three" was given/u);
    // Once refused, always refused: nothing after it is handed out.
    expect(await rejection(server.receive())).toBe(error);
    expect(await server.closed).toMatchObject({ error });

    await pair.client.send({ type: "say", n: 5 });
    expect(await pair.server.receive()).toMatchObject({ n: 5 });
    offender.abort();
  });

  testIf(subject.reason)("who breaks the rules is told which, where the transport can tell", async () => {
    await using pair = await open(subject, talk, GREETING);
    const { connect, formatEndpoint } = await import("../../src/index.ts");
    const offender = await connect(looseTalk, formatEndpoint(pair.listener.endpoint), {
      ...subject.options,
      ...subject.connectOptions,
    });
    await offender.send({ type: "shout" });
    const server = await pair.accept();
    await rejection(server.receive());
    expect(await offender.receive()).toBeUndefined();
    expect((await offender.closed).reason).toMatch(/^1002 .*"shout"/u);
  });

  test("close delivers what was sent, then ends the other side's loop", async () => {
    await using pair = await open(subject, talk, GREETING, { server: { receiveQueueBytes: 1e6 } });
    const count = subject.reliable ? 500 : 20;
    for (let n = 0; n < count; n++) void pair.client.send({ type: "say", n });
    const closing = pair.client.close("enough");
    if (subject.reliable) {
      const received: number[] = [];
      for await (const { n } of pair.server) received.push(n);
      expect(received).toHaveLength(count);
      await pair.server.close();
      expect(await pair.server.closed).toMatchObject({ by: "remote", error: undefined });
      if (subject.reason) expect((await pair.server.closed).reason).toBe("1000 enough");
    } else expect(await take(pair.server, count)).toHaveLength(count);
    await closing;
    expect(await pair.client.closed).toEqual({ by: "local", reason: "enough", error: undefined });
  });

  test("the remote end ends the loop, however often one asks", async () => {
    await using pair = await open(subject, talk, GREETING);
    if (!subject.reliable) return;
    void pair.server.close();
    expect(await pair.client.receive()).toBeUndefined();
    expect(await pair.client.receive()).toBeUndefined();
    await pair.client.close();
    expect(await pair.client.receive()).toBeUndefined();
  });

  test("abort ends it now: local readers and senders are told; the other side learns that it was no orderly end", async () => {
    await using pair = await open(subject, talk, GREETING);
    const reading = pair.client.receive();
    const told = pair.server.receive();
    told.catch(() => {});
    const error = new Error("we have had enough");
    pair.client.abort(error);
    expect(await rejection(reading)).toBe(error);
    expect(await rejection(pair.client.send({ type: "say", n: 1 }))).toMatchObject({
      code: "closed",
      cause: error,
    });
    expect(await pair.client.closed).toMatchObject({ by: "local", error });
    if (!subject.reliable) return;
    if (subject.reset) expect(await rejection(told)).toMatchObject({ name: "ClosedError", code: "reset" });
    else await told;
  });

  test("leaving the loop closes nothing: iterate again to go on", async () => {
    await using pair = await open(subject, talk, GREETING);
    for (let n = 0; n < 3; n++) await pair.client.send({ type: "say", n });
    for await (const { n } of pair.server) {
      expect(n).toBe(0);
      break;
    }
    expect(await take(pair.server, 2)).toMatchObject([{ n: 1 }, { n: 2 }]);
    await pair.server.send({ type: "said", n: 9 });
    expect(await pair.client.receive()).toMatchObject({ n: 9 });
  });

  test("a second reader at the same time is a UsageError, and the first one goes on", async () => {
    await using pair = await open(subject, talk, GREETING);
    const first = pair.server.receive();
    expect(await rejection(pair.server.receive())).toMatchObject({ name: "UsageError", code: "two-readers" });
    await pair.client.send({ type: "say", n: 1 });
    expect(await first).toMatchObject({ n: 1 });
  });

  test("sending after close is a ClosedError", async () => {
    await using pair = await open(subject, talk, GREETING);
    const closing = pair.client.close();
    expect(await rejection(pair.client.send({ type: "say", n: 1 }))).toBeInstanceOf(ClosedError);
    void pair.server.close();
    await closing;
    expect(await rejection(pair.client.send({ type: "say", n: 1 }))).toMatchObject({
      name: "ClosedError",
      code: "closed",
    });
  });

  test("close is bounded, even if the other side never reads and never closes", async () => {
    await using pair = await open(subject, talk, GREETING, {
      client: { closeTimeoutMs: 50 },
      server: { receiveQueueBytes: 1000 },
    });
    if (subject.reliable) {
      const text = "x".repeat(100_000);
      for (let n = 0; n < 40; n++) void pair.client.send({ type: "say", n, text });
    }
    await pair.client.close();
    expect(await pair.client.closed).toMatchObject({ by: "local" });
  });

  test("closing twice, aborting after closing, disposing: each ends it once", async () => {
    await using pair = await open(subject, talk, GREETING);
    const { closed } = pair.client;
    void pair.server.close();
    await Promise.all([pair.client.close("a"), pair.client.close("b"), pair.client[Symbol.asyncDispose]()]);
    const info = await closed;
    pair.client.abort(new Error("too late"));
    expect(await pair.client.closed).toEqual(info);
    expect(info.error).toBeUndefined();
  });

  testIf(subject.reliable)(
    "a reader who stops makes send wait, with bounded memory; nothing is lost when it goes on",
    async () => {
      await using pair = await open(subject, chunks, FIRST_CHUNK);
      const data = new Uint8Array(16 * 1024);
      let sent = 0;
      let sending: Promise<void>;
      do {
        data[0] = sent;
        sending = pair.client.send({ type: "chunk", n: ++sent, data: data.slice() });
      } while (sent < 4000 && !(await isPending(sending)));
      expect(sent).toBeLessThan(4000);
      expect(pair.client.inspect().sendQueueBytes).toBeLessThan(256 * 1024);
      expect(pair.server.inspect().receiveQueueBytes).toBeLessThan(512 * 1024);
      for (let n = 1; n <= sent; n++) {
        const message = await pair.server.receive();
        expect(message).toMatchObject({ type: "chunk", n });
        expect(message?.type === "chunk" && message.data[0]).toBe((n - 1) & 255);
      }
      await sending;
      await pair.client.send({ type: "chunk", n: 0, data });
      expect(await pair.server.receive()).toMatchObject({ n: 0 });
      expect(pair.server.inspect().receiveQueueBytes).toBe(0);
    },
  );

  testIf(!subject.reliable)(
    "what nobody reads in time is dropped and counted, in bounded memory",
    async () => {
      await using pair = await open(subject, chunks, FIRST_CHUNK, { server: { receiveQueueBytes: 20_000 } });
      const data = new Uint8Array(1000);
      const isDropping = (): boolean => (pair.server.inspect().dropped ?? 0) > 0;
      for (let n = 0; n < 10_000 && !isDropping(); n++) {
        await pair.client.send({ type: "chunk", n, data });
        if (n % 10 === 0) await isPending(Promise.resolve(), 0);
        await new Promise(setImmediate);
      }
      await until(isDropping, "a dropped datagram");
      expect(pair.server.inspect().receiveQueueBytes).toBeLessThan(25_000);
      // Who reads again hears what is said from then on.
      while (pair.server.inspect().receiveQueueBytes > 0) await pair.server.receive();
      await pair.client.send({ type: "chunk", n: 77, data });
      for await (const message of pair.server) if (message.type === "chunk" && message.n === 77) break;
    },
  );

  test("a trace tells every message, in order, with its size and as it crosses the wire", async () => {
    const events: { client: TraceEvent[]; server: TraceEvent[] } = { client: [], server: [] };
    await using pair = await open(subject, talk, GREETING, {
      client: { trace: (event) => events.client.push(event) },
      server: { trace: (event) => events.server.push(event) },
    });
    await pair.server.send({ type: "said", n: 1, text: "é" });
    await pair.client.receive();
    await pair.client.send({ type: "say", n: 2 });
    await pair.server.receive();
    const said = '{"type":"said","n":1,"text":"é"}';
    const rows = (of: TraceEvent[]): unknown[] =>
      of.map(({ direction, type, bytes, payload }) => [
        direction,
        type,
        bytes,
        Buffer.from(payload).toString(),
      ]);
    const first = '{"type":"say","n":-1}';
    const last = '{"type":"say","n":2}';
    expect(rows(events.client)).toEqual([
      ["out", "say", 21, first],
      ["in", "said", 33, said],
      ["out", "say", 20, last],
    ]);
    expect(rows(events.server)).toEqual([
      ["in", "say", 21, first],
      ["out", "said", 33, said],
      ["in", "say", 20, last],
    ]);
    for (const event of events.client) {
      expect(event).toMatchObject({
        socket: pair.client.id,
        role: "client",
        local: pair.client.local,
        remote: pair.client.remote,
      });
    }
    expect(events.client.map(({ timeMs }) => timeMs)).toEqual(
      events.client.map(({ timeMs }) => timeMs).toSorted((a, b) => a - b),
    );
  });

  test("inspect counts messages and bytes, and shows both ends", async () => {
    await using pair = await open(subject, talk, GREETING);
    for (let n = 0; n < 10; n++) await pair.client.send({ type: "say", n });
    await take(pair.server, 10);
    const [client, server] = [pair.client.inspect(), pair.server.inspect()];
    expect(client).toMatchObject({
      id: pair.client.id,
      role: "client",
      pid: process.pid,
      protocol: "talk",
      transport: subject.transport,
      messagesOut: 11,
      messagesIn: 0,
    });
    expect(server).toMatchObject({
      role: "server",
      messagesIn: 11,
      messagesOut: 0,
      receiveQueueBytes: 0,
      sendQueueBytes: 0,
    });
    expect(server.bytesIn).toBeGreaterThanOrEqual(11 * 20);
    expect(client.bytesOut).toBe(server.bytesIn);
    expect(client.remote).toMatchObject({
      host: pair.listener.endpoint.host,
      port: pair.listener.endpoint.port,
    });
    if (subject.url.includes("127.0.0.1")) expect(client.remote.addressInteger).toBe(0x7f000001);
    if (subject.url.includes("contract")) expect(client.remote.addressInteger).toBeUndefined();
    if (!subject.real || process.platform !== "linux") return;
    expect(client.sendBufferBytes).toBeGreaterThan(0);
    expect(client.receiveBufferBytes).toBeGreaterThan(0);
    if (!subject.reliable) return;
    expect(client).toMatchObject({ noDelay: true, keepAlive: false });
    expect(client.maxSegmentBytes).toBeGreaterThan(500);
    expect(client.tcpInfo).toMatchObject({ retransmits: expect.any(Number) as number });
  });
});

afterAll(async () => {
  const isOurs = (name: string): boolean => /TCP|TLS|UDP/u.test(name);
  await until(() => !process.getActiveResourcesInfo().some(isOurs), "every socket to be closed");
});
