// The client's conversation against a model of the server, in virtual time.
import { connect, seededRandom, VirtualClock } from "@socketlab/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RefusedError } from "../src/client/refused-error.ts";
import { KEPT_MESSAGES } from "../src/client/timeline.ts";
import { Session, type SessionSettings } from "../src/client/session.ts";
import type { RoomView, SessionEvent } from "../src/client/view.ts";
import { chat } from "../src/protocol.ts";
import { ModelServer, SERVER, type ModelFaults } from "./model-server.ts";

let clock: VirtualClock;
let server: ModelServer;
let stops: (() => void)[] = [];

beforeEach(async () => {
  await begin();
});
afterEach(() => {
  for (const stop of stops) stop();
  stops = [];
});

async function begin(faults: ModelFaults = {}): Promise<void> {
  clock = new VirtualClock(1_000_000);
  server = new ModelServer(clock, seededRandom(1), faults, { delayMs: 5 });
  await server.start();
}

function person(name: string, settings: Partial<SessionSettings> = {}): Session {
  const session = new Session({
    name,
    rooms: ["lobby"],
    dial: (signal) => connect(chat, SERVER, { network: server.network, signal }),
    clock,
    random: seededRandom(name.length),
    ...settings,
  });
  stops.push(session.start());
  return session;
}

async function open(name: string, settings: Partial<SessionSettings> = {}): Promise<Session> {
  const session = person(name, settings);
  await clock.advance(100);
  expect(session.view().phase).toEqual({ name: "open" });
  return session;
}

const lobby = (session: Session): RoomView => session.view().rooms.find(({ key }) => key === "lobby")!;
const texts = (session: Session): string[] => lobby(session).messages.map(({ text }) => text);

function eventsOf(session: Session): SessionEvent[] {
  const events: SessionEvent[] = [];
  session.onEvent((event) => events.push(event));
  return events;
}

