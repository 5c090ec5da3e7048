// What the address book promises: whom it dials and whom not, how often, how many, and that no remote list can overfill it.
import { seededRandom } from "@socketlab/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AddressBook, type AddressBookOptions, type PeerAddress } from "../../src/engine/address-book.ts";
import { canonicalPriority } from "../../src/engine/priority.ts";

const bookOf = (options: Partial<AddressBookOptions> = {}): AddressBook =>
  new AddressBook({ random: seededRandom(1), ...options });
const peer = (number: number, port = 6881): PeerAddress => ({
  host: `10.0.${number >> 8}.${number & 255}`,
  port,
});

/** Everybody who is dialled now. */
function dial(book: AddressBook, nowMs = 0): PeerAddress[] {
  const dialled: PeerAddress[] = [];
  for (let next = book.next(nowMs); next !== undefined; next = book.next(nowMs)) dialled.push(next);
  return dialled;
}

test("an address is dialled once, whoever has named it and however it is written", () => {
  const book = bookOf();
  expect(book.add({ host: "2001:DB8:0::1", port: 1 }, "tracker")).toBe(true);
  expect(book.add({ host: "2001:db8::1", port: 1 }, "pex")).toBe(false);
  expect(dial(book)).toHaveLength(1);
  expect(dial(book)).toHaveLength(0);
});

test("at most 30 dials at a time, and no more conversations than allowed", () => {
  const book = bookOf({ maxConnections: 40 });
  for (let number = 0; number < 100; number++) book.add(peer(number), "tracker");
  const first = dial(book);
  expect(first).toHaveLength(30);
  for (const address of first) book.connected(address, 0);
  const second = dial(book);
  expect(second).toHaveLength(10);
  book.failed(second[0]!, 0);
  expect(dial(book)).toHaveLength(1);
});

test("who cannot be reached is tried again after 5, 60 and 120 seconds, and then after an hour", () => {
  const book = bookOf();
  book.add(peer(1), "dht");
  let nowMs = 0;
  for (const waitMs of [5000, 60_000, 120_000, 3_600_000, 3_600_000]) {
    expect(book.next(nowMs)).toEqual(peer(1));
    book.failed(peer(1), nowMs);
    expect(book.next(nowMs + waitMs - 1)).toBeUndefined();
    nowMs += waitMs;
  }
});

test("after half a minute's conversation an address waits a minute, and begins anew; a shorter one is a failure", () => {
  const book = bookOf();
  book.add(peer(1), "dht");
  let nowMs = 0;
  for (const [durationMs, waitMs] of [
    [1000, 5000],
    [29_999, 60_000],
    [30_000, 60_000],
    [29_999, 5000],
    [1000, 60_000],
    [29_999, 120_000],
  ] as const) {
    expect(book.next(nowMs)).toEqual(peer(1));
    book.connected(peer(1), nowMs);
    nowMs += durationMs;
    book.closed(peer(1), nowMs);
    expect(book.next(nowMs + waitMs - 1)).toBeUndefined();
    nowMs += waitMs;
  }
});

test("as soon as we know how others see us, those with the highest canonical priority come first", () => {
  const book = bookOf();
  for (let number = 1; number <= 50; number++) book.add(peer(number, 1000 + number), "pex");
  const own = { host: "10.9.9.9", port: 6881 };
  book.seenAs(own);
  const priorities = dial(book).map((address) => canonicalPriority(own, address)!);
  expect(priorities).toEqual(priorities.toSorted((a, b) => b - a));
});

test("we do not dial ourselves twice", () => {
  const book = bookOf();
  book.add(peer(1), "tracker");
  book.isOurOwn(book.next(0)!);
  expect(book.add(peer(1), "tracker")).toBe(false);
  expect(book.next(1e9)).toBeUndefined();
});

