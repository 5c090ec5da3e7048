// Somebody who stops reading is cut off at a bound, delays nobody, and catches up when it comes back.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ChatClient, type ChatMessage } from "../chat-client.ts";
import { enter, sayUntilStored, seqs } from "./chat/people.ts";
import { ChatServer } from "./chat/server.ts";

const ROOM = "hall";
const TEXT = "x".repeat(4000);
/** 60 MB: more than Linux ever keeps for a connection (32 MiB to read, 4 MiB to send) and a server's bound together. */
const MOST_MESSAGES = 15_000;

/** Known on Linux; 0 elsewhere. */
function residentMiB(pid: number): number {
  if (process.platform !== "linux") return 0;
  const [, kib] = /VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}

interface Seen {
  readonly shown: ChatMessage[];
  readonly arrived: Set<string>;
  readonly departed: Set<string>;
}

/** Keeps what it is shown, and who has come and gone, out of its inbox. */
function watch(client: ChatClient): Seen {
  const seen: Seen = { shown: [], arrived: new Set(), departed: new Set() };
  client.onMessage = (message) => {
    if (message.type === "said") seen.shown.push(message);
    if (message.type === "presence") {
      for (const name of message["arrived"] as string[]) seen.arrived.add(name);
      for (const name of message["departed"] as string[]) seen.departed.add(name);
    }
    return message.type !== "said";
  };
  return seen;
}

test(
  "a slow reader is cut off, the others are shown everything, and it catches up",
  { timeout: 120_000 },
  async () => {
    const server = await ChatServer.started({ store: "memory", flags: ["--log-level", "info"] });
    try {
      const lazy = await enter(server.url, "lazy", ROOM);
      const lazyToo = await enter(server.urls[1]!, "lazy too", ROOM);
      const bob = await enter(server.url, "bob", ROOM);
      const [toLazy, toLazyToo, toBob] = [watch(lazy), watch(lazyToo), watch(bob)];
      const ann = await enter(server.url, "ann", ROOM);
      watch(ann);
      // Of those who come and go between two tellings of presence nobody is told.
      await bob.until(() => toBob.arrived.has("ann"), 20_000);
      lazy.stopReading();
      lazyToo.stopReading();
      const beforeMiB = residentMiB(server.pid);
      let count = 0;
      while (toBob.departed.size < 2 && count < MOST_MESSAGES) {
        await Promise.all(Array.from({ length: 50 }, () => sayUntilStored(ann, ROOM, `${count++}`, TEXT)));
      }
      await bob.until(() => toBob.departed.size === 2 && toBob.shown.length >= count, 20_000);
      const story = `${count} said, ${toBob.shown.length} shown to bob; the server: ${server.complaints}`;
      expect(bob.ending, story).toBeUndefined();
      expect([...toBob.departed].toSorted(), story).toEqual(["lazy", "lazy too"]);
      expect(toBob.shown).toHaveLength(count);
      // The store is in memory, too, in whatever form.
      expect(residentMiB(server.pid) - beforeMiB).toBeLessThan(100 + (2 * count * TEXT.length) / 2 ** 20);

      for (const [name, reader, seen] of [
        ["lazy", lazy, toLazy],
        ["lazy too", lazyToo, toLazyToo],
      ] as const) {
        reader.readOn();
        expect(await reader.ended()).toBe(true);
        const first = seqs(seen.shown);
        expect(first.length).toBeLessThan(count);
        const back = await ChatClient.named(reader.url, name, 10_000, `the key of ${name}`);
        const then = watch(back);
        back.send({ type: "join", room: ROOM, after: first.at(-1) ?? 0 });
        await back.until(() => then.shown.length >= count - first.length, 20_000);
        expect([...first, ...seqs(then.shown)]).toEqual(seqs(toBob.shown));
        back.end();
      }
    } finally {
      await server.kill();
    }
  },
);
