// What the hall does with what is said to it, and what it refuses, in virtual time.
import { afterEach, describe, expect, test } from "vitest";
import { MAX_PAGE_MESSAGES, MAX_TEXT_BYTES, type FromClient, type FromServer } from "../src/protocol.ts";
import { Party, type PartyOptions } from "./party.ts";

let party: Party;
afterEach(() => party.close());

async function open(options?: PartyOptions): Promise<Party> {
  party = await Party.open(options);
  return party;
}

const say = (id: string, text: string, room = "lobby"): FromClient => ({ type: "say", room, id, text });
const refused = (code: string, more: object = {}): unknown =>
  expect.objectContaining({ type: "refused", code, ...more });
const texts = (messages: readonly FromServer[]): string[] =>
  messages.flatMap((message) => (message.type === "said" ? [message.text] : []));

describe("who comes in", () => {
  test("says hello and is welcomed, by the name as it is written properly", async () => {
    await open();
    const guest = await party.stranger();
    expect(await guest.ask({ type: "ping" })).toEqual([{ type: "pong" }]);
    expect(await guest.ask({ type: "hello", name: "  Ａnn   Lee " })).toEqual([
      { type: "welcome", name: "Ann Lee" },
    ]);
    expect(await guest.ask({ type: "hello", name: "bob" })).toEqual([refused("already-named")]);
  });

  test("can do nothing before", async () => {
    await open();
    const guest = await party.stranger();
    const asked: FromClient[] = [
      { type: "join", room: "lobby" },
      { type: "leave", room: "lobby" },
      say("1", "hi"),
      { type: "whisper", to: "ann", id: "1", text: "hi" },
      { type: "typing", room: "lobby" },
      { type: "who", room: "lobby" },
      { type: "history", room: "lobby" },
    ];
    for (const message of asked) expect(await guest.ask(message)).toEqual([refused("not-named")]);
    expect(await guest.ask({ type: "hello", name: "ann" })).toEqual([{ type: "welcome", name: "ann" }]);
  });

  test.each(["", " ", "\u0301", "a\u0000b", "a\u202eb", "<b>", "\ud800", "\u200b", "x".repeat(33), "😀"])(
    "cannot be called %j",
    async (name) => {
      await open();
      const guest = await party.stranger();
      expect(await guest.ask({ type: "hello", name })).toEqual([refused("bad-name")]);
    },
  );

  test.each(["ann", "ANN", "Ａｎｎ", " ann "])(
    "cannot have a name that looks like somebody's: %j",
    async (name) => {
      await open();
      await party.guest("Ann");
      const guest = await party.stranger();
      expect(await guest.ask({ type: "hello", name })).toEqual([refused("name-taken")]);
      expect(await guest.ask({ type: "hello", name: "Bob" })).toEqual([{ type: "welcome", name: "Bob" }]);
    },
  );

  test("can have the name of somebody who has gone", async () => {
    await open();
    const first = await party.guest("Ann", "lobby");
    first.socket.abort();
    await party.settle();
    const guest = await party.guest("Ann");
    expect(await guest.ask({ type: "join", room: "lobby" })).toEqual([
      { type: "joined", room: "lobby", seq: 0, people: 1 },
    ]);
  });

  test("with the key of one who is here, takes over; the other is told and its conversation ends", async () => {
    await open();
    const [first, second] = [await party.stranger(), await party.stranger()];
    await first.ask({ type: "hello", name: "Ann", key: "secret" }, { type: "join", room: "lobby" });
    const bob = await party.guest("Bob", "lobby");
    expect(await second.ask({ type: "hello", name: "ann", key: "wrong" })).toEqual([refused("name-taken")]);
    expect(
      await second.ask({ type: "hello", name: "ann", key: "secret" }, { type: "join", room: "lobby" }),
    ).toEqual([
      { type: "welcome", name: "ann" },
      { type: "joined", room: "lobby", seq: 0, people: 2 },
    ]);
    await party.settle();
    expect(first.heard.at(-1)).toEqual(refused("replaced"));
    expect(first.end).toBe("orderly");
    bob.tell(say("1", "still there?"));
    await party.settle();
    expect(texts(second.heard)).toEqual(["still there?"]);
    expect(await bob.ask({ type: "who", room: "lobby" })).toEqual([
      { type: "people", room: "lobby", names: ["ann", "Bob"], people: 2, more: false },
    ]);
  });

  test("and says no hello within thirty seconds is sent away, a ping or not", async () => {
    await open();
    const guest = await party.stranger();
    await party.clock.advance(29_000);
    await guest.ask({ type: "ping" });
    expect(guest.end).toBeUndefined();
    await party.clock.advance(1100);
    expect(guest.heard.at(-1)).toEqual(refused("not-named"));
    expect(guest.end).toBe("orderly");
  });

  test("and has said hello may be silent for a day", async () => {
    await open();
    const guest = await party.guest("Ann", "lobby");
    await party.clock.advance(24 * 3600 * 1000);
    expect(await guest.ask({ type: "ping" })).toEqual([{ type: "pong" }]);
  });
});