describe("a conversation", () => {
  test("what one says is shown to both, and is stored", async () => {
    const [ann, bob] = [await open("ann"), await open("bob")];
    const stored = ann.say("Lobby", "hello");
    expect(lobby(ann).outgoing).toMatchObject([{ text: "hello", state: "sending" }]);
    expect(await clock.run(stored)).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      seq: expect.any(Number) as number,
    });
    await clock.advance(100);
    for (const session of [ann, bob]) expect(texts(session)).toEqual(["hello"]);
    expect(lobby(ann).outgoing).toEqual([]);
  });

  test("who joins later is given the history, and the rest of it a page at a time", async () => {
    const ann = await open("ann");
    for (let at = 0; at < 120; at++) void ann.say("lobby", `${at}`);
    await clock.advance(60_000);
    const bob = await open("bob");
    expect([texts(bob)[0], texts(bob).length, lobby(bob).more]).toEqual(["70", 50, true]);
    bob.history("lobby");
    bob.history("lobby");
    expect(lobby(bob).loading).toBe(true);
    await clock.advance(100);
    expect([texts(bob)[0], texts(bob).length]).toEqual(["20", 100]);
    bob.history("lobby");
    await clock.advance(100);
    expect(texts(bob)).toEqual(Array.from({ length: 120 }, (_, at) => `${at}`));
    expect(lobby(bob)).toMatchObject({ more: false, loading: false });
  });

  test("unread are the messages of others in rooms that are not looked at", async () => {
    const [ann, bob] = [await open("ann"), await open("bob")];
    ann.look("lobby");
    await clock.run(bob.say("lobby", "one"));
    await clock.advance(100);
    expect([lobby(ann).unread, lobby(bob).unread]).toEqual([0, 0]);
    ann.look(undefined);
    await clock.run(bob.say("lobby", "two"));
    await clock.advance(100);
    expect(lobby(ann).unread).toBe(1);
    ann.look("lobby");
    expect(lobby(ann).unread).toBe(0);
  });

  test("who types is shown for five seconds, or until they have said it", async () => {
    const ann = await open("ann");
    server.tellAll({ type: "typing", room: "lobby", name: "bob" });
    server.tellAll({ type: "typing", room: "lobby", name: "ann" });
    await clock.advance(100);
    expect(lobby(ann).typing).toEqual(["bob"]);
    await clock.advance(5000);
    expect(lobby(ann).typing).toEqual([]);
  });

  test("typing is told at most every three seconds", async () => {
    const ann = await open("ann");
    for (let at = 0; at < 70; at++) {
      ann.typing("lobby");
      await clock.advance(100);
    }
    expect(server.received.filter(({ type }) => type === "typing")).toHaveLength(3);
  });

  test("people are kept by differences, and asked for anew when the numbers differ", async () => {
    const ann = await open("ann");
    expect(lobby(ann)).toMatchObject({ names: ["ann"], people: 1 });
    const presence = { type: "presence", room: "lobby" } as const;
    server.tellAll({ ...presence, arrived: ["bob", "eve"], departed: [], people: 3 });
    await clock.advance(100);
    expect(lobby(ann).names).toEqual(["ann", "bob", "eve"]);
    server.tellAll({ ...presence, arrived: [], departed: ["eve"], people: 2 });
    await clock.advance(100);
    expect(lobby(ann)).toMatchObject({ names: ["ann", "bob"], people: 2 });
    server.tellAll({ ...presence, arrived: [], departed: [], people: 1 });
    await clock.advance(100);
    expect(lobby(ann)).toMatchObject({ names: ["ann"], people: 1 });
  });

  test("a whisper is shown to both, once, and to nobody it is refused", async () => {
    const [ann, bob] = [await open("ann"), await open("bob")];
    await clock.run(ann.whisper("bob", "psst"));
    await clock.advance(100);
    for (const session of [ann, bob])
      expect(session.view().whispers).toMatchObject([{ from: "ann", to: "bob", text: "psst" }]);
    const refused = ann.whisper("eve", "psst");
    await clock.advance(100);
    await expect(refused).rejects.toThrow("eve is not here");
    expect(ann.view().whispering).toMatchObject([{ to: "eve", state: "refused", why: "eve is not here" }]);
    ann.dismiss(ann.view().whispering[0]!.id);
    expect(ann.view().whispering).toEqual([]);
  });

  test("no more than two thousand messages are kept, and history fetches what was dropped", async () => {
    const ann = await open("ann");
    for (let seq = 1; seq <= 2500; seq++) {
      const said = { seq, id: `${seq}`, from: "bob", text: `${seq}`, at: 0 };
      server.disk.set("lobby", [...(server.disk.get("lobby") ?? []), said]);
      server.tellAll({ type: "said", room: "lobby", ...said });
    }
    await clock.advance(1000);
    expect(lobby(ann).messages.length).toBeLessThan(KEPT_MESSAGES + 200);
    expect([texts(ann).at(-1), lobby(ann).more]).toEqual(["2500", true]);
    const first = Number(texts(ann)[0]);
    ann.history("lobby");
    await clock.advance(1000);
    expect(Number(texts(ann)[0])).toBe(first - 50);
  });

  test("what the server says twice is shown once, and in order", async () => {
    const ann = await open("ann");
    const shown = eventsOf(ann);
    for (const seq of [3, 4, 3, 4, 2, 5])
      server.tellAll({ type: "said", room: "lobby", seq, id: `${seq}`, from: "bob", text: `${seq}`, at: 0 });
    await clock.advance(100);
    expect(texts(ann)).toEqual(["3", "4", "5"]);
    expect(shown.filter(({ event }) => event === "said")).toHaveLength(3);
  });

  test("a view is the same object until something changes, and unchanged rooms stay the same", async () => {
    const ann = await open("ann", { rooms: ["lobby", "other"] });
    const view = ann.view();
    expect(ann.view()).toBe(view);
    let calls = 0;
    ann.subscribe(() => calls++);
    await clock.run(ann.say("lobby", "hello"));
    await clock.advance(100);
    expect(calls).toBeGreaterThan(0);
    expect(ann.view()).not.toBe(view);
    expect(ann.view().rooms[0]).not.toBe(view.rooms[0]);
    expect(ann.view().rooms[1]).toBe(view.rooms[1]);
  });
});