test("who is banned is neither dialled nor let in, whatever the port, and its conversations end", () => {
  const book = bookOf();
  book.add(peer(1, 1), "tracker");
  book.add(peer(1, 2), "tracker");
  book.accept(peer(1, 50_000), 0);
  const dialled = book.next(0)!;
  expect(book.ban("10.0.0.1")).toEqual(expect.arrayContaining([dialled, peer(1, 50_000)]));
  expect(book.next(0)).toBeUndefined();
  expect(book.add(peer(1, 3), "tracker")).toBe(false);
  expect(book.accept(peer(1, 50_001), 0)).toBeUndefined();
  expect(book.accept({ host: "::ffff:10.0.0.1", port: 9 }, 0)).toBeUndefined();
});

test("a private torrent takes addresses from its trackers alone, also when it turns out to be private later", () => {
  const book = bookOf();
  book.add(peer(1), "pex");
  book.add(peer(2), "pex");
  book.add(peer(2), "tracker");
  const [first] = dial(book);
  expect(book.becomePrivate()).toEqual([peer(1)]);
  expect(first).toBeDefined();
  expect(book.add(peer(3), "lsd")).toBe(false);
  expect(book.add(peer(3), "tracker")).toBe(true);
});

test.each([
  ["port 0", { host: "10.0.0.1", port: 0 }, "10.0.0.2"],
  ["nobody", { host: "0.0.0.0", port: 1 }, "10.0.0.2"],
  ["a group", { host: "224.0.0.1", port: 1 }, "10.0.0.2"],
  ["everybody", { host: "255.255.255.255", port: 1 }, "10.0.0.2"],
  ["our own machine, by somebody elsewhere", { host: "127.0.0.1", port: 5432 }, "10.0.0.2"],
  ["our own machine, by somebody elsewhere", { host: "::1", port: 5432 }, "10.0.0.2"],
])("nobody makes us dial %s", (_, address, teller) => {
  expect(bookOf().add(address, "pex", teller)).toBe(false);
});

test("on one machine its loopback addresses are as good as any", () => {
  expect(bookOf().add({ host: "127.0.0.1", port: 1 }, "pex", "127.0.0.1")).toBe(true);
});

test("a victim that is listed under a thousand ports is dialled at eight", () => {
  const book = bookOf();
  for (let port = 1; port <= 1000; port++) book.add(peer(1, port), "pex");
  expect(dial(book)).toHaveLength(8);
});

test("a full book forgets who has failed, and never who is spoken to", () => {
  const book = bookOf({ maxAddresses: 10 });
  for (let number = 0; number < 7; number++) book.add(peer(number), "tracker");
  for (let number = 7; number < 10; number++) book.accept(peer(number), 0);
  const [talking, failing] = [book.next(0)!, book.next(0)!];
  book.connected(talking, 0);
  book.failed(failing, 0);
  expect(book.add(peer(99), "pex")).toBe(true);
  expect(book.size).toBe(10);
  expect(dial(book, 1e9)).not.toContainEqual(failing);
  for (let number = 100; number < 1000; number++) book.add(peer(number), "pex");
  expect(book.size).toBe(10);
  expect(book.count("connected")).toBe(4);
});

test("who has dialled us is not dialled where it listens as long as we speak, and nobody dials where it came from", () => {
  const book = bookOf();
  book.add(peer(1), "tracker");
  expect(book.accept(peer(1, 50_000), 0)).toEqual({ drop: undefined });
  book.listensAt(peer(1, 50_000), 6881, 0);
  expect(book.next(0)).toBeUndefined();
  expect(book.count("connected")).toBe(1);
  book.closed(peer(1, 50_000), 100_000);
  expect(dial(book, 160_000)).toEqual([peer(1)]);
});

test("nor for a private torrent, whose tracker names it only then; it is forgotten if none does", () => {
  const book = bookOf();
  book.becomePrivate();
  for (const number of [1, 2]) {
    book.accept(peer(number, 50_000), 0);
    book.listensAt(peer(number, 50_000), 6881, 0);
  }
  book.add(peer(1), "tracker");
  expect(book.next(0)).toBeUndefined();
  for (const number of [1, 2]) book.closed(peer(number, 50_000), 100_000);
  expect(book.size).toBe(1);
  expect(dial(book, 160_000)).toEqual([peer(1)]);
});

