// The promise, while the server runs: what is stored is shown once, to all, in one order, as it was said.
import type { ChatMessage } from "../../chat-client.ts";
import { Mismatch, type Check } from "../check.ts";
import { ask, assertEqual, checksAmong, say, shown, shownUntil, texts, wholeHistory } from "./people.ts";

const hostileTexts = [
  "<script>alert(1)</script>",
  "\u001B[2J\u001B[31mred",
  "grüße 👋🏽 e\u0301",
  'a "quoted" \\ text',
  "\u202Eright to left",
  "__proto__",
  '{"type":"said"}',
  "'; DROP TABLE messages; --",
];

export function sayingChecks(url: string, timeoutMs: number): Check[] {
  const check = checksAmong(url, timeoutMs);

  return [
    check(
      "stored-and-said",
      "what is said is stored, and shown to every member, the sender too",
      async (people, room) => {
        const ann = await people.person("ann", room);
        const bob = await people.person("bob", room);
        const seq = await say(ann, room, "id-1", "hello");
        for (const member of [ann, bob]) {
          const said = await member.take({
            type: "said",
            room,
            id: "id-1",
            from: people.own("ann"),
            text: "hello",
            seq,
          });
          const offMs = Math.abs((said["at"] as number) - Date.now());
          if (!(offMs < 24 * 3600 * 1000))
            throw new Mismatch("say", "the time in milliseconds since 1970", shown(said));
        }
        if (!(seq >= 1)) throw new Mismatch("say", "a position of 1 or more", String(seq));
      },
    ),

    check(
      "one-order",
      "all members are shown the same messages in the same order, positions increasing",
      async (people, room) => {
        const speakers = await Promise.all(["ann", "bob", "eve"].map((label) => people.person(label, room)));
        const watcher = await people.person("watcher", room);
        await Promise.all(
          speakers.map(async (speaker, who) => {
            for (let n = 0; n < 10; n++) await say(speaker, room, `${n}`, `${who} says ${n}`);
          }),
        );
        await say(watcher, room, "end", "end");
        const [first, ...others] = await Promise.all(
          [watcher, ...speakers].map((client) => shownUntil(client, "end")),
        );
        assertEqual("31 messages by 4 people", 31, first!.length);
        for (const other of others) assertEqual("the order at another member", texts(first!), texts(other));
        const seqs = first!.map((said) => said["seq"] as number);
        assertEqual(
          "positions",
          seqs.toSorted((a, b) => a - b),
          seqs,
        );
        assertEqual("the order in history", texts(first!), texts(await wholeHistory(watcher, room)));
        for (const who of [0, 1, 2]) {
          const own = texts(first!).filter((text) => String(text).startsWith(`${who} `));
          assertEqual(
            "one person's order",
            Array.from({ length: 10 }, (_, n) => `${who} says ${n}`),
            own,
          );
        }
      },
    ),

    check(
      "own-order",
      "what one person says in one breath is kept in the order in which it was said",
      async (people, room) => {
        const ann = await people.person("ann", room);
        const count = 30;
        for (let n = 0; n < count; n++) ann.send({ type: "say", room, id: `${n}`, text: `message ${n}` });
        const stored: number[] = [];
        for (let n = 0; n < count; n++) {
          const answer = await ann.take((came) => came.type === "stored" || came.type === "refused");
          if (answer.type === "stored") stored.push(Number(answer["id"]));
        }
        const kept = (await wholeHistory(ann, room)).map(({ id }) => Number(id));
        assertEqual(
          `${count} messages at once`,
          stored.toSorted((a, b) => a - b),
          kept,
        );
      },
    ),

    check(
      "nothing-lost",
      "each of many messages that are stored is shown and in the history",
      async (people, room) => {
        const ann = await people.person("ann", room);
        const bob = await people.person("bob", room);
        const all = Array.from({ length: 40 }, (_, n) => `message ${n}`);
        for (const [n, text] of all.entries()) await say(ann, room, `${n}`, text);
        assertEqual("40 messages", all, texts(await shownUntil(bob, all.at(-1)!)));
        assertEqual("40 messages, in history", all, texts(await wholeHistory(bob, room)));
      },
    ),

    check(
      "text-kept",
      "a text is shown and kept as it was said, whatever it looks like",
      async (people, room) => {
        const ann = await people.person("ann", room);
        const bob = await people.person("bob", room);
        // What a server does not take it must say; what it takes it must not change.
        const taken: string[] = [];
        for (const [n, text] of [...hostileTexts, "\u0000nul", "two\nlines", "\uD800", "last"].entries()) {
          const message = { type: "say", room, id: `${n}`, text };
          const answer = await ask(
            ann,
            message,
            (came) => came.type === "stored" || came["code"] === "bad-text",
          );
          if (answer.type === "stored") taken.push(text);
        }
        if (!taken.includes(hostileTexts[0]!)) throw new Mismatch(hostileTexts[0]!, "stored", "refused");
        assertEqual("hostile texts", taken, texts(await shownUntil(bob, "last")));
        assertEqual("hostile texts", taken, texts(await wholeHistory(bob, room)));
      },
    ),

    check("text-length", "4,096 bytes of text are stored, one more is refused", async (people, room) => {
      const ann = await people.person("ann", room);
      const tooLong = { type: "refused", code: "text-too-long", id: "long" };
      const longest = `${"€".repeat(1365)}x`;
      await say(ann, room, "1", longest);
      await ann.take({ type: "said", text: longest });
      await say(ann, room, "2", '"'.repeat(4096));
      for (const text of ["€".repeat(1366), "x".repeat(4097), '"'.repeat(20_000)])
        await ask(ann, { type: "say", room, id: "long", text }, tooLong);
      await say(ann, room, "long", "short, and the id was not used up");
    }),

    check(
      "too-many-at-once",
      "each of 300 messages at once is stored, or refused with how long to wait and then stored",
      async (people, room) => {
        const ann = await people.person("ann", room);
        const open = new Map(Array.from({ length: 300 }, (_, n) => [`${n}`, `message ${n}`]));
        while (open.size > 0) {
          let waitMs = 0;
          for (const [id, text] of open) ann.send({ type: "say", room, id, text });
          for (let left = open.size; left > 0; left--) {
            const answer = await ann.take(({ type }) => type === "stored" || type === "refused");
            if (answer.type === "stored") open.delete(answer["id"] as string);
            else {
              const wait = answer["retryAfterMs"];
              if (
                !["too-fast", "busy"].includes(answer["code"] as string) ||
                !open.has(answer["id"] as string) ||
                !((wait as number) >= 0)
              )
                throw new Mismatch("many at once", "too-fast or busy, the id, retryAfterMs", shown(answer));
              waitMs = Math.max(waitMs, wait as number);
            }
          }
          await new Promise((resolve) => setTimeout(resolve, waitMs));
        }
        assertEqual("300 messages", 300, (await wholeHistory(ann, room)).length);
      },
    ),

    check(
      "holds-up-nobody",
      "one who never reads and one who never speaks hold up nobody",
      async (people, room) => {
        const lazy = await people.person("lazy", room);
        lazy.stopReading();
        await people.stranger();
        const half = await people.person("half", room);
        half.sendBytes(Buffer.from(url.startsWith("ws") ? [0x81] : '{"type":'));
        const ann = await people.person("ann", room);
        for (let n = 0; n < 20; n++) await say(ann, room, `${n}`, `${n} ${"x".repeat(4000)}`);
        const bob = await people.person("bob");
        await ask(bob, { type: "join", room, after: 0 }, { type: "joined" });
        await bob.take((came: ChatMessage) => String(came["text"]).startsWith("19 "));
      },
    ),
  ];
}
