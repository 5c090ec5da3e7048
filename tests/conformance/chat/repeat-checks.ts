// Repeats: by its id a message that is said again is known, and changes nothing.
import type { Check } from "../check.ts";
import { ask, assertEqual, checksAmong, say, shownUntil, texts, wholeHistory } from "./people.ts";

export function repeatChecks(url: string, timeoutMs: number): Check[] {
  const check = checksAmong(url, timeoutMs);

  return [
    check(
      "repeat",
      "a repeat with the same id is stored at the same position and shown to nobody again",
      async (people, room) => {
        const ann = await people.person("ann", room);
        const bob = await people.person("bob", room);
        const seq = await say(ann, room, "same", "once");
        await say(ann, room, "other", "between");
        assertEqual("the same say again", seq, await say(ann, room, "same", "once"));
        await say(ann, room, "end", "end");
        for (const member of [ann, bob])
          assertEqual(
            "once, between, once again",
            ["once", "between", "end"],
            texts(await shownUntil(member, "end")),
          );
        assertEqual("the history", ["once", "between", "end"], texts(await wholeHistory(ann, room)));
      },
    ),

    check("repeat-at-once", "a repeat before the answer is a repeat too", async (people, room) => {
      const ann = await people.person("ann", room);
      const message = { type: "say", room, id: "twin", text: "twice in one breath" };
      ann.send(message);
      ann.send(message);
      const [one, two] = [
        await ann.take({ type: "stored", id: "twin" }),
        await ann.take({ type: "stored", id: "twin" }),
      ];
      assertEqual("the same say twice", one["seq"], two["seq"]);
      await say(ann, room, "end", "end");
      assertEqual("the same say twice", ["twice in one breath", "end"], texts(await shownUntil(ann, "end")));
    }),

    check(
      "repeat-later",
      "a repeat from a later conversation of the same person is a repeat too",
      async (people, room) => {
        const hello = { type: "hello", name: people.own("ann"), key: "hers" };
        const before = await people.stranger();
        await ask(before, hello, { type: "welcome" });
        await ask(before, { type: "join", room }, { type: "joined" });
        const seq = await say(before, room, "same", "once");
        before.reset();
        const after = await people.stranger();
        await ask(after, hello, { type: "welcome" });
        await ask(after, { type: "join", room, after: 0 }, { type: "joined", seq });
        assertEqual("the same say again", seq, await say(after, room, "same", "once"));
        await say(after, room, "end", "end");
        assertEqual("the same say again", ["once", "end"], texts(await shownUntil(after, "end")));
      },
    ),

    check(
      "id-reused",
      "the same id with another text is refused and shown to nobody",
      async (people, room) => {
        const ann = await people.person("ann", room);
        const seq = await say(ann, room, "same", "one text");
        const other = { type: "say", room, id: "same", text: "another text" };
        await ask(ann, other, { type: "refused", code: "id-reused", id: "same", room });
        assertEqual("the first text again", seq, await say(ann, room, "same", "one text"));
        await say(ann, room, "end", "end");
        assertEqual("another text", ["one text", "end"], texts(await shownUntil(ann, "end")));
      },
    ),

    check(
      "ids-are-ones-own",
      "the same id by another person, or in another room, is another message",
      async (people, room) => {
        const second = people.own("second");
        const ann = await people.person("ann", room, second);
        const bob = await people.person("bob", room);
        await say(ann, room, "same", "ann's");
        await say(bob, room, "same", "bob's");
        await say(ann, second, "same", "elsewhere");
        assertEqual("one id three times", ["ann's", "bob's"], texts(await wholeHistory(ann, room)));
        assertEqual("one id three times", ["elsewhere"], texts(await wholeHistory(ann, second)));
      },
    ),
  ];
}
