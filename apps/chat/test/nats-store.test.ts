// Holds the JetStream store to the contract of stores on one NATS server, and to what only a broker can do to it.
import { RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { UsageError } from "@socketlab/core";
import { needs } from "@socketlab/core/test-kit";
import { Nats } from "@socketlab/nats-kit/test-kit";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { openNatsStore } from "../src/server/nats-store.ts";
import { StoreError, type Entry, type Store } from "../src/server/store.ts";
import { message } from "./contract/message.ts";
import { storeContract } from "./contract/store.ts";

describe("with one NATS server", needs("nats-server"), () => {
  let nats: Nats;
  let chats = 0;
  beforeAll(async () => {
    nats = await Nats.start(1);
  });

  storeContract("JetStream", { survivesClose: true, isShared: true, hasOwnClock: true }, () => {
    const url = `${nats.url}/t${chats++}`;
    return { open: () => openNatsStore(url), discard: () => {} };
  });

  test("what is said while the broker is down is kept, once and in order, when it is back", async () => {
    await using open = await opened(2000);
    const { store, told } = open;
    const before = await store.append(message({ id: "before" }));
    await nats.killServer(0);
    const asked = Array.from({ length: 2000 }, (_, index) => store.append(message({ id: `m${index}` })));
    await expect(store.append(message({ id: "one too many" }))).rejects.toBeInstanceOf(StoreError);
    nats.startServer(0);
    await nats.ready();
    const entries = await Promise.all(asked);
    expect(await store.append(message({ id: "before" }))).toEqual(before);
    await vi.waitFor(() => expect(told).toHaveLength(2001), { timeout: 20_000 });
    expect(told.slice(1)).toEqual(entries.toSorted((a, b) => a.seq - b.seq));
  });

  test("the latest messages are found however the rooms are spread over the stream", async () => {
    await using open = await opened();
    const { store } = open;
    const said: Entry[] = [];
    const say = async (room: string, count: number): Promise<void> => {
      const entries = await Promise.all(
        Array.from({ length: count }, (_, i) => store.append(message({ room, id: `${said.length} ${i}` }))),
      );
      said.push(...entries);
    };
    for (const [room, count] of [
      ["lobby", 700],
      ["kitchen", 2000],
      ["lobby", 3],
      ["kitchen", 900],
      ["lobby", 2],
    ] as const)
      await say(room, count);
    const lobby = said.filter(({ room }) => room === "lobby");
    for (const limit of [1, 2, 5, 51, 300, 1000])
      expect(await store.read("lobby", { limit, latest: true })).toEqual(lobby.slice(-limit));
    const before = lobby[650]!.seq;
    expect(await store.read("lobby", { before, limit: 51, latest: true })).toEqual(lobby.slice(599, 650));
  });

  test("a stream of that name that keeps nothing on disk is refused, and left as it is", async () => {
    const config = { name: "lossy_said", subjects: ["lossy.said.*"], storage: StorageType.Memory };
    await nats.manage((manager) => manager.streams.add({ ...config, retention: RetentionPolicy.Limits }));
    await expect(openNatsStore(`${nats.url}/lossy`)).rejects.toSatisfy(
      (error) => error instanceof UsageError && error.message.includes("lossy_said"),
    );
    expect((await nats.stream("lossy_said")).config).toMatchObject(config);
  });

  async function opened(
    maxWaitingMessages = 10_000,
  ): Promise<{ store: Store; told: Entry[] } & AsyncDisposable> {
    const store = await openNatsStore(`${nats.url}/t${chats++}`, { maxWaitingMessages });
    const told: Entry[] = [];
    store.follow((entry) => told.push(entry));
    return { store, told, [Symbol.asyncDispose]: () => store.close() };
  }
});
