// A room as full as it may be, with sockets that only count what they are told.
import { VirtualClock } from "@socketlab/core";
import { expect, test } from "vitest";
import type { FromServer } from "../src/protocol.ts";
import { Member, type ChatSocket } from "../src/server/member.ts";
import { MemoryCrowd } from "../src/server/memory-crowd.ts";
import { Rooms } from "../src/server/rooms.ts";
import { FakeStore } from "./fake-store.ts";

const JOIN = { type: "join", room: "lobby" } as const;

test("a room has 20,000 people at most; all are told what is said, and who leaves makes room", async () => {
  const clock = new VirtualClock();
  const [store, crowd] = [new FakeStore({ clock }), new MemoryCrowd(clock)];
  const rooms = new Rooms({ store, crowd, clock, onError: () => {} });
  store.follow((entry) => rooms.tellSaid(entry));
  let saidCount = 0;
  const send = (message: FromServer): Promise<void> => {
    if (message.type === "said") saidCount++;
    return Promise.resolve();
  };
  const come = async (name: string): Promise<() => Promise<void>> => {
    const member = new Member({ send } as Partial<ChatSocket> as ChatSocket, { perSecond: 1, burst: 1 });
    const person = { shown: name, key: name };
    await crowd.claim(person, undefined);
    await rooms.join(member, person, JOIN);
    return async () => {
      await rooms.say(member, person, { type: "say", room: "lobby", id: name, text: "bye" });
      rooms.leave(member, person, { type: "leave", room: "lobby" });
    };
  };
  const sayGoodbye = await come("first");
  for (let index = 1; index < 20_000; index++) await come(`p${index}`);
  await expect(come("one too many")).rejects.toMatchObject({ code: "room-full" });
  await sayGoodbye();
  await clock.advance(1);
  expect([saidCount, rooms.deliveries]).toEqual([20_000, 20_000]);
  await come("now");
  await crowd.close();
});
