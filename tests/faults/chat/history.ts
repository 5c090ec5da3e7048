// What happened in a run, and whether the promise was kept: "a message for which the server has sent `stored` is on disk
// and is shown exactly once, in the same order, to every member of the room". Pure: events in, violations out.

/** A message as it is kept and shown. */
export interface Kept {
  readonly seq: number;
  readonly id: string;
  readonly from: string;
  readonly text: string;
}

/**
 * In the order in which the clients' process saw them. A visit is one stay of one client in one room, from its `join` on,
 * and has a number of its own.
 */
export type Event =
  | {
      readonly what: "say";
      readonly client: string;
      readonly room: string;
      readonly id: string;
      readonly text: string;
    }
  | {
      readonly what: "stored";
      readonly client: string;
      readonly room: string;
      readonly id: string;
      readonly seq: number;
    }
  | {
      readonly what: "join";
      readonly client: string;
      readonly room: string;
      readonly visit: number;
      readonly after?: number;
    }
  | {
      readonly what: "joined";
      readonly client: string;
      readonly room: string;
      readonly visit: number;
      readonly seq: number;
    }
  | ({ readonly what: "said"; readonly client: string; readonly room: string; readonly visit: number } & Kept)
  | { readonly what: "note"; readonly client: string; readonly text: string };

export interface Run {
  readonly events: readonly Event[];
  /** Each room's whole history, read when all was over. */
  readonly final: ReadonlyMap<string, readonly Kept[]>;
  /** The visits that lasted to the end: they must have been shown everything. */
  readonly complete: ReadonlySet<number>;
}

export interface Violation {
  readonly rule:
    | "lost"
    | "kept twice"
    | "positions disordered"
    | "invented"
    | "shown, not kept"
    | "shown twice"
    | "shown out of order"
    | "gap"
    | "not shown to the end"
    | "earlier than what was stored before"
    | "position from the past";
  readonly room: string;
  /** The message concerned, if it is one. */
  readonly id?: string;
  readonly detail: string;
}

type Of<What extends Event["what"]> = Event & { what: What };

export function check({ events, final, complete }: Run): Violation[] {
  const violations: Violation[] = [];
  const of = <What extends Event["what"]>(what: What): Of<What>[] =>
    events.filter((event): event is Of<What> => event.what === what);
  checkKept(final, of("say"), violations);
  checkStored(final, of("stored"), violations);
  checkShown(final, of("said"), violations);
  checkVisits(final, { joins: of("join"), joined: of("joined"), said: of("said"), complete }, violations);
  checkTime(events, final, violations);
  return violations;
}

/** The final history itself: rising positions, each message once, and each said by somebody. */
function checkKept(final: Run["final"], says: readonly Of<"say">[], violations: Violation[]): void {
  const said = new Set(says.map(({ room, client, id, text }) => JSON.stringify([room, client, id, text])));
  for (const [room, messages] of final) {
    const once = new Set<string>();
    let last = 0;
    for (const { seq, id, from, text } of messages) {
      const name = JSON.stringify([from, id]);
      if (once.has(name))
        violations.push({ rule: "kept twice", room, id, detail: `${from}'s, again at ${seq}` });
      once.add(name);
      if (seq <= last)
        violations.push({ rule: "positions disordered", room, id, detail: `${seq} after ${last}` });
      last = seq;
      if (!said.has(JSON.stringify([room, from, id, text])))
        violations.push({ rule: "invented", room, id, detail: `${from} never said ${JSON.stringify(text)}` });
    }
  }
}

/** What was acknowledged is there, where it was said to be. */
function checkStored(final: Run["final"], stored: readonly Of<"stored">[], violations: Violation[]): void {
  const positions = new Map<string, number>();
  for (const [room, messages] of final)
    for (const { seq, id, from } of messages) positions.set(JSON.stringify([room, from, id]), seq);
  for (const { room, client, id, seq } of stored) {
    const kept = positions.get(JSON.stringify([room, client, id]));
    if (kept === seq) continue;
    const where = kept === undefined ? "nowhere" : `at ${kept}`;
    violations.push({ rule: "lost", room, id, detail: `${client}'s was stored at ${seq} and is ${where}` });
  }
}

