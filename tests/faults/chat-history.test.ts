// The checker of chat's histories, checked: a good run passes, and each planted violation is found by its name.
import { expect, test } from "vitest";
import { check, type Event, type Kept, type Run } from "./chat/history.ts";

const one: Kept = { seq: 1, id: "a1", from: "ann", text: "one" };
const two: Kept = { seq: 3, id: "b1", from: "bob", text: "two" };
const three: Kept = { seq: 4, id: "a2", from: "ann", text: "three" };
const room = "hall";

const say = ({ from, id, text }: Kept): Event => ({ what: "say", client: from, room, id, text });
const stored = ({ from, id, seq }: Kept, at = seq): Event => ({
  what: "stored",
  client: from,
  room,
  id,
  seq: at,
});
const join = (client: string, visit: number, after?: number): Event => ({
  what: "join",
  client,
  room,
  visit,
  ...(after !== undefined && { after }),
});
const joined = (client: string, visit: number, seq: number): Event => ({
  what: "joined",
  client,
  room,
  visit,
  seq,
});
const said = (client: string, visit: number, message: Kept): Event => ({
  what: "said",
  client,
  room,
  visit,
  ...message,
});

/** Ann stays; Bob is shown the first, is cut off, says his again, and comes back with where he was. */
const good: readonly Event[] = [
  join("ann", 1),
  joined("ann", 1, 0),
  join("bob", 2),
  joined("bob", 2, 0),
  say(one),
  said("ann", 1, one),
  stored(one),
  said("bob", 2, one),
  say(two),
  said("ann", 1, two),
  { what: "note", client: "bob", text: "reset" },
  join("bob", 3, 1),
  joined("bob", 3, 3),
  said("bob", 3, two),
  say(two),
  stored(two),
  stored(two),
  say(three),
  said("bob", 3, three),
  said("ann", 1, three),
  stored(three),
];

function run(events: readonly Event[], kept: readonly Kept[] = [one, two, three]): Run {
  return { events, final: new Map([[room, kept]]), complete: new Set([1, 3]) };
}
const without = (event: Event): Event[] =>
  good.filter((other) => JSON.stringify(other) !== JSON.stringify(event));
const replaced = (event: Event, ...others: Event[]): Event[] =>
  good.flatMap((other) => (JSON.stringify(other) === JSON.stringify(event) ? others : [other]));

test("a run that keeps the promise has no violation", () => {
  expect(check(run(good))).toEqual([]);
});

test("what was never acknowledged may be kept and shown, or not", () => {
  expect(check(run(without(stored(three))))).toEqual([]);
  const gone = good.filter((event) => !("id" in event) || event.id !== three.id);
  expect(check(run([...gone, say(three)], [one, two]))).toEqual([]);
});

test("a visit that did not last to the end need not be shown everything", () => {
  expect(check({ ...run(without(said("ann", 1, three))), complete: new Set([3]) })).toEqual([]);
});

test.each<[string, string, Run]>([
  ["acknowledged, and not in the history", "lost", run(good, [one, two])],
  ["acknowledged at two positions", "lost", run([...good, stored(two, 7)])],
  ["kept twice", "kept twice", run(good, [one, two, three, { ...two, seq: 9 }])],
  ["a position given twice", "positions disordered", run(good, [one, two, { ...three, seq: 3 }])],
  [
    "a text that nobody said",
    "invented",
    run(good, [one, two, three, { seq: 9, id: "x", from: "eve", text: "?" }]),
  ],
  ["another text than was said", "invented", run(good, [one, two, { ...three, text: "drei" }])],
  [
    "shown with another text than is kept",
    "shown, not kept",
    run(replaced(said("ann", 1, two), said("ann", 1, { ...two, text: "zwei" }))),
  ],
  [
    "shown, and not kept",
    "shown, not kept",
    run([...good, said("bob", 3, { seq: 5, id: "x", from: "ann", text: "?" })]),
  ],
  [
    "shown twice in one visit",
    "shown twice",
    run(replaced(said("ann", 1, two), said("ann", 1, two), said("ann", 1, two))),
  ],
  [
    "shown again after coming back",
    "shown twice",
    run(replaced(said("bob", 3, two), said("bob", 3, one), said("bob", 3, two))),
  ],
  [
    "two orders for two members",
    "shown out of order",
    run(replaced(said("ann", 1, two), said("ann", 1, three)).toSpliced(-2, 1, said("ann", 1, two))),
  ],
  ["one left out among others", "gap", run(without(said("ann", 1, two)))],
  ["one left out after coming back", "gap", run(without(said("bob", 3, two)))],
  ["the last one never shown", "not shown to the end", run(without(said("ann", 1, three)))],
  [
    "an order that time contradicts",
    "earlier than what was stored before",
    run([say(one), stored(one, 5), say(two), stored(two)], [two, { ...one, seq: 5 }]),
  ],
  [
    "a position that is older than what was stored",
    "position from the past",
    run(replaced(joined("bob", 3, 3), joined("bob", 3, 0))),
  ],
])("%s is found", (_what, rule, planted) => {
  expect(check(planted).map((violation) => violation.rule)).toContain(rule);
});
