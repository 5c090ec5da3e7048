// Who is who: names are normalised, one person's at a time, and nothing else is said before one has a name.
import type { Check } from "../check.ts";
import { ask, assertEqual, checksAmong } from "./people.ts";

/** None of them may be a person's or a room's name. */
export const badNames = [
  "",
  "   ",
  "\u0301",
  "\u0301ann",
  "-ann",
  "ann\u202Eevil",
  "an\u200Bn",
  "ann\nbob",
  "ann\u0007",
  "\u001B[31mann",
  "<b>ann</b>",
  "n".repeat(33),
  "\uFDFA".repeat(30),
] as const;

export function namingChecks(url: string, timeoutMs: number): Check[] {
  const check = checksAmong(url, timeoutMs);

  return [
    check("hello", "hello is answered by welcome with the name", async (people) => {
      const client = await people.stranger();
      const name = people.own("ann");
      await ask(client, { type: "hello", name }, { type: "welcome", name });
    }),

    check("normalised", "a name is normalised: full-width letters, and spaces too many", async (people) => {
      const client = await people.stranger();
      const rest = people.own("x");
      const hello = { type: "hello", name: ` Ａｎｎ  ${rest} ` };
      await ask(client, hello, { type: "welcome", name: `Ann ${rest}` });
    }),

    check("bad-name", "a bad name is refused, and one may try again", async (people) => {
      const client = await people.stranger();
      for (const name of badNames)
        await ask(client, { type: "hello", name }, { type: "refused", code: "bad-name" });
      await ask(client, { type: "hello", name: people.own("good") }, { type: "welcome" });
    }),

    check("own-words", "names that a program may trip over are names like others", async (people) => {
      const client = await people.stranger();
      await ask(client, { type: "hello", name: people.own("constructor") }, { type: "welcome" });
      for (const room of ["constructor", "toString", "hasOwnProperty", "null", "0"]) {
        await ask(client, { type: "join", room }, { type: "joined" });
        await ask(client, { type: "leave", room }, { type: "left" });
      }
    }),

    check(
      "name-taken",
      "a name is one person's at a time: look-alikes by case and width too",
      async (people) => {
        const name = people.own("bob");
        const bob = await people.person("bob");
        const other = await people.stranger();
        for (const alike of [name, name.toUpperCase(), name.replace("bob", "ｂｏｂ")])
          await ask(other, { type: "hello", name: alike }, { type: "refused", code: "name-taken" });
        await ask(bob, { type: "ping" }, { type: "pong" });
        await ask(other, { type: "hello", name: people.own("bobby") }, { type: "welcome" });
      },
    ),

    check("name-free-again", "a name is free again when its person has gone", async (people) => {
      const bob = await people.person("bob");
      bob.end();
      await bob.ended();
      // Gone for us is not gone for the server: it may take a moment.
      const other = await people.stranger();
      for (let tries = 0; ; tries++) {
        other.send({ type: "hello", name: people.own("bob") });
        const answer = await other.take(({ type }) => type === "welcome" || type === "refused");
        if (answer.type === "welcome") return;
        assertEqual(
          "hello with a name that is free again",
          tries < 20 ? "name-taken" : "welcome",
          answer["code"],
        );
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }),

    check(
      "takes-over",
      "with the same key a person takes the name over, and the old conversation ends with replaced",
      async (people) => {
        const hello = { type: "hello", name: people.own("eve"), key: "a secret of this client" };
        const before = await people.stranger();
        await ask(before, hello, { type: "welcome" });
        const stranger = await people.stranger();
        const guess = { ...hello, key: "a guess" };
        await ask(stranger, guess, { type: "refused", code: "name-taken" });
        const after = await people.stranger();
        await ask(after, hello, { type: "welcome" });
        await before.take({ type: "refused", code: "replaced" });
        assertEqual(
          "hello with the same key",
          "the old one ended",
          (await before.ended()) ? "the old one ended" : "it goes on",
        );
        await ask(after, { type: "ping" }, { type: "pong" });
      },
    ),

    check(
      "not-named",
      "before hello everything but ping is refused, and hello is still possible",
      async (people) => {
        const client = await people.stranger();
        const room = people.own("room");
        for (const message of [
          { type: "join", room },
          { type: "leave", room },
          { type: "say", room, id: "1", text: "hello" },
          { type: "whisper", to: people.own("x"), id: "1", text: "hello" },
          { type: "typing", room },
          { type: "who", room },
          { type: "history", room },
        ]) {
          await ask(client, message, { type: "refused", code: "not-named" });
        }
        await ask(client, { type: "ping" }, { type: "pong" });
        await ask(client, { type: "hello", name: people.own("late") }, { type: "welcome" });
      },
    ),

    check("already-named", "a second hello is refused, and the first name stays", async (people) => {
      const client = await people.person("one");
      const hello = { type: "hello", name: people.own("two") };
      await ask(client, hello, { type: "refused", code: "already-named" });
      await people.person("two");
    }),
  ];
}
