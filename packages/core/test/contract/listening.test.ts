// The contract of beginning, limiting and ending: connect, listen, signals, bounds, over every transport.
import { getEventListeners, once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  ClosedError,
  connect,
  formatEndpoint,
  LimitError,
  listen,
  TimeoutError,
  type MessageSocket,
} from "../../src/index.ts";
import { talk } from "./protocols.ts";
import { open, subjects, testIf, type Subject } from "./transports.ts";
import { rejection, until } from "./waiting.ts";

const GREETING = { type: "say", n: -1 } as const;

type TalkServer = MessageSocket<{ type: "say"; n: number }, { type: "said"; n: number }>;

/** Answers each message with its number until the other side ends. */
async function answer(socket: TalkServer): Promise<void> {
  try {
    for await (const { n } of socket) await socket.send({ type: "said", n });
    await socket.close();
  } catch {
    // Some tests break the conversation off: that is no fault here.
  }
}

function dialing(subject: Subject): object {
  return { ...(subject.options.network && { network: subject.options.network }), ...subject.connectOptions };
}

/** Accepts connections and says nothing. */
async function silentServer(): Promise<{ server: Server; port: number; close: () => void }> {
  const accepted = new Set<Socket>();
  const server = createServer((socket) => accepted.add(socket.on("error", () => {}))).listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = (): void => {
    for (const socket of accepted) socket.destroy();
    server.close();
  };
  return { server, port: (server.address() as AddressInfo).port, close };
}