describe("after a loss", () => {
  test("it comes back with longer and longer waits, and goes on after the last message it has", async () => {
    const [ann, bob] = [await open("ann", { random: () => 0.999 }), await open("bob")];
    await clock.run(bob.say("lobby", "before"));
    await clock.advance(100);
    server.kill();
    const waits: number[] = [];
    ann.onEvent((event) => {
      if (event.event === "phase" && event.phase.name === "waiting") waits.push(event.phase.retryInMs);
    });
    await clock.advance(40_000);
    expect(waits).toEqual([250, 500, 999, 1998, 3996, 7992, 9990, 9990, 9990]);
    server.disk.get("lobby")!.push({ seq: 50, id: "x", from: "eve", text: "meanwhile", at: 0 });
    await server.start();
    await clock.advance(20_000);
    expect(ann.view().phase).toEqual({ name: "open" });
    expect(texts(ann)).toEqual(["before", "meanwhile"]);
    expect(texts(bob)).toEqual(["before", "meanwhile"]);
  });

  test("what was not acknowledged is said again with the same id, in order, and shown once", async () => {
    await begin({ storeMs: 200 });
    const ann = await open("ann");
    const stored = [ann.say("lobby", "one"), ann.say("lobby", "two"), ann.say("lobby", "three")];
    await clock.advance(10);
    server.kill();
    await server.start();
    await clock.run(Promise.all(stored));
    await clock.advance(100);
    expect(texts(ann)).toEqual(["one", "two", "three"]);
    const ones = server.received.flatMap((message) =>
      message.type === "say" && message.text === "one" ? [message.id] : [],
    );
    expect(ones.length).toBe(2);
    expect(new Set(ones).size).toBe(1);
  });

  test("what is said while there is no server is said when there is one", async () => {
    server.kill();
    const ann = person("ann");
    await clock.advance(100);
    const stored = ann.say("lobby", "hello");
    await clock.advance(3000);
    expect(lobby(ann).outgoing).toMatchObject([{ text: "hello", state: "sending" }]);
    await server.start();
    await clock.run(stored);
    await clock.advance(100);
    expect(texts(ann)).toEqual(["hello"]);
  });

  test("a silent server is asked after 20 seconds, and left 10 seconds later", async () => {
    const ann = await open("ann");
    await clock.advance(65_000);
    expect(ann.view().phase.name).toBe("open");
    server.silent = true;
    const events = eventsOf(ann);
    await clock.advance(31_000);
    const phases = events.flatMap((event) => (event.event === "phase" ? [event.phase] : []));
    expect(phases[0]).toMatchObject({ name: "waiting", code: "timed-out" });
    server.silent = false;
    await clock.advance(40_000);
    expect(ann.view().phase.name).toBe("open");
  });

  test("a server with a shorter history than was shown here is another one: the room begins anew", async () => {
    const ann = await open("ann");
    await clock.run(ann.say("lobby", "old"));
    await clock.advance(100);
    server.kill();
    server.disk.clear();
    await server.start();
    await clock.advance(1000);
    expect(texts(ann)).toEqual([]);
    await clock.run(ann.say("lobby", "new"));
    await clock.advance(100);
    expect(texts(ann)).toEqual(["new"]);
  });

  test("a server that closes orderly is left at once", async () => {
    const ann = await open("ann");
    server.close();
    await clock.advance(50);
    expect(ann.view().phase.name).not.toBe("open");
    await clock.advance(10_000);
    await server.start();
    await clock.advance(20_000);
    expect(ann.view().phase.name).toBe("open");
  });

  test("retry does not wait any longer", async () => {
    server.kill();
    const ann = person("ann", { random: () => 0.999 });
    await clock.advance(20_000);
    await server.start();
    expect(ann.view().phase.name).toBe("waiting");
    ann.retry();
    await clock.advance(50);
    expect(ann.view().phase.name).toBe("open");
  });
});