describe("rooms", () => {
  test("are joined once, by whatever look-alike of their name, and left", async () => {
    await open();
    const ann = await party.guest("Ann");
    expect(await ann.ask({ type: "join", room: "Ｌobby" })).toEqual([
      { type: "joined", room: "lobby", seq: 0, people: 1 },
    ]);
    expect(await ann.ask({ type: "join", room: "LOBBY" })).toEqual([
      refused("already-joined", { room: "lobby" }),
    ]);
    expect(await ann.ask({ type: "leave", room: "lobby" })).toEqual([{ type: "left", room: "lobby" }]);
    expect(await ann.ask({ type: "leave", room: "lobby" })).toEqual([
      refused("not-joined", { room: "lobby" }),
    ]);
    expect(await ann.ask({ type: "join", room: "\u001b[31m" })).toEqual([
      refused("bad-room", { room: "\u001b[31m" }),
    ]);
  });

  test("that one has not joined are closed: nothing is said, read or counted there", async () => {
    await open();
    await party.guest("Bob", "lobby");
    const ann = await party.guest("Ann", "kitchen");
    const asked: FromClient[] = [
      say("1", "hi"),
      { type: "typing", room: "lobby" },
      { type: "who", room: "lobby" },
      { type: "history", room: "lobby" },
    ];
    for (const message of asked)
      expect(await ann.ask(message)).toEqual([refused("not-joined", { room: "lobby" })]);
    expect(party.store.entries).toEqual([]);
  });

  test("are 32 for one client, of a hundred that it asks for; who leaves one may join another", async () => {
    await open();
    const ann = await party.guest("Ann");
    const answers = await ann.ask(
      ...Array.from({ length: 100 }, (_, index): FromClient => ({ type: "join", room: `room ${index}` })),
    );
    expect(answers.filter(({ type }) => type === "joined")).toHaveLength(32);
    expect(answers.slice(32)).toEqual(
      Array.from({ length: 68 }, (_, index) => refused("too-many-rooms", { room: `room ${index + 32}` })),
    );
    await ann.ask({ type: "leave", room: "room 0" });
    expect(await ann.ask({ type: "join", room: "room 99" })).toEqual([
      expect.objectContaining({ type: "joined" }),
    ]);
  });

  test("tell who comes and goes as differences", async () => {
    await open();
    const ann = await party.guest("Ann", "lobby");
    await party.settle();
    const bob = await party.guest("Bob", "lobby");
    await party.settle();
    bob.socket.abort();
    await party.settle();
    expect(ann.of("presence")).toEqual([
      { type: "presence", room: "lobby", arrived: ["Ann"], departed: [], people: 1 },
      { type: "presence", room: "lobby", arrived: ["Bob"], departed: [], people: 2 },
      { type: "presence", room: "lobby", arrived: [], departed: ["Bob"], people: 1 },
    ]);
  });

  test("tell who is typing, but not to the one who types", async () => {
    await open();
    const [ann, bob] = [await party.guest("Ann", "lobby"), await party.guest("Bob", "lobby")];
    expect(await ann.ask({ type: "typing", room: "lobby" })).toEqual([]);
    expect(bob.of("typing")).toEqual([{ type: "typing", room: "lobby", name: "Ann" }]);
  });
});