describe.each(subjects)("$name", (subject) => {
  let stop: () => Promise<void>;
  beforeEach(() => void (stop = subject.run()));
  afterEach(() => stop());

  test("port 0 becomes a free port, and two servers never share one", async () => {
    await using first = await listen(talk, subject.url, subject.options);
    await using second = await listen(talk, subject.url, subject.options);
    expect(first.endpoint.port).toBeGreaterThan(0);
    expect(second.endpoint.port).not.toBe(first.endpoint.port);
    expect(await rejection(listen(talk, first.endpoint, subject.options))).toMatchObject({
      name: "UsageError",
      code: "address-in-use",
    });
  });

  test("a closed listener gives its port back at once", async () => {
    const first = await listen(talk, subject.url, subject.options);
    const { endpoint } = first;
    const client = await connect(talk, endpoint, dialing(subject));
    await client.send(GREETING);
    await until(() => first.sockets.size === 1, "the conversation");
    const closed = first.close();
    client.abort();
    await closed;
    await using second = await listen(talk, endpoint, subject.options);
    expect(second.endpoint).toEqual(endpoint);
  });

  testIf(subject.transport !== "udp")(
    "nobody there is a ClosedError that says where and what to look at",
    async () => {
      const listener = await listen(talk, subject.url, subject.options);
      await listener.close();
      const error = await rejection(connect(talk, listener.endpoint, dialing(subject)));
      expect(error).toMatchObject({ name: "ClosedError", code: "refused" });
      expect(error.message).toContain(formatEndpoint(listener.endpoint));
    },
  );

  test("a signal that is aborted already stops connect before anything begins", async () => {
    await using listener = await listen(talk, subject.url, subject.options);
    const reason = new Error("changed my mind");
    const error = await rejection(
      connect(talk, listener.endpoint, { ...dialing(subject), signal: AbortSignal.abort(reason) }),
    );
    expect(error).toMatchObject({ name: "ClosedError", code: "aborted", cause: reason });
  });

  test("a signal aborted while connecting stops it, or closes what has just begun", async () => {
    await using listener = await listen(talk, subject.url, subject.options);
    const controller = new AbortController();
    const connecting = connect(talk, listener.endpoint, {
      ...dialing(subject),
      signal: controller.signal,
      closeTimeoutMs: 50,
    });
    controller.abort();
    const outcome = await connecting.catch((error: unknown) => error as Error);
    if (outcome instanceof Error) expect(outcome).toMatchObject({ name: "ClosedError", code: "aborted" });
    else expect(await outcome.closed).toMatchObject({ by: "local" });
    for (const socket of listener.sockets) socket.abort();
  });

  testIf(subject.handshake)("a signal aborted during the handshakes stops connect", async () => {
    const { server, port, close } = await silentServer();
    const controller = new AbortController();
    const reason = new Error("too slow");
    server.once("connection", () => controller.abort(reason));
    const error = await rejection(
      connect(talk, `${subject.transport}://127.0.0.1:${port}`, { signal: controller.signal }),
    );
    expect(error).toMatchObject({ name: "ClosedError", code: "aborted", cause: reason });
    close();
  });

  testIf(subject.handshake)(
    "a server that answers no handshake is a TimeoutError at the deadline",
    async () => {
      const { port, close } = await silentServer();
      const error = await rejection(
        connect(talk, `${subject.transport}://127.0.0.1:${port}`, { connectTimeoutMs: 50 }),
      );
      expect(error).toMatchObject({ name: "TimeoutError", code: "connect-timed-out" });
      close();
    },
  );

  test("a signal aborted later closes the conversation, and the signal keeps nothing of it", async () => {
    const controller = new AbortController();
    await using pair = await open(subject, talk, GREETING, { client: { signal: controller.signal } });
    void answer(pair.server);
    controller.abort();
    expect(await pair.client.closed).toMatchObject({ by: "local", error: undefined });
    const later = new AbortController();
    const client = await pair.dial({ signal: later.signal });
    await client.close();
    await until(() => getEventListeners(later.signal, "abort").length === 0, "the signal to be let go");
  });

  test("an aborted signal makes a listener stop, close its conversations and let the signal go", async () => {
    const controller = new AbortController();
    await using pair = await open(subject, talk, GREETING, {
      server: { signal: controller.signal, closeTimeoutMs: 200 },
    });
    void pair.client.receive().then(
      () => pair.client.close(),
      () => {},
    );
    controller.abort();
    await pair.server.closed;
    await expect(pair.accept()).rejects.toThrow("the listener has closed");
    await until(() => pair.listener.sockets.size === 0, "no conversation left");
    expect(
      await rejection(listen(talk, subject.url, { ...subject.options, signal: controller.signal })),
    ).toBeDefined();

    const later = new AbortController();
    const listener = await listen(talk, subject.url, { ...subject.options, signal: later.signal });
    await listener.close();
    expect(getEventListeners(later.signal, "abort")).toHaveLength(0);
  });

  test("closed is one promise, settles once and never rejects", async () => {
    await using pair = await open(subject, talk, GREETING);
    expect(pair.client.closed).toBe(pair.client.closed);
    pair.client.abort(new Error("x"));
    const info = await pair.client.closed;
    pair.client.abort(new Error("y"));
    expect(await pair.client.closed).toBe(info);
  });

  test("who says nothing for longer than idleTimeoutMs is cut off with a TimeoutError", async () => {
    await using pair = await open(subject, talk, GREETING, { server: { idleTimeoutMs: 60 } });
    expect(await rejection(pair.server.receive())).toMatchObject({ name: "TimeoutError", code: "idle" });
    const info = await pair.server.closed;
    expect(info.by).toBe("local");
    expect(info.error).toBeInstanceOf(TimeoutError);
    expect(info.error?.message).toContain("60 ms");
    expect(await rejection(pair.server.send({ type: "said", n: 1 }))).toBeInstanceOf(TimeoutError);
  });

  test("one conversation too many is turned away, the others go on, and a place is free again when one ends", async () => {
    await using pair = await open(subject, talk, GREETING, {
      server: { maxConnections: 1, closeTimeoutMs: 100 },
    });
    const refused = pair.dial({ connectTimeoutMs: 1000 }).then(async (second) => {
      await second.send(GREETING);
      if (subject.reliable) await second.receive();
      return second;
    });
    if (subject.reliable) expect(await rejection(refused)).toBeInstanceOf(ClosedError);
    await until(() => pair.listener.refused > 0, "the refusal");
    (await refused.catch(() => undefined))?.abort();

    await pair.client.send({ type: "say", n: 1 });
    expect(await pair.server.receive()).toMatchObject({ n: 1 });
    pair.server.abort();
    await pair.server.closed;
    await until(() => pair.listener.sockets.size === 0, "a free place");
    const third = await admitted(pair, subject);
    await third.close();
  });

  test("one address that wants too many is turned away", async () => {
    await using pair = await open(subject, talk, GREETING, { server: { maxConnectionsPerAddress: 2 } });
    const second = await pair.dial();
    await second.send(GREETING);
    await pair.accept();
    const third = pair.dial({ connectTimeoutMs: 1000 }).then(async (socket) => {
      await socket.send(GREETING);
      if (subject.reliable) await socket.receive();
      return socket;
    });
    if (subject.reliable) expect(await rejection(third)).toBeInstanceOf(ClosedError);
    await until(() => pair.listener.refused > 0, "the refusal");
    (await third.catch(() => undefined))?.abort();
    await second.send({ type: "say", n: 1 });
  });

  testIf(subject.reliable)(
    "who does not read is cut off at maxSendQueueBytes, and nobody else is slowed",
    async () => {
      await using pair = await open(subject, talk, GREETING, {
        server: { maxSendQueueBytes: 300_000 },
        client: { receiveQueueBytes: 1000 },
      });
      const other = await pair.dial();
      await other.send(GREETING);
      void answer(await pair.accept());
      const text = "x".repeat(10_000);
      for (let sent = 0; sent < 10_000 && pair.server.inspect().sendQueueBytes <= 300_000; sent++) {
        const sending = pair.server.send({ type: "said", n: sent, text });
        if (
          await Promise.race([
            sending.then(
              () => false,
              () => true,
            ),
            new Promise((resolve) => setImmediate(resolve, false)),
          ])
        )
          break;
        // The other conversation is answered all the time.
        if (sent % 50 === 0) {
          await other.send({ type: "say", n: sent });
          expect(await other.receive()).toMatchObject({ type: "said" });
        }
      }
      const info = await pair.server.closed;
      expect(info.error).toBeInstanceOf(LimitError);
      expect(info.error).toMatchObject({
        code: "send-queue-full",
        message: expect.stringContaining("at most 300000") as string,
      });
      expect(await rejection(pair.server.send({ type: "said", n: 1 }))).toBeInstanceOf(LimitError);
      await other.send({ type: "say", n: -2 });
      for (let n: number | undefined = 0; n !== -2; n = (await other.receive())?.n) expect(n).toBeDefined();
    },
  );

  test("two loops over one listener share its conversations; no conversation is handed out twice", async () => {
    await using listener = await listen(talk, subject.url, subject.options);
    const seen: MessageSocket<unknown, unknown>[] = [];
    const loop = async (): Promise<void> => {
      for await (const socket of listener) seen.push(socket);
    };
    const loops = [loop(), loop()];
    for (let i = 0; i < 4; i++) {
      const client = await connect(talk, listener.endpoint, dialing(subject));
      await client.send(GREETING);
      await until(() => seen.length === i + 1, "one more conversation");
      client.abort();
    }
    await listener.close();
    await Promise.all(loops);
    expect(new Set(seen).size).toBe(4);
    expect(seen).toHaveLength(4);
  });
});

