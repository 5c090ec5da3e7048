// A run: many restless clients, servers that somebody keeps killing, and at the end the whole history. Judges nothing.
import { seededRandom, type Random } from "@socketlab/core";
import { ChatClient, type ChatMessage } from "../../chat-client.ts";
import { check, excerpt, type Event, type Kept, type Run } from "./history.ts";
import { RestlessClient, type Surroundings } from "./restless-client.ts";

export interface RunOptions {
  readonly seed: number;
  readonly clients: number;
  readonly rooms: readonly string[];
  /** Where the servers are now. */
  readonly urls: () => readonly string[];
  /** Kills servers and starts them again; all are there again when it settles. */
  readonly trouble: (random: Random, note: (text: string) => void) => Promise<void>;
}

export async function runRestless({ seed, clients: count, rooms, urls, trouble }: RunOptions): Promise<Run> {
  const random = seededRandom(seed);
  const events: Event[] = [];
  // Everybody is shown every text: it is remembered once, or a long run does not fit in memory.
  const texts = new Map<string, string>();
  const record = (event: Event): void => {
    if (event.what === "say") texts.set(event.id, event.text);
    const known = event.what === "said" ? texts.get(event.id) : undefined;
    events.push(event.what === "said" && event.text === known ? { ...event, text: known } : event);
  };
  let visits = 0;
  const over = new AbortController();
  const around = (n: number): Surroundings => {
    const own = seededRandom(seed * 1000 + n);
    return { urls, rooms, random: own, record, nextVisit: () => ++visits };
  };
  const clients = Array.from({ length: count }, (_, n) => new RestlessClient(`client ${n}`, around(n)));
  /** One after the other, each for a moment. */
  const newcomers = async (): Promise<void> => {
    for (let n = 0; !over.signal.aborted; n++) {
      const newcomer = new RestlessClient(`newcomer ${n}`, around(count + n), { isNewcomer: true });
      const stay = AbortSignal.timeout(500 + Math.floor(random() * 1500));
      await newcomer.run(AbortSignal.any([over.signal, stay]));
      newcomer.close();
    }
  };
  const running = Promise.all([newcomers(), ...clients.map((client) => client.run(over.signal))]);
  try {
    await Promise.race([
      trouble(random, (text) => record({ what: "note", client: "", text })),
      // It settles only when it fails.
      running.then(() => new Promise<never>(() => {})),
    ]);
    over.abort();
    await running;
    record({ what: "note", client: "", text: "the trouble is over" });
    await Promise.all(clients.map((client) => client.settle()));
    const final = await readAll(urls()[0]!, rooms);
    for (const [room, messages] of final)
      await Promise.all(clients.map((client) => client.shown(room, messages.at(-1)?.seq ?? 0)));
    const complete = new Set(clients.flatMap((client) => [...client.visits.values()]));
    return { events: [...events], final, complete };
  } catch (error) {
    const last = events.slice(-60).map((event) => JSON.stringify(event));
    throw new Error(`with seed ${seed}: ${(error as Error).message}\n\n${last.join("\n")}`, { cause: error });
  } finally {
    over.abort();
    for (const client of clients) client.close();
  }
}

/** Every room's whole history, page by page, by somebody who was not there before. */
async function readAll(url: string, rooms: readonly string[]): Promise<Map<string, Kept[]>> {
  const reader = await ChatClient.named(url, "the reader", 15_000);
  const all = new Map<string, Kept[]>();
  for (const room of rooms) {
    reader.send({ type: "join", room });
    await reader.take({ type: "joined" });
    const messages: Kept[] = [];
    for (let page: ChatMessage | undefined; page?.["more"] !== false;) {
      reader.send({ type: "history", room, ...(messages[0] !== undefined && { before: messages[0].seq }) });
      page = await reader.take({ type: "page" });
      messages.unshift(...(page["messages"] as Kept[]));
    }
    all.set(room, messages);
  }
  reader.end();
  return all;
}

/** @throws Error with the seed, what was violated and the history of the room concerned. */
export function assertKept(run: Run, seed: number): void {
  const violations = check(run);
  const [first] = violations;
  if (first === undefined) return;
  const lines = violations
    .slice(0, 20)
    .map(({ rule, room, id, detail }) => `${rule} (${room}${id === undefined ? "" : `, ${id}`}): ${detail}`);
  throw new Error(
    `with seed ${seed}, ${violations.length} violations:\n${lines.join("\n")}\n\nof the first one:\n${excerpt(run, first)}`,
  );
}

/** Prints how much happened: a run in which little did proves little. @returns how many were acknowledged, and shown. */
export function printCounts({ events, final }: Run, title: string): { stored: number; said: number } {
  const count = (what: Event["what"]): number => events.filter((event) => event.what === what).length;
  const [stored, said] = [count("stored"), count("said")];
  console.log(
    `${title}: ${count("say")} said (repeats too), ${stored} acknowledged, ${said} shown, ` +
      `${count("join")} visits, ${[...final.values()].flat().length} kept`,
  );
  return { stored, said };
}
