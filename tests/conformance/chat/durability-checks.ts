// The promise, when the server is killed with -9 and started again by the same command: what was stored is there.
import { Mismatch, type Check } from "../check.ts";
import { startServer } from "../server-process.ts";
import { ask, assertEqual, keyOf, People, say, shownUntil, texts, wholeHistory } from "./people.ts";

const START_MS = 15_000;
const ROUNDS = 3;

export function durabilityChecks(command: readonly string[], timeoutMs: number): Check[] {
  const start = async (): Promise<{ url: string; kill: () => Promise<void> }> => {
    const server = await startServer(command, START_MS);
    return { url: server.urls[0]!, kill: () => server.kill() };
  };

  return [
    {
      name: "stored-survives",
      promise: "what was stored before a kill -9 is there afterwards, at the same position, and once",
      run: async () => {
        let server = await start();
        try {
          for (let round = 0; round < ROUNDS; round++) {
            await using before = new People(server.url, timeoutMs);
            const room = before.own("room");
            const ann = await before.person("ann", room);
            const all = Array.from({ length: 20 }, (_, n) => ({ id: `${n}`, text: `message ${n}` }));
            for (const { id, text } of all) ann.send({ type: "say", room, id, text });
            // The last but few: so some are on their way when the process dies.
            const stored = new Map<unknown, unknown>();
            while (stored.size < 5 + round) {
              const { id, seq } = await ann.take({ type: "stored" });
              stored.set(id, seq);
            }
            await server.kill();
            await ann.ended();
            for (const { id, seq } of ann.inbox.filter(({ type }) => type === "stored")) stored.set(id, seq);
            server = await start();
            await using after = new People(server.url, timeoutMs);
            const again = await after.stranger();
            await ask(
              again,
              { type: "hello", name: before.own("ann"), key: keyOf("ann") },
              { type: "welcome" },
            );
            await ask(again, { type: "join", room }, { type: "joined" });
            const kept = new Map((await wholeHistory(again, room)).map(({ id, seq }) => [id, seq]));
            for (const [id, seq] of stored) assertEqual(`message ${String(id)}, stored`, seq, kept.get(id));
            for (const { id, text } of all) {
              const seq = await say(again, room, id, text);
              if (kept.has(id)) assertEqual(`message ${id}, repeated`, kept.get(id), seq);
            }
            const ids = (await wholeHistory(again, room)).map(({ id }) => id as string);
            assertEqual("all repeated", all.map(({ id }) => id).toSorted(), ids.toSorted());
          }
        } finally {
          await server.kill();
        }
      },
    },
    {
      name: "resumes",
      promise: "after a kill -9 a member comes back with its position: no gap, no repeat, positions go on",
      run: async () => {
        let server = await start();
        try {
          await using before = new People(server.url, timeoutMs);
          const room = before.own("room");
          const ann = await before.person("ann", room);
          const seqs: number[] = [];
          for (let n = 0; n < 10; n++) seqs.push(await say(ann, room, `${n}`, `message ${n}`));
          await server.kill();
          server = await start();
          await using after = new People(server.url, timeoutMs);
          const bob = await after.person("bob");
          await ask(bob, { type: "join", room, after: seqs[5]! }, { type: "joined", seq: seqs[9]! });
          const next = await say(bob, room, "next", "next");
          if (next <= seqs[9]!)
            throw new Mismatch("say after the restart", `a position over ${seqs[9]}`, String(next));
          const expected = [6, 7, 8, 9].map((n) => `message ${n}`).concat("next");
          assertEqual("join after the sixth", expected, texts(await shownUntil(bob, "next")));
        } finally {
          await server.kill();
        }
      },
    },
  ];
}
