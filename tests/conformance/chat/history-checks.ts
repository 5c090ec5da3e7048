// Coming back: `after` shows everything since without gap or repeat, and pages of history lead back to the beginning.
import { Mismatch, type Check } from "../check.ts";
import {
  ask,
  assertEqual,
  checksAmong,
  type People,
  say,
  shown,
  shownUntil,
  texts,
  wholeHistory,
} from "./people.ts";

export function historyChecks(url: string, timeoutMs: number): Check[] {
  const check = checksAmong(url, timeoutMs);
  /** Says so many messages, "message 0" and on. @returns their positions. */
  const fill = async (people: People, room: string, count: number): Promise<number[]> => {
    const ann = await people.person("ann", room);
    const seqs = [];
    for (let n = 0; n < count; n++) seqs.push(await say(ann, room, `${n}`, `message ${n}`));
    ann.reset();
    return seqs;
  };
  const messages = (from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, i) => `message ${from + i}`);

  return [
    check(
      "after",
      "join with a position shows everything since, in order, and then goes on",
      async (people, room) => {
        const seqs = await fill(people, room, 10);
        for (const [after, first] of [
          [0, 0],
          [seqs[0]!, 1],
          [seqs[6]!, 7],
          [seqs[9]!, 10],
        ] as const) {
          const bob = await people.person(`bob ${first}`);
          await ask(bob, { type: "join", room, after }, { type: "joined", room });
          await say(bob, room, `${first}`, `end ${first}`);
          const expected = messages(first, 10).concat(
            [0, 1, 7, 10].filter((n) => n <= first).map((n) => `end ${n}`),
          );
          // What the earlier ones said is after every position too.
          const came = texts(await shownUntil(bob, `end ${first}`));
          assertEqual(`join after ${after}`, expected, came);
        }
      },
    ),

    check("no-after", "join without a position shows nothing old", async (people, room) => {
      await fill(people, room, 3);
      const bob = await people.person("bob", room);
      await say(bob, room, "end", "end");
      assertEqual("join", ["end"], texts(await shownUntil(bob, "end")));
    }),

    check(
      "after-while-said",
      "a long way back while others talk: no gap, no repeat, no disorder",
      async (people, room) => {
        await fill(people, room, 130);
        const eve = await people.person("eve", room);
        const talking = (async () => {
          for (let n = 0; n < 30; n++) await say(eve, room, `${n}`, `live ${n}`);
        })();
        const bobs = await Promise.all(["bob", "ben", "bill"].map((label) => people.person(label)));
        for (const bob of bobs) bob.send({ type: "join", room, after: 0 });
        await talking;
        const expected = [...messages(0, 130), ...Array.from({ length: 30 }, (_, n) => `live ${n}`)];
        for (const bob of bobs)
          assertEqual("join after 0", expected, texts(await shownUntil(bob, "live 29")));
      },
    ),

    check(
      "position-from-the-future",
      "a position that the room has not reached is refused",
      async (people, room) => {
        const seqs = await fill(people, room, 2);
        const bob = await people.person("bob");
        for (const after of [seqs[1]! + 1, Number.MAX_SAFE_INTEGER])
          await ask(bob, { type: "join", room, after }, { type: "refused", code: "bad-position", room });
        await ask(bob, { type: "join", room }, { type: "joined" });
      },
    ),

    check(
      "pages",
      "pages of history lead back to the beginning, each in order, none twice",
      async (people, room) => {
        const seqs = await fill(people, room, 120);
        const bob = await people.person("bob", room);
        const latest = await ask(bob, { type: "history", room }, { type: "page", room, more: true });
        const count = (latest["messages"] as unknown[]).length;
        if (count < 1 || count > 50) throw new Mismatch("history", "1 to 50 messages", String(count));
        const all = await wholeHistory(bob, room);
        assertEqual("all pages", messages(0, 120), texts(all));
        assertEqual(
          "all positions",
          seqs,
          all.map(({ seq }) => seq),
        );
        const limited = await ask(
          bob,
          { type: "history", room, before: seqs[50]!, limit: 7 },
          { type: "page", more: true },
        );
        assertEqual("7 before the 51st", messages(43, 50), texts(limited["messages"] as typeof all));
        const first = await ask(
          bob,
          { type: "history", room, before: seqs[3]! },
          { type: "page", more: false },
        );
        assertEqual("before the fourth", messages(0, 3), texts(first["messages"] as typeof all));
      },
    ),

    check(
      "empty-page",
      "history before the beginning, and of an empty room, is an empty page",
      async (people, room) => {
        const [first] = await fill(people, room, 1);
        const empty = people.own("empty");
        const bob = await people.person("bob", room, empty);
        for (const where of [{ room, before: first }, { room, before: 0 }, { room: empty }]) {
          const page = await ask(bob, { type: "history", ...where }, { type: "page", more: false });
          assertEqual(shown({ type: "history", ...where }), [], page["messages"]);
        }
      },
    ),

    check(
      "history-from-the-future",
      "history before a position not yet reached is the latest page, or refused",
      async (people, room) => {
        await fill(people, room, 2);
        const bob = await people.person("bob", room);
        const message = { type: "history", room, before: Number.MAX_SAFE_INTEGER };
        const answer = await ask(
          bob,
          message,
          (came) => came.type === "page" || came["code"] === "bad-position",
        );
        if (answer.type === "page")
          assertEqual(shown(message), messages(0, 2), texts(answer["messages"] as (typeof answer)[]));
      },
    ),

    check("same-as-said", "a message in a page is the one that was shown", async (people, room) => {
      const ann = await people.person("ann", room);
      await say(ann, room, "1", "hello");
      const { type: _type, room: _room, ...said } = await ann.take({ type: "said" });
      const fields = (message: object): unknown =>
        Object.entries(message).toSorted(([a], [b]) => (a < b ? -1 : 1));
      assertEqual("history", fields(said), fields((await wholeHistory(ann, room))[0]!));
    }),
  ];
}
