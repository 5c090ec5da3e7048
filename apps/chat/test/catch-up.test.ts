// Whoever comes back is told what it has missed, and then what is being said: each message once, in order.
import { seededRandom, type Random } from "@socketlab/core";
import { afterEach, describe, expect, test } from "vitest";
import type { FromServer } from "../src/protocol.ts";
import { Party, type Guest } from "./party.ts";

let party: Party;
afterEach(() => party.close());

const LOBBY = { type: "join", room: "lobby" } as const;

async function fill(from: Guest, count: number, text = "hi"): Promise<void> {
  for (let index = 0; index < count; index++)
    await from.ask({ type: "say", room: "lobby", id: `f${index}`, text });
}

const positions = (messages: readonly FromServer[]): number[] =>
  messages.flatMap((message) => (message.type === "said" ? [message.seq] : []));
const all = (): number[] => party.store.entries.map(({ seq }) => seq);

describe("who joins", () => {
  test("after a position is told everything since, and is told of it before anything of that", async () => {
    party = await Party.open();
    const ann = await party.guest("Ann", "lobby");
    await fill(ann, 230);
    const bob = await party.guest("Bob");
    const answers = await bob.ask({ ...LOBBY, after: all()[9]! });
    expect(answers[0]).toEqual({ type: "joined", room: "lobby", seq: all().at(-1), people: 2 });
    expect(positions(answers)).toEqual(all().slice(10));
    // Pages, not all at once.
    expect(Math.max(...party.store.reads.map(({ limit }) => limit))).toBeLessThanOrEqual(50);
    await ann.ask({ type: "say", room: "lobby", id: "new", text: "new" });
    expect(positions(bob.heard)).toEqual(all().slice(10));
  });

  test("without a position, or after the last one, is told only what is said from now on", async () => {
    party = await Party.open();
    const ann = await party.guest("Ann", "lobby");
    await fill(ann, 3);
    const last = all().at(-1)!;
    const [bob, cleo] = [await party.guest("Bob"), await party.guest("Cleo")];
    expect(positions([...(await bob.ask(LOBBY)), ...(await cleo.ask({ ...LOBBY, after: last }))])).toEqual(
      [],
    );
    await ann.ask({ type: "say", room: "lobby", id: "new", text: "new" });
    for (const guest of [bob, cleo]) expect(positions(guest.heard)).toEqual(all().slice(3));
  });

  test("is not told again what the store has shown it before it tells us of it", async () => {
    party = await Party.open({ storeOptions: { tellMs: () => 500 } });
    const ann = await party.guest("Ann", "lobby");
    await ann.ask({ type: "say", room: "lobby", id: "1", text: "read before it is told" });
    const bob = await party.guest("Bob");
    expect(positions(await bob.ask({ ...LOBBY, after: 0 }))).toEqual(all());
    await party.settle();
    expect(positions(ann.heard)).toEqual(all());
    expect(positions(bob.heard)).toEqual(all());
    await ann.ask({ type: "say", room: "lobby", id: "2", text: "new" });
    await party.settle();
    for (const guest of [ann, bob]) expect(positions(guest.heard)).toEqual(all());
  });

  test("while the store cannot be read is told all of it when it can", async () => {
    party = await Party.open();
    const ann = await party.guest("Ann", "lobby");
    await fill(ann, 60);
    const bob = await party.guest("Bob");
    bob.tell({ ...LOBBY, after: 0 });
    // The position is known, and then the disk breaks.
    const last = party.store.last.bind(party.store);
    party.store.last = async (room) => last(room).finally(() => (party.store.failing = "read"));
    await party.settle();
    expect(bob.of("joined")).toHaveLength(1);
    expect(positions(bob.heard)).toEqual([]);
    party.store.failing = "nothing";
    await party.clock.advance(2000);
    expect(positions(bob.heard)).toEqual(all());
  });

  test("and leaves in the middle is told nothing after that; who comes again is told each once", async () => {
    party = await Party.open();
    const ann = await party.guest("Ann", "lobby");
    await fill(ann, 300, "x".repeat(4000));
    const bob = await party.guest("Bob");
    bob.stall();
    await bob.ask({ ...LOBBY, after: 0 }, { type: "leave", room: "lobby" });
    bob.listen();
    await party.settle();
    const types = bob.heard.map(({ type }) => type);
    expect(types.lastIndexOf("said")).toBeLessThan(types.indexOf("left"));
    const seen = positions(bob.heard);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.length).toBeLessThan(300);
    bob.tell({ ...LOBBY, after: seen.at(-1)! });
    await party.settle();
    expect(positions(bob.heard)).toEqual(all());
  });
});