test("when all places are taken, a peer with a higher priority takes that of the lowest", () => {
  const book = bookOf({ maxConnections: 5 });
  const own = { host: "10.9.9.9", port: 1 };
  book.seenAs(own);
  const incoming = Array.from({ length: 200 }, (_, number) => peer(number, 50_000 + number));
  for (const address of incoming) book.accept(address, 0);
  expect(book.count("connected")).toBe(5);
  const byPriority = incoming.toSorted((a, b) => canonicalPriority(own, b)! - canonicalPriority(own, a)!);
  for (const address of byPriority.slice(0, 5)) expect(book.accept(address, 0)).toBeUndefined();
  expect(book.accept(byPriority[5]!, 0)).toBeUndefined();
});

test("a seed does not dial seeds", () => {
  let isSeeding = true;
  const book = bookOf({ isSeeding: () => isSeeding });
  book.add(peer(1), "pex");
  book.isSeed(peer(1));
  expect(book.next(0)).toBeUndefined();
  isSeeding = false;
  expect(book.next(0)).toEqual(peer(1));
});

test("nor seeds that have dialled it, until they dial again, and may have lost something", () => {
  const book = bookOf({ isSeeding: () => true });
  book.add(peer(1), "tracker");
  book.accept(peer(1, 50_000), 0);
  book.listensAt(peer(1, 50_000), 6881, 0);
  book.isSeed(peer(1, 50_000));
  book.closed(peer(1, 50_000), 100_000);
  expect(book.next(1_000_000)).toBeUndefined();
  book.accept(peer(1, 50_001), 1_000_000);
  book.listensAt(peer(1, 50_001), 6881, 1_000_000);
  book.closed(peer(1, 50_001), 1_100_000);
  expect(book.next(2_000_000)).toEqual(peer(1));
});

test("whatever happens, the limits hold and nobody is dialled who is spoken to already, or too early", () => {
  const what = fc.constantFrom("add", "next", "connected", "failed", "closed", "accept", "ban", "wait");
  const step = fc.record({ what, number: fc.nat({ max: 15 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const limits = { maxAddresses: 12, maxConnections: 4, maxDials: 2 };
      const book = bookOf(limits);
      const dialling = new Map<number, PeerAddress>();
      const talking = new Set<number>();
      const notBefore = new Map<number, number>();
      let nowMs = 0;
      const numberOf = ({ host }: PeerAddress): number => Number(host.split(".")[3]);
      for (const { what: event, number } of steps) {
        if (event === "wait") nowMs += number * 10_000;
        if (event === "add") book.add(peer(number), "pex");
        if (event === "next") {
          const next = book.next(nowMs);
          if (next === undefined) continue;
          const chosen = numberOf(next);
          expect(dialling.has(chosen) || talking.has(chosen) || book.isBanned(next.host)).toBe(false);
          expect(nowMs).toBeGreaterThanOrEqual(notBefore.get(chosen) ?? 0);
          dialling.set(chosen, next);
        }
        if (event === "connected" && dialling.delete(number)) {
          book.connected(peer(number), nowMs);
          talking.add(number);
        }
        if (event === "failed" && dialling.delete(number)) {
          book.failed(peer(number), nowMs);
          notBefore.set(number, nowMs + 5000);
        }
        if (event === "closed" && talking.delete(number)) {
          book.closed(peer(number), nowMs);
          notBefore.set(number, nowMs + 5000);
        }
        if (event === "accept") {
          const accepted = book.accept(peer(number), nowMs);
          if (accepted !== undefined) talking.add(number);
        }
        if (event === "ban" && number < 3) {
          for (const address of book.ban(peer(number).host)) {
            expect(dialling.delete(numberOf(address)) || talking.delete(numberOf(address))).toBe(true);
          }
        }
        // Whom the book has forgotten it may learn of anew; then it owes no waiting.
        if (book.size === limits.maxAddresses) notBefore.clear();
        expect(book.size).toBeLessThanOrEqual(limits.maxAddresses);
        expect(book.count("dialing")).toBe(dialling.size);
        expect(book.count("connected")).toBe(talking.size);
        expect(dialling.size).toBeLessThanOrEqual(limits.maxDials);
        expect(talking.size).toBeLessThanOrEqual(limits.maxConnections + limits.maxDials);
      }
    }),
  );
});