describe("refused", () => {
  const refusal = (code: "name-taken" | "bad-token" | "busy") =>
    ({ type: "refused", code, detail: `no: ${code}` }) as const;

  test("too-fast and not-stored are repeated, in order", async () => {
    await begin({ tooFast: 0.3, notStored: 0.3 });
    const ann = await open("ann");
    const said = Array.from({ length: 30 }, (_, at) => `${at}`);
    await clock.run(Promise.all(said.map((text) => ann.say("lobby", text))));
    await clock.advance(100);
    expect(texts(ann)).toEqual(said);
  });

  test("for good is told to who said it, and what comes after is said all the same", async () => {
    const ann = await open("ann");
    server.silent = true;
    const [first, second] = [ann.say("lobby", "one"), ann.say("lobby", "two")];
    await clock.advance(10);
    server.silent = false;
    const { id } = lobby(ann).outgoing[0]!;
    server.tellAll({ type: "refused", code: "bad-text", detail: "not that", room: "lobby", id });
    await clock.advance(10);
    await expect(first).rejects.toThrow(RefusedError);
    await clock.run(second);
    expect(lobby(ann).outgoing.find((one) => one.id === id)).toMatchObject({
      state: "refused",
      why: "not that",
    });
  });

  test("too fast for who is there, or for history, is asked again", async () => {
    const ann = await open("ann");
    server.disk.set("lobby", [{ seq: 1, id: "x", from: "eve", text: "old", at: 0 }]);
    server.silent = true;
    ann.leave("lobby");
    ann.join("lobby");
    await clock.advance(10);
    server.silent = false;
    server.tellAll({ type: "joined", room: "lobby", seq: 1, people: 1 });
    const refused = { type: "refused", code: "too-fast", detail: "too fast", room: "lobby" } as const;
    server.silent = true;
    await clock.advance(100);
    server.silent = false;
    for (let at = 0; at < 2; at++) server.tellAll({ ...refused, retryAfterMs: 500 });
    await clock.advance(10);
    expect(lobby(ann)).toMatchObject({ names: [], loading: true });
    await clock.advance(1000);
    expect(lobby(ann)).toMatchObject({ names: ["ann"], loading: false });
    expect(texts(ann)).toEqual(["old"]);
  });

  test("a name that is taken ends it, until another one is given", async () => {
    server.helloRefusals = [refusal("name-taken")];
    const ann = person("ann");
    await clock.advance(60_000);
    expect(ann.view().phase).toEqual({ name: "refused", code: "name-taken", why: "no: name-taken" });
    ann.rename("Ann B");
    await clock.advance(100);
    expect(ann.view()).toMatchObject({ phase: { name: "open" }, name: "Ann B" });
  });

  test("a name that is taken right after a loss is our own still: it is tried for a minute", async () => {
    const ann = await open("ann");
    server.helloRefusals = [refusal("name-taken"), refusal("name-taken"), refusal("name-taken")];
    server.cut("ann");
    await clock.advance(5000);
    expect(ann.view().phase.name).toBe("open");
    server.helloRefusals = Array.from({ length: 100 }, () => refusal("name-taken"));
    server.cut("ann");
    await clock.advance(120_000);
    expect(ann.view().phase).toMatchObject({ name: "refused", code: "name-taken" });
  });

  test("a busy server is tried again, a bad token is not", async () => {
    server.helloRefusals = [refusal("busy"), refusal("bad-token")];
    const ann = person("ann");
    const events = eventsOf(ann);
    await clock.advance(30_000);
    expect(events.flatMap((event) => (event.event === "phase" ? [event.phase.name] : []))).toEqual([
      "waiting",
      "connecting",
      "refused",
    ]);
  });

  test("who takes the name back still leaves when it is told to stop", async () => {
    const ann = await open("ann");
    server.tellAll({ type: "refused", code: "replaced", detail: "you are elsewhere" });
    await clock.advance(100);
    ann.retry();
    await clock.advance(100);
    expect(ann.view().phase).toEqual({ name: "open" });
    stops.pop()!();
    expect(ann.view().phase).toEqual({ name: "closed" });
  });

  test("who was replaced does not come back by itself: two would fight for ever", async () => {
    const ann = await open("ann");
    server.tellAll({ type: "refused", code: "replaced", detail: "you are elsewhere" });
    await clock.advance(60_000);
    expect(ann.view().phase).toMatchObject({ name: "refused", code: "replaced" });
    ann.retry();
    await clock.advance(100);
    expect(ann.view().phase.name).toBe("open");
  });

  test("a room that refuses says so, and refuses what waits for it", async () => {
    const ann = await open("ann");
    server.silent = true;
    ann.join("secret");
    const said = ann.say("secret", "hello");
    await clock.advance(10);
    server.silent = false;
    server.tellAll({ type: "refused", code: "token-needed", detail: "members only", room: "secret" });
    await clock.advance(100);
    await expect(said).rejects.toThrow("members only");
    expect(ann.view().rooms[1]).toMatchObject({
      state: "refused",
      why: "members only",
      code: "token-needed",
    });
    await expect(ann.say("secret", "again")).rejects.toThrow("not in the room");
  });

  test("what our own side can see is not even sent", async () => {
    const ann = await open("ann");
    await expect(ann.say("lobby", "")).rejects.toThrow("empty");
    await expect(ann.say("lobby", "ä".repeat(2049))).rejects.toThrow("4098 bytes");
    await expect(ann.say("elsewhere", "hello")).rejects.toThrow("not in the room");
    expect(() => ann.join("\u{202e}evil")).toThrow("no room's name");
  });

  test("a thousand messages wait for the server, and no more", async () => {
    server.kill();
    const ann = person("ann");
    for (let at = 0; at < 1000; at++) void ann.say("lobby", `${at}`);
    await expect(ann.say("lobby", "one more")).rejects.toThrow("1000 messages are waiting");
  });

  test("whoever stops is told what was not acknowledged", async () => {
    server.kill();
    const ann = person("ann");
    const said = ann.say("lobby", "hello");
    stops.shift()!();
    await expect(said).rejects.toThrow("before the server had acknowledged");
    expect(ann.view().phase).toEqual({ name: "closed" });
  });
});