/** What anybody was shown is what was kept at that position; and nobody was shown anything twice, whatever it joined. */
function checkShown(final: Run["final"], said: readonly Of<"said">[], violations: Violation[]): void {
  const kept = new Map<string, Map<number, Kept>>();
  for (const [room, messages] of final)
    kept.set(room, new Map(messages.map((message) => [message.seq, message])));
  const shown = new Map<string, Set<number>>();
  for (const { client, room, seq, id, from, text } of said) {
    const message = kept.get(room)?.get(seq);
    if (message?.id !== id || message.from !== from || message.text !== text) {
      const instead = message === undefined ? "nothing" : JSON.stringify(message);
      const detail = `${client} was shown ${from}'s ${JSON.stringify(text)} at ${seq}, where ${instead} is kept`;
      violations.push({ rule: "shown, not kept", room, id, detail });
    }
    const name = JSON.stringify([client, room]);
    const own = shown.get(name) ?? new Set();
    shown.set(name, own);
    if (own.has(seq))
      violations.push({ rule: "shown twice", room, id, detail: `${client} saw ${seq} again` });
    own.add(seq);
  }
}

/** A visit is shown everything after where it began, in order, as far as it lasted. */
function checkVisits(
  final: Run["final"],
  run: { joins: Of<"join">[]; joined: Of<"joined">[]; said: Of<"said">[]; complete: ReadonlySet<number> },
  violations: Violation[],
): void {
  const shown = Map.groupBy(run.said, ({ visit }) => visit);
  const joins = new Map(run.joins.map((join) => [join.visit, join]));
  for (const { visit, client, room, seq } of run.joined) {
    const start = joins.get(visit)?.after ?? seq;
    const seqs = (shown.get(visit) ?? []).map((message) => message.seq);
    const disordered = seqs.findIndex((one, i) => one <= (i === 0 ? start : seqs[i - 1]!));
    if (disordered >= 0) {
      const detail = `${client} was shown ${seqs[disordered]} after ${seqs[disordered - 1] ?? `joining at ${start}`}`;
      violations.push({ rule: "shown out of order", room, detail });
    }
    const last = seqs.at(-1) ?? start;
    const seen = new Set(seqs);
    for (const message of final.get(room) ?? []) {
      if (message.seq <= start || seen.has(message.seq)) continue;
      const beyond = message.seq > last;
      if (beyond && !run.complete.has(visit)) break;
      const detail = `${client}, shown ${start} to ${last}, was not shown ${message.seq}`;
      violations.push({ rule: beyond ? "not shown to the end" : "gap", room, id: message.id, detail });
      break;
    }
  }
}

/** What is said after something was stored comes after it; who joins then is told of a position as late. */
function checkTime(events: readonly Event[], final: Run["final"], violations: Violation[]): void {
  const positions = new Map<string, number>();
  for (const [room, messages] of final)
    for (const { seq, id, from } of messages) positions.set(JSON.stringify([room, from, id]), seq);
  const latest = new Map<string, number>();
  const begun = new Set<string>();
  const floors = new Map<number, number>();
  for (const event of events) {
    if (event.what === "stored") latest.set(event.room, Math.max(event.seq, latest.get(event.room) ?? 0));
    else if (event.what === "say") {
      const name = JSON.stringify([event.room, event.client, event.id]);
      const seq = positions.get(name);
      const floor = latest.get(event.room) ?? 0;
      if (!begun.has(name) && seq !== undefined && seq <= floor) {
        const detail = `${event.client}'s is at ${seq}, and was first said when ${floor} had been stored`;
        violations.push({
          rule: "earlier than what was stored before",
          room: event.room,
          id: event.id,
          detail,
        });
      }
      begun.add(name);
    } else if (event.what === "join") floors.set(event.visit, latest.get(event.room) ?? 0);
    else if (event.what === "joined" && event.seq < floors.get(event.visit)!) {
      const detail = `${event.client} was told ${event.seq} when ${floors.get(event.visit)} had been stored`;
      violations.push({ rule: "position from the past", room: event.room, detail });
    }
  }
}

/** The part of a run that a violation is about, for people: what concerns its message, or the room's last events. */
export function excerpt({ events }: Run, { room, id }: Violation, most = 60): string {
  const concerned = events.filter(
    (event) =>
      event.what === "note" ||
      (event.room === room && (id === undefined || !("id" in event) || event.id === id)),
  );
  return concerned
    .slice(-most)
    .map((event) => JSON.stringify(event))
    .join("\n");
}
