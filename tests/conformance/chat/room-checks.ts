// Rooms: joining, leaving, who is there, who is typing, who whispers.
import { Mismatch, type Check } from "../check.ts";
import { badNames } from "./naming-checks.ts";
import { ask, assertEqual, checksAmong, say, shownUntil, wholeHistory, texts } from "./people.ts";

export function roomChecks(url: string, timeoutMs: number): Check[] {
  const check = checksAmong(url, timeoutMs);

  return [
    check("join", "a new room is empty: position 0, one person", async (people, room) => {
      const ann = await people.person("ann");
      await ask(ann, { type: "join", room }, { type: "joined", room, seq: 0, people: 1 });
      const bob = await people.person("bob");
      await ask(bob, { type: "join", room }, { type: "joined", room, seq: 0, people: 2 });
    }),

    check("join-twice", "joining twice is refused, and one is still there", async (people, room) => {
      const ann = await people.person("ann", room);
      await ask(ann, { type: "join", room }, { type: "refused", code: "already-joined", room });
      await say(ann, room, "1", "still here");
      await ann.take({ type: "said", text: "still here" });
    }),

    check("bad-room", "a bad room name is refused", async (people) => {
      const ann = await people.person("ann");
      for (const room of badNames)
        await ask(ann, { type: "join", room }, { type: "refused", code: "bad-room" });
    }),

    check("one-room", "rooms that look alike by case and width are one room", async (people, room) => {
      const ann = await people.person("ann", room);
      const bob = await people.person("bob", room.toUpperCase().replace("ROOM", "ＲＯＯＭ"));
      await say(ann, room, "1", "hello");
      await bob.take({ type: "said", text: "hello" });
    }),

    check("leave", "who has left is shown nothing more, and may come back", async (people, room) => {
      const ann = await people.person("ann", room);
      const bob = await people.person("bob", room);
      await ask(bob, { type: "leave", room }, { type: "left", room });
      await say(ann, room, "1", "behind his back");
      await ask(bob, { type: "join", room }, { type: "joined", room });
      await say(ann, room, "2", "to his face");
      assertEqual("leave, join", ["to his face"], texts(await shownUntil(bob, "to his face")));
    }),

    check(
      "not-joined",
      "leaving, saying and typing need a room that one has joined",
      async (people, room) => {
        const ann = await people.person("ann");
        const refused = { type: "refused", code: "not-joined" };
        await ask(ann, { type: "leave", room }, refused);
        await ask(ann, { type: "say", room, id: "7", text: "hello" }, { ...refused, id: "7" });
        await ask(ann, { type: "typing", room }, refused);
      },
    ),

    check(
      "many-rooms",
      "rooms are bounded: at some number one more is refused, and talk goes on",
      async (people, room) => {
        const ann = await people.person("ann", room);
        for (let n = 0; ; n++) {
          const message = { type: "join", room: `${room} ${n}` };
          const answer = await ask(
            ann,
            message,
            (came) => came.type === "joined" || came["code"] === "too-many-rooms",
          );
          if (answer.type === "refused") break;
          if (n === 1000) throw new Mismatch("1,001 joins", "too-many-rooms at some point", "all joined");
        }
        await ask(ann, { type: "leave", room: `${room} 0` }, { type: "left" });
        await ask(ann, { type: "join", room: `${room} again` }, { type: "joined" });
        await say(ann, room, "1", "still here");
      },
    ),

    check("presence", "members are told who comes, who leaves and who breaks off", async (people, room) => {
      const ann = await people.person("ann", room);
      const [bobs, eves] = [people.own("bob"), people.own("eve")];
      const heard = (list: "arrived" | "departed", name: string, count: number): Promise<unknown> =>
        ann.take(
          (came) =>
            came.type === "presence" && came["people"] === count && (came[list] as string[]).includes(name),
        );
      const bob = await people.person("bob", room);
      await heard("arrived", bobs, 2);
      const eve = await people.person("eve", room);
      await heard("arrived", eves, 3);
      await ask(bob, { type: "leave", room }, { type: "left" });
      await heard("departed", bobs, 2);
      eve.reset();
      await heard("departed", eves, 1);
    }),

    check("who", "who is there comes in pages of names", async (people, room) => {
      const ann = await people.person("ann", room);
      await people.person("bob", room);
      await people.person("eve", room);
      const names = ["ann", "bob", "eve"].map((label) => people.own(label));
      const wanted = { type: "people", people: 3, more: false };
      assertEqual("who", names, (await ask(ann, { type: "who", room }, wanted))["names"]);
      const rest = await ask(ann, { type: "who", room, after: names[0] }, wanted);
      assertEqual("who after the first", names.slice(1), rest["names"]);
    }),

    check("typing", "members are told who is typing", async (people, room) => {
      const ann = await people.person("ann", room);
      const bob = await people.person("bob", room);
      bob.send({ type: "typing", room });
      await ann.take({ type: "typing", room, name: people.own("bob") });
    }),

    check(
      "whisper",
      "a whisper is told to the two, to nobody else, and is not kept",
      async (people, room) => {
        const ann = await people.person("ann", room);
        const bob = await people.person("bob", room);
        const eve = await people.person("eve", room);
        const [from, to] = [people.own("ann"), people.own("bob")];
        const whisper = { type: "whisper", to: to.toUpperCase(), id: "w1", text: "psst" };
        const whispered = { type: "whispered", id: "w1", from, text: "psst" };
        await ask(ann, whisper, whispered);
        await bob.take(whispered);
        await say(ann, room, "1", "aloud");
        await eve.take({ type: "said", text: "aloud" });
        assertEqual(
          "whisper to bob",
          [],
          eve.inbox.filter(({ type }) => type === "whispered"),
        );
        assertEqual("history after a whisper", ["aloud"], texts(await wholeHistory(eve, room)));
      },
    ),

    check("nobody", "a whisper to nobody is refused with its id", async (people) => {
      const ann = await people.person("ann");
      const whisper = { type: "whisper", to: people.own("gone"), id: "w2", text: "psst" };
      await ask(ann, whisper, { type: "refused", code: "nobody", id: "w2" });
    }),
  ];
}