type TalkPair = Awaited<ReturnType<typeof open<{ type: "say"; n: number }, { type: "said"; n: number }>>>;

/** A client that has got in: the place of one that has left is free when its connection is gone, not before. */
async function admitted(
  pair: TalkPair,
  subject: Subject,
): Promise<MessageSocket<unknown, { type: "say"; n: number }>> {
  for (let tries = 1; ; tries++) {
    try {
      const socket = await pair.dial();
      await socket.send(GREETING);
      void answer(await pair.accept());
      expect(await socket.receive()).toMatchObject({ n: -1 });
      await socket.send({ type: "say", n: 3 });
      expect(await socket.receive()).toMatchObject({ n: 3 });
      return socket;
    } catch (error) {
      if (!subject.reliable || tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

test("a listener that breaks tells whoever iterates over it", async () => {
  const { VirtualNetwork, VirtualClock } = await import("../../src/index.ts");
  const inner = new VirtualNetwork({ clock: new VirtualClock() });
  let fail: ((error: Error) => void) | undefined;
  const listener = await listen(talk, "tcp://10.0.0.1:1", {
    network: {
      clock: inner.clock,
      dial: (endpoint, options) => inner.dial(endpoint, options),
      listen: (endpoint, doorkeeper) => {
        fail = (error) => doorkeeper.failed(error);
        return inner.listen(endpoint, doorkeeper);
      },
    },
  });
  const waiting = listener[Symbol.asyncIterator]().next();
  const error = new Error("no more files");
  fail?.(error);
  expect(await rejection(waiting)).toBe(error);
  await listener.close();
});

afterAll(async () => {
  const isOurs = (name: string): boolean => /TCP|TLS|UDP/u.test(name);
  await until(() => !process.getActiveResourcesInfo().some(isOurs), "every socket to be closed");
});
