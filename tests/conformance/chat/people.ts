// The people of one check: names and rooms that nobody else has, questions and their answers. Checks nothing by itself.
import { setTimeout as delay } from "node:timers/promises";
import { ChatClient, matches, type ChatMessage, type Wanted } from "../../chat-client.ts";
import { Mismatch, type Check } from "../check.ts";

/** The server may keep what earlier runs said: no name or room is used twice. */
const run = `${process.pid.toString(36)}${(Date.now() % 2 ** 31).toString(36)}`;
let used = 0;

export class People implements AsyncDisposable {
  readonly url: string;
  readonly timeoutMs: number;
  readonly #number = ++used;
  readonly #clients: ChatClient[] = [];

  constructor(url: string, timeoutMs: number) {
    this.url = url;
    this.timeoutMs = timeoutMs;
  }

  /** A name or a room of this check's own. */
  own(label: string): string {
    return `${label}-${run}-${this.#number}`;
  }

  /** Somebody who is connected and has said nothing. */
  async stranger(): Promise<ChatClient> {
    const client = await ChatClient.open(this.url, this.timeoutMs);
    this.#clients.push(client);
    return client;
  }

  /** Somebody who is connected, named and in these rooms. */
  async person(label: string, ...rooms: string[]): Promise<ChatClient> {
    const client = await this.stranger();
    await ask(client, { type: "hello", name: this.own(label), key: keyOf(label) }, { type: "welcome" });
    for (const room of rooms) await ask(client, { type: "join", room }, { type: "joined" });
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.reset();
    await Promise.all(this.#clients.map((client) => client.ended()));
  }
}

type MakeCheck = (
  name: string,
  promise: string,
  body: (people: People, room: string) => Promise<void>,
) => Check;

/** Makes checks of the server at `url`: each gets people and a room that no other check has. */
export function checksAmong(url: string, timeoutMs: number): MakeCheck {
  return (name, promise, body) => ({
    name,
    promise,
    run: async () => {
      await using people = new People(url, timeoutMs);
      await body(people, people.own("room"));
    },
  });
}

/** With which somebody comes back while the server still takes the last conversation for alive. */
export function keyOf(label: string): string {
  return `the secret key of ${label}`;
}

/** Sends, and waits for the answer; who is told to wait waits and asks again. @throws Mismatch for another answer. */
export async function ask(client: ChatClient, message: ChatMessage, wanted: Wanted): Promise<ChatMessage> {
  for (;;) {
    client.send(message);
    const answer = await client
      .take((came) => matches(came, wanted) || came.type === "refused")
      .catch((error: Error) => error);
    if (answer instanceof Error) throw new Mismatch(shown(message), shown(wanted), answer.message);
    if (matches(answer, wanted)) return answer;
    if (answer["code"] !== "too-fast") throw new Mismatch(shown(message), shown(wanted), shown(answer));
    await delay(answer["retryAfterMs"] as number);
  }
}

/** Says it, and waits until it is stored. @returns its position. */
export async function say(client: ChatClient, room: string, id: string, text: string): Promise<number> {
  const stored = await ask(client, { type: "say", room, id, text }, { type: "stored", id });
  return stored["seq"] as number;
}

/** The texts that a member is shown until `last` comes. */
export async function shownUntil(client: ChatClient, last: string): Promise<ChatMessage[]> {
  const isLast = (message: ChatMessage): boolean => message.type === "said" && message["text"] === last;
  await client.until(() => client.inbox.some(isLast));
  const all: ChatMessage[] = [];
  for (;;) {
    const said = await client.take({ type: "said" });
    all.push(said);
    if (isLast(said)) return all;
  }
}

export function texts(messages: readonly ChatMessage[]): unknown[] {
  return messages.map((message) => message["text"]);
}

/** A room's whole history, page by page from the end. */
export async function wholeHistory(client: ChatClient, room: string): Promise<ChatMessage[]> {
  const all: ChatMessage[] = [];
  for (;;) {
    const before = all[0]?.["seq"];
    const page = await ask(
      client,
      { type: "history", room, ...(before !== undefined && { before }) },
      { type: "page" },
    );
    const messages = page["messages"] as ChatMessage[];
    all.unshift(...messages);
    if (page["more"] !== true || messages.length === 0) return all;
  }
}

/** @throws Mismatch unless both are the same as JSON. */
export function assertEqual(sent: string, expected: unknown, came: unknown): void {
  if (JSON.stringify(expected) !== JSON.stringify(came))
    throw new Mismatch(sent, shown(expected), shown(came));
}

export function shown(value: unknown): string {
  if (typeof value === "function") return "the right answer";
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 600 ? `${text.slice(0, 600)}… (${text.length} characters)` : text;
}
