// Holds the store and the crowd to their contracts on three NATS servers, and kills those in the middle of it.
import { setTimeout as delay } from "node:timers/promises";
import { seededRandom } from "@socketlab/core";
import { needs } from "@socketlab/core/test-kit";
import { Nats } from "@socketlab/nats-kit/test-kit";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { openNatsCrowd } from "../src/server/nats-crowd.ts";
import { openNatsStore } from "../src/server/nats-store.ts";
import { StoreError, type Entry, type Store } from "../src/server/store.ts";
import { crowdContract } from "./contract/crowd.ts";
import { named } from "./contract/named.ts";
import { message } from "./contract/message.ts";
import { storeContract } from "./contract/store.ts";

const ROOMS = ["lobby", "kitchen", "attic"];
/** Each waits for its last message before it says the next, so that there is always one under way. */
const SPEAKERS = 24;

describe("with three NATS servers", needs("nats-server"), () => {
  let nats: Nats;
  let chats = 0;
  beforeAll(async () => {
    nats = await Nats.start(3);
  });

  storeContract(
    "JetStream in three copies",
    { survivesClose: true, isShared: true, hasOwnClock: true },
    () => {
      const url = `${nats.url}/t${chats++}`;
      return { open: () => openNatsStore(url), discard: () => {} };
    },
  );

  crowdContract("NATS in three copies", { isShared: true }, () => {
    const url = `${nats.url}/t${chats++}`;
    return { open: () => openNatsCrowd(url), pass: (ms) => delay(ms), discard: () => {} };
  });

  test("whatever NATS server is killed, what was acknowledged is kept, once, and told once, in one order", async () => {
    const name = `t${chats++}`;
    const stores: Store[] = [];
    const told: Entry[][] = [];
    for (let index = 0; index < nats.size; index++) {
      const store = await openNatsStore(`${nats.url}/${name}`);
      const heard: Entry[] = [];
      store.follow((entry) => heard.push(entry));
      stores.push(store);
      told.push(heard);
    }
    const acknowledged = new Map<string, Entry>();
    let isOver = false;
    const speak = async (speaker: number): Promise<void> => {
      const random = seededRandom(speaker);
      for (let count = 0; !isOver; count++) {
        const id = `${speaker} ${count}`;
        const asked = message({ id, room: ROOMS[Math.floor(random() * ROOMS.length)]!, text: `text ${id}` });
        for (let tries = 0; !acknowledged.has(id) && tries < 10; tries++)
          try {
            const entry = await stores[Math.floor(random() * stores.length)]!.append(asked);
            acknowledged.set(id, entry);
            expect(entry).toMatchObject({ id, room: asked.room, text: asked.text });
          } catch (error) {
            // It is not kept, or nobody knows: to repeat it is harmless.
            if (!(error instanceof StoreError)) throw error;
          }
        await delay(random() * 100);
      }
    };
    const speakers = Array.from({ length: SPEAKERS }, (_, speaker) => speak(speaker));

    // First the one that leads the stream, then one that follows.
    for (const isLeader of [true, false]) {
      const before = acknowledged.size;
      await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThan(before + 100), { timeout: 20_000 });
      const leader = await nats.leaderOf(`${name}_said`);
      const victim = isLeader ? leader : (leader + 1) % nats.size;
      await nats.killServer(victim);
      // The other two go on, and so does everybody's following.
      const then = told.map((heard) => heard.length);
      await vi.waitFor(
        () => {
          for (const [index, heard] of told.entries())
            expect(heard.length).toBeGreaterThan(then[index]! + 100);
        },
        { timeout: 60_000 },
      );
      nats.startServer(victim);
      await nats.ready();
      await nats.inStep(`${name}_said`);
    }
    isOver = true;
    await Promise.all(speakers);

    for (const room of ROOMS) {
      const kept = await stores[0]!.read(room, { limit: 100_000 });
      const ofRoom = [...acknowledged.values()].filter((entry) => entry.room === room);
      expect(kept).toEqual(ofRoom.toSorted((a, b) => a.seq - b.seq));
      for (const [index, { seq, at }] of kept.slice(1).entries()) {
        expect(seq).toBeGreaterThan(kept[index]!.seq);
        expect(at).toBeGreaterThanOrEqual(kept[index]!.at);
      }
      for (const heard of told)
        await vi.waitFor(() => expect(heard.filter((entry) => entry.room === room)).toEqual(kept), {
          timeout: 20_000,
        });
    }
    // Those who have come back know every id.
    const again = [...acknowledged.values()].map((entry, index) => stores[index % 3]!.append(entry));
    expect(await Promise.all(again)).toEqual([...acknowledged.values()]);
    await Promise.all(stores.map((store) => store.close()));
  }, 180_000);

  test("whatever NATS server is killed, who was there is there, and newcomers are seen", async () => {
    const name = `t${chats++}`;
    const url = `${nats.url}/${name}`;
    const crowds = await Promise.all([openNatsCrowd(url), openNatsCrowd(url)]);
    const replaced: string[] = [];
    for (const crowd of crowds)
      crowd.follow({
        presence: () => {},
        typing: () => {},
        whispered: () => {},
        replaced: ({ shown }) => void replaced.push(shown),
      });
    const come = async (at: number, who: string): Promise<void> => {
      const person = named(who);
      await vi.waitFor(async () => expect(await crowds[at]!.claim(person, who)).toBe(true), {
        timeout: 40_000,
        interval: 500,
      });
      crowds[at]!.join("lobby", person);
    };
    const present: string[] = [];
    await come(0, "Ann");
    await come(1, "Bob");
    present.push("Ann", "Bob");
    for (let victim = 0; victim < nats.size; victim++) {
      await nats.killServer(victim);
      await come(victim % 2, `P${victim}`);
      present.push(`P${victim}`);
      for (const crowd of crowds)
        await vi.waitFor(() => expect(crowd.people("lobby", undefined, 10).names).toEqual(present), {
          timeout: 30_000,
        });
      nats.startServer(victim);
      await nats.ready();
      await nats.inStep(`KV_${name}_crowd`);
    }
    expect(replaced).toEqual([]);
    await Promise.all(crowds.map((crowd) => crowd.close()));
  }, 180_000);
});