describe("what is said", () => {
  test("is stored for its sender and shown to everybody in the room, the sender included", async () => {
    await open();
    const [ann, bob, cleo] = [
      await party.guest("Ann", "lobby"),
      await party.guest("Bob", "lobby"),
      await party.guest("Cleo", "kitchen"),
    ];
    const answers = await ann.ask(say("1", "hi <b>all</b>\n\tand you"));
    const said = {
      type: "said",
      room: "lobby",
      seq: 1,
      id: "1",
      from: "Ann",
      text: "hi <b>all</b>\n\tand you",
    };
    expect(answers).toContainEqual({ type: "stored", room: "lobby", id: "1", seq: 1 });
    expect(answers).toContainEqual(expect.objectContaining(said));
    expect(answers).toHaveLength(2);
    expect(bob.of("said")).toEqual([expect.objectContaining(said)]);
    expect(cleo.of("said")).toEqual([]);
  });

  test("twice with one id is stored once, and answered twice; with another text it is refused", async () => {
    await open();
    const ann = await party.guest("Ann", "lobby");
    await ann.ask(say("1", "hi"));
    expect(await ann.ask(say("1", "hi"))).toEqual([{ type: "stored", room: "lobby", id: "1", seq: 1 }]);
    expect(await ann.ask(say("1", "ho"))).toEqual([refused("id-reused", { room: "lobby", id: "1" })]);
    expect(ann.of("said")).toHaveLength(1);
  });

  test("has 4096 bytes of UTF-8 at most", async () => {
    await open();
    const ann = await party.guest("Ann", "lobby");
    const longest = ["x".repeat(MAX_TEXT_BYTES), "é".repeat(MAX_TEXT_BYTES / 2), '"'.repeat(MAX_TEXT_BYTES)];
    for (const [index, text] of longest.entries())
      expect(texts(await ann.ask(say(`${index}`, text)))).toEqual([text]);
    for (const text of longest)
      expect(await ann.ask(say("x", `${text}y`))).toEqual([refused("text-too-long", { id: "x" })]);
    expect(await ann.ask({ type: "whisper", to: "Ann", id: "w", text: `${longest[0]!}y` })).toEqual([
      refused("text-too-long", { id: "w" }),
    ]);
  });

  test.each([
    "",
    "\u001b[31mred",
    "\u0000",
    "bell\u0007",
    "\r\n",
    "\u009b31m",
    "\u007f",
    "\ud800",
    "a\udc00b",
  ])("is text and nothing that steers a terminal: not %j", async (text) => {
    await open();
    const ann = await party.guest("Ann", "lobby");
    expect(await ann.ask(say("1", text))).toEqual([refused("bad-text", { room: "lobby", id: "1" })]);
    // An id has at least one character by the protocol itself.
    if (text !== "") expect(await ann.ask(say(text, "1"))).toEqual([refused("bad-text", { room: "lobby" })]);
    expect(await ann.ask({ type: "whisper", to: "Ann", id: "w", text })).toEqual([refused("bad-text")]);
  });

  test("has times that never go back, though the clock does; and nobody has to wait for the clock", async () => {
    let wrongByMs = 0;
    await open();
    await party.close();
    const clock = { now: () => party.clock.now() + wrongByMs, after: party.clock.after.bind(party.clock) };
    await open({ clock, rate: { perSecond: 10, burst: 1 } });
    const ann = await party.guest("Ann");
    await party.settle();
    await ann.ask({ type: "join", room: "lobby" });
    for (const [index, by] of [0, -3_600_000, -7_200_000, 60_000].entries()) {
      wrongByMs = by;
      await party.settle();
      expect(texts(await ann.ask(say(`${index}`, "hi")))).toEqual(["hi"]);
    }
    const times = ann.of("said").map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test("is at most 64 messages ahead of the store", async () => {
    await open({ storeOptions: { keepMs: () => 100 } });
    const ann = await party.guest("Ann");
    ann.tell({ type: "join", room: "lobby" });
    await party.settle();
    const answers = await ann.ask(...Array.from({ length: 70 }, (_, index) => say(`m${index}`, "hi")));
    expect(answers).toEqual(
      Array.from({ length: 6 }, (_, index) => refused("busy", { id: `m${index + 64}`, retryAfterMs: 1000 })),
    );
    await party.clock.advance(64 * 100 + 100);
    expect(ann.of("stored")).toHaveLength(64);
    expect(texts(await ann.ask(say("m64", "hi")))).toEqual([]);
    await party.settle();
    expect(ann.of("stored")).toHaveLength(65);
  });

  test("and not stored is told as such, and may be repeated when the store works again", async () => {
    await open();
    const ann = await party.guest("Ann", "lobby");
    party.store.failing = "append";
    expect(await ann.ask(say("1", "hi"))).toEqual([
      refused("not-stored", { room: "lobby", id: "1", retryAfterMs: 1000 }),
    ]);
    expect(party.errors.map(({ message }) => message)).toEqual(["the disk is full"]);
    party.store.failing = "nothing";
    expect(texts(await ann.ask(say("1", "hi")))).toEqual(["hi"]);
  });
});

describe("a whisper", () => {
  test("is told to both, to nobody else, and not stored", async () => {
    await open();
    const [ann, bob, cleo] = [
      await party.guest("Ann", "lobby"),
      await party.guest("Bob", "lobby"),
      await party.guest("Cleo", "lobby"),
    ];
    const told = [
      expect.objectContaining({ type: "whispered", id: "1", from: "Ann", to: "Bob", text: "psst" }),
    ];
    expect(await ann.ask({ type: "whisper", to: "BOB", id: "1", text: "psst" })).toEqual(told);
    expect(bob.of("whispered")).toEqual(told);
    expect(cleo.of("whispered")).toEqual([]);
    expect(party.store.entries).toEqual([]);
  });

  test("to oneself is heard once", async () => {
    await open();
    const ann = await party.guest("Ann");
    expect(await ann.ask({ type: "whisper", to: "ann", id: "1", text: "psst" })).toHaveLength(1);
  });

  test("to nobody is refused, and one to what cannot be a name", async () => {
    await open();
    const ann = await party.guest("Ann");
    expect(await ann.ask({ type: "whisper", to: "bob", id: "1", text: "psst" })).toEqual([
      refused("nobody", { id: "1" }),
    ]);
    expect(await ann.ask({ type: "whisper", to: "\u0301", id: "2", text: "psst" })).toEqual([
      refused("bad-name", { id: "2" }),
    ]);
  });
});

describe("history", () => {
  test("is given in pages, backwards, and says whether there is more", async () => {
    await open();
    const ann = await party.guest("Ann", "lobby", "kitchen");
    const all = Array.from({ length: 120 }, (_, index) => `text ${index}`);
    for (const [index, text] of all.entries()) await ann.ask(say(`m${index}`, text));
    await ann.ask(say("elsewhere", "not this", "kitchen"));
    const found: string[] = [];
    let before: number | undefined;
    for (let more = true; more;) {
      const [page] = await ann.ask({ type: "history", room: "lobby", ...(before && { before }) });
      if (page?.type !== "page") throw new Error(`a page was expected, not ${JSON.stringify(page)}`);
      found.unshift(...page.messages.map(({ text }) => text));
      before = page.messages[0]!.seq;
      ({ more } = page);
      expect(page.messages.length).toBe(more ? MAX_PAGE_MESSAGES : 20);
    }
    expect(found).toEqual(all);
    expect(await ann.ask({ type: "history", room: "lobby", before: 0 })).toEqual([
      { type: "page", room: "lobby", messages: [], more: false },
    ]);
  });

  test("of the longest texts fits into lines, and leaves nothing out", async () => {
    await open();
    const ann = await party.guest("Ann", "lobby");
    const all = Array.from({ length: 40 }, (_, index) => `${index}${'"'.repeat(MAX_TEXT_BYTES - 2)}`);
    for (const [index, text] of all.entries()) await ann.ask(say(`m${index}`, text));
    const found: string[] = [];
    let before: number | undefined;
    for (let more = true; more;) {
      const [page] = await ann.ask({ type: "history", room: "lobby", ...(before && { before }) });
      if (page?.type !== "page") throw new Error(`a page was expected, not ${JSON.stringify(page)}`);
      expect(page.messages.length).toBeGreaterThan(0);
      found.unshift(...page.messages.map(({ text }) => text));
      before = page.messages[0]!.seq;
      ({ more } = page);
    }
    expect(found).toEqual(all);
  });

  test("from the future is refused, and so is to join after it", async () => {
    await open();
    const ann = await party.guest("Ann", "lobby");
    await ann.ask(say("1", "hi"));
    expect(await ann.ask({ type: "history", room: "lobby", before: 3 })).toEqual([
      refused("bad-position", { room: "lobby" }),
    ]);
    expect(await ann.ask({ type: "history", room: "lobby", before: 2 })).toEqual([
      expect.objectContaining({ type: "page" }),
    ]);
    const bob = await party.guest("Bob");
    expect(await bob.ask({ type: "join", room: "lobby", after: 2 })).toEqual([
      refused("bad-position", { room: "lobby" }),
    ]);
    expect(texts(await bob.ask({ type: "join", room: "lobby", after: 0 }))).toEqual(["hi"]);
  });

  test("that cannot be read now is refused, and the conversation goes on", async () => {
    await open();
    const ann = await party.guest("Ann", "lobby");
    party.store.failing = "read";
    expect(await ann.ask({ type: "history", room: "lobby" })).toEqual([refused("busy", { room: "lobby" })]);
    expect(await ann.ask({ type: "join", room: "kitchen" })).toEqual([refused("busy", { room: "kitchen" })]);
    party.store.failing = "nothing";
    expect(await ann.ask({ type: "join", room: "kitchen" })).toEqual([
      expect.objectContaining({ type: "joined" }),
    ]);
  });
});

describe("too fast", () => {
  test("is told with the time to wait, after which it works", async () => {
    await open({ rate: { perSecond: 10, burst: 20 } });
    const ann = await party.guest("Ann", "lobby");
    await party.clock.advance(2000);
    const answers = await ann.ask(...Array.from({ length: 22 }, (_, index) => say(`m${index}`, "hi")));
    const late = answers.filter(({ type }) => type === "refused");
    expect(late).toEqual([
      refused("too-fast", { room: "lobby", id: "m20", retryAfterMs: 100 }),
      refused("too-fast", { room: "lobby", id: "m21", retryAfterMs: 100 }),
    ]);
    await party.clock.advance(90);
    expect(texts(await ann.ask(say("m20", "hi")))).toEqual(["hi"]);
  });

  test("is never a ping", async () => {
    await open({ rate: { perSecond: 10, burst: 20 } });
    const ann = await party.guest("Ann");
    const answers = await ann.ask(...Array.from({ length: 500 }, (): FromClient => ({ type: "ping" })));
    expect(answers).toHaveLength(500);
  });

  test("a thousand times in a row ends the conversation with the reason, and only that one", async () => {
    await open({ rate: { perSecond: 10, burst: 20 } });
    const [ann, bob] = [await party.guest("Ann", "lobby"), await party.guest("Bob", "lobby")];
    await party.clock.advance(2000);
    const before = ann.heard.length;
    for (let index = 0; index < 1100; index++) ann.tell(say(`m${index}`, "hi"));
    await party.settle();
    expect(ann.heard.at(-1)).toEqual({
      type: "refused",
      code: "bad-message",
      detail: "1000 messages in a row were refused",
    });
    // A message that is stored meanwhile begins the row anew.
    const refusals = ann.heard.slice(before).filter(({ type }) => type === "refused").length;
    expect(refusals).toBeGreaterThan(1000);
    expect(refusals).toBeLessThan(1030);
    expect(ann.end).toBe("orderly");
    expect(bob.of("said")).toHaveLength(20);
    expect(texts(await bob.ask(say("1", "quiet now")))).toEqual(["quiet now"]);
  });
});

test("what breaks the protocol ends that conversation with the reason, and no other", async () => {
  await open();
  const [ann, bob] = [await party.guest("Ann", "lobby"), await party.guest("Bob", "lobby")];
  const bad = await party.guest("Cleo", "lobby");
  await party.settle();
  // Our own side checks only that fields are there; what they hold is the server's to check.
  bad.tell({ type: "say", room: "lobby", id: "", text: "hi" });
  await party.settle();
  expect(bad.heard.at(-1)).toEqual(refused("bad-message"));
  expect(bad.end).toBeDefined();
  expect(texts(await ann.ask(say("1", "hi")))).toEqual(["hi"]);
  expect(bob.of("presence").at(-1)).toMatchObject({ departed: ["Cleo"], people: 2 });
});
