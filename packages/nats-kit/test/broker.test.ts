// The connection to a broker: what is said where there is none, and what is asked while it is away.
import { RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { UsageError } from "@socketlab/core";
import { needs } from "@socketlab/core/test-kit";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../src/ask.ts";
import { connectBroker, type Broker } from "../src/broker.ts";
import { openStream } from "../src/stream.ts";
import { Nats } from "../src/test-kit/nats.ts";

/** As an app would have it. */
class Failed extends Error {
  readonly code: string;
  constructor(code: string, message: string, options: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

function connected(url: string): Promise<Broker> {
  return connectBroker(url, {
    client: "a test",
    name: "things",
    failure: (...given) => new Failed(...given),
  });
}

test("where no broker answers is said at once, without the password", async () => {
  const asked = connected("nats://ann:secret@127.0.0.1:1,127.0.0.1:2/x");
  await expect(asked).rejects.toBeInstanceOf(Failed);
  await expect(asked).rejects.toThrow("nats://127.0.0.1:1,127.0.0.1:2: no NATS server");
});

describe("with one NATS server", needs("nats-server"), () => {
  let nats: Nats;
  let broker: Broker;
  beforeAll(async () => {
    nats = await Nats.start(1);
  });
  afterEach(() => broker.connection.close());

  test("the name is the URL's, or the app's", async () => {
    broker = await connected(nats.url);
    expect(broker).toMatchObject({ url: nats.url, name: "things", replicas: 1 });
    await broker.connection.close();
    broker = await connected(`${nats.url}/other`);
    expect(broker).toMatchObject({ url: nats.url, name: "other" });
  });

  test("what is asked while the broker is away is answered when it is back", async () => {
    broker = await connected(nats.url);
    await nats.killServer(0);
    const answer = ask(broker, "the account cannot be read", () => broker.manager.getAccountInfo());
    const refusal = ask(broker, "nothing works", () => broker.manager.getAccountInfo(), 500).catch(
      (error: unknown) => error,
    );
    expect(await refusal).toBeInstanceOf(Failed);
    expect(await refusal).toMatchObject({
      code: "failed",
      message: expect.stringMatching(/^nothing works: nats:.*try again$/),
    });
    nats.startServer(0);
    expect(await answer).toMatchObject({ streams: expect.any(Number) });
  });

  test("what the broker refuses is refused at once, as the app's own error", async () => {
    broker = await connected(nats.url);
    const asked = ask(broker, "it cannot be found", () => broker.manager.streams.info("none"));
    await expect(asked).rejects.toMatchObject({
      code: "failed",
      message: expect.stringContaining("not found"),
    });
  });

  test("a stream is made, and found again by the next who opens it; what it is only wished to be may differ", async () => {
    broker = await connected(nats.url);
    const needed = { name: "made", subjects: ["made.*"] };
    const made = await openStream(broker, needed, { duplicate_window: 60e9 });
    expect(made.config).toMatchObject({ ...needed, duplicate_window: 60e9, storage: StorageType.File });
    await broker.js.publish("made.one", "1");
    const again = await openStream(broker, needed, { duplicate_window: 30e9 });
    expect(again).toMatchObject({ config: { duplicate_window: 60e9 }, state: { messages: 1 } });
  });

  test.each([
    ["is in memory", { storage: StorageType.Memory }, "storage"],
    ["acknowledges nothing", { no_ack: true }, "no_ack"],
    ["has other subjects", { subjects: ["other.*"] }, "subjects"],
    ["forgets", { max_msgs_per_subject: 7 }, "max_msgs_per_subject"],
  ])("a stream of that name that %s is refused, and left as it is", async (_, setting, named) => {
    broker = await connected(nats.url);
    const name = `not_${named}`;
    const needed = { name, subjects: [`${name}.*`], max_msgs_per_subject: 1 };
    const there = { ...needed, storage: StorageType.File, retention: RetentionPolicy.Limits, ...setting };
    await nats.manage((manager) => manager.streams.add(there));
    await expect(openStream(broker, needed)).rejects.toSatisfy(
      (error) =>
        error instanceof UsageError && error.message.includes(`${name} is there, and its ${named} is not`),
    );
    expect((await nats.stream(name)).config).toMatchObject(setting);
  });
});

test("a stream that is full is told from one that fails", needs("nats-server"), async () => {
  const nats = await Nats.start(1, { maxStoreBytes: 1_000_000 });
  const broker = await connected(nats.url);
  const { config } = await openStream(broker, { name: "small", subjects: ["small"] });
  const write = (): Promise<unknown> =>
    ask(broker, "it cannot be kept", () => broker.js.publish("small", new Uint8Array(300_000)));
  await expect(
    (async () => {
      for (let count = 0; count < 10; count++) await write();
    })(),
  ).rejects.toMatchObject({ code: "no-space" });
  expect((await nats.stream(config.name)).state.messages).toBeGreaterThan(0);
  await broker.connection.close();
  await nats.stop();
});