test("a slow reader is cut off with a reason, delays nobody, and catches up when it comes back", async () => {
  party = await Party.open({ faults: { rateBytesPerSecond: 5_000_000 } });
  const [ann, bob] = [await party.guest("Ann", "lobby"), await party.guest("Bob", "lobby")];
  const slow = await party.guest("Cleo");
  slow.socket.inspect();
  await slow.ask(LOBBY);
  const ends: (Error | undefined)[] = [];
  for (const socket of party.sockets()) void socket.closed.then(({ error }) => ends.push(error));
  // It has stopped reading: its queue fills, then its transport, then what waits for it here.
  slow.stall();
  const text = "x".repeat(4000);
  for (let index = 0; index < 600; index++) {
    ann.tell({ type: "say", room: "lobby", id: `${index}`, text });
    await party.clock.advance(5);
  }
  await party.settle();
  expect(positions(bob.heard)).toEqual(all());
  expect(positions(ann.heard)).toEqual(all());
  expect(ends.map((error) => error?.message)).toEqual([
    expect.stringMatching(/^the remote side does not read: \d+ bytes wait for it, and at most 1048576 may$/),
  ]);
  slow.listen();
  await party.settle();
  const back = await party.guest("Cleo");
  back.tell({ ...LOBBY, after: positions(slow.heard).at(-1) ?? 0 });
  await party.clock.advance(5000);
  expect([...positions(slow.heard), ...positions(back.heard)]).toEqual(all());
});

/** Comes and goes, keeps what it was shown as a client does, and minds whether the server keeps its promise. */
class Wanderer {
  readonly shown: number[] = [];
  readonly #name: string;
  readonly #random: Random;
  #guest: Guest | undefined;
  #said = 0;
  /** Of this conversation: how much of it was taken, the joins not yet answered, and what comes next. */
  #taken = 0;
  #asked: number[] = [];
  #position = 0;

  constructor(name: string, random: Random) {
    this.#name = name;
    this.#random = random;
  }

  async step(): Promise<void> {
    const guest = this.#guest;
    this.take();
    if (guest === undefined || guest.end !== undefined) return this.#come();
    const dice = this.#random();
    if (dice < 0.1) guest.socket.abort();
    else if (dice < 0.15) void guest.socket.close();
    else if (dice < 0.3) guest.tell({ type: "leave", room: "lobby" });
    else if (dice < 0.6) this.#join(guest);
    else guest.tell({ type: "say", room: "lobby", id: `${this.#said++}`, text: this.#name });
  }

  async comeBack(): Promise<void> {
    this.take();
    if (this.#guest === undefined || this.#guest.end !== undefined) return this.#come();
    this.#join(this.#guest);
  }

  take(): void {
    for (const message of this.#guest?.heard.slice(this.#taken) ?? []) this.#heed(message);
    this.#taken = this.#guest?.heard.length ?? 0;
  }

  #heed(message: FromServer): void {
    if (message.type === "joined") this.#position = this.#asked.shift()!;
    else if (message.type === "refused") {
      // It asks without looking where it is.
      expect(["already-joined", "not-joined"]).toContain(message.code);
      if (message.code === "already-joined") this.#asked.shift();
    } else if (message.type === "said") {
      // Neither a gap nor a repeat since it joined.
      expect(message.seq).toBe(all().find((seq) => seq > this.#position));
      this.#position = message.seq;
      // What was under way when it asked to join once more is repeated, as it wished.
      if (message.seq > (this.shown.at(-1) ?? 0)) this.shown.push(message.seq);
    }
  }

  async #come(): Promise<void> {
    this.#guest = await party.stranger();
    this.#taken = 0;
    this.#asked = [];
    this.#guest.tell({ type: "hello", name: this.#name, key: this.#name });
    this.#join(this.#guest);
  }

  #join(guest: Guest): void {
    const after = this.shown.at(-1) ?? 0;
    this.#asked.push(after);
    guest.tell({ ...LOBBY, after });
  }
}

describe.each(Array.from({ length: 20 }, (_, index) => index + 1))("in a run with seed %i", (seed) => {
  test("everybody is shown everything, once and in order, however they come and go and the store lags", async () => {
    const random = seededRandom(seed);
    const upTo = (ms: number) => () => Math.floor(random() * ms);
    party = await Party.open({
      faults: { delayMs: 3, jitterMs: 10, rateBytesPerSecond: 200_000, splitBytes: 40 },
      storeOptions: { keepMs: upTo(4), tellMs: upTo(8), seeMs: upTo(12) },
    });
    const sender = await party.guest("Sender");
    await party.settle();
    const wanderers = Array.from({ length: 6 }, (_, index) => new Wanderer(`W${index}`, random));
    sender.tell(LOBBY);
    await party.settle();
    for (let round = 0; round < 300; round++) {
      sender.tell({
        type: "say",
        room: "lobby",
        id: `${round}`,
        text: "x".repeat(Math.floor(random() * 300)),
      });
      for (const wanderer of wanderers) if (random() < 0.2) await wanderer.step();
      await party.clock.advance(Math.floor(random() * 20));
    }
    await party.settle();
    for (const wanderer of wanderers) await wanderer.comeBack();
    await party.clock.advance(10_000);
    expect(party.store.entries.length).toBeGreaterThan(300);
    expect(positions(sender.heard)).toEqual(all());
    for (const wanderer of wanderers) {
      wanderer.take();
      expect(wanderer.shown).toEqual(all());
    }
  });
});
