// Somebody who says many things to a chat server and keeps count of what was acknowledged. Knows no fault.
import { setTimeout as delay } from "node:timers/promises";
import { ChatClient, type ChatMessage } from "../../chat-client.ts";

export async function enter(url: string, name: string, room: string, after?: number): Promise<ChatClient> {
  const client = await ChatClient.named(url, name, 10_000, `the key of ${name}`);
  client.send({ type: "join", room, ...(after !== undefined && { after }) });
  await client.take({ type: "joined" });
  return client;
}

/** Says it once. @returns the answer: `stored`, or `refused`. */
export async function say(client: ChatClient, room: string, id: string, text: string): Promise<ChatMessage> {
  client.send({ type: "say", room, id, text });
  return client.take(
    (message) => message["id"] === id && ["stored", "refused"].includes(message.type),
    15_000,
  );
}

/** Says it until it is stored, as a good client does. @returns its position. */
export async function sayUntilStored(
  client: ChatClient,
  room: string,
  id: string,
  text: string,
): Promise<number> {
  for (let tries = 0; ; tries++) {
    const answer = await say(client, room, id, text);
    if (answer.type === "stored") return answer["seq"] as number;
    if (tries === 20) throw new Error(`still not stored: ${JSON.stringify(answer)}`);
    await delay(100);
  }
}

/** A room's whole history, by somebody who was not there. */
export async function history(url: string, room: string): Promise<ChatMessage[]> {
  const reader = await enter(url, `reader ${Math.floor(Math.random() * 1e9)}`, room);
  const all: ChatMessage[] = [];
  for (let page: ChatMessage | undefined; page?.["more"] !== false;) {
    reader.send({ type: "history", room, ...(all[0] !== undefined && { before: all[0]["seq"] }) });
    page = await reader.take({ type: "page" });
    all.unshift(...(page["messages"] as ChatMessage[]));
  }
  reader.reset();
  return all;
}

/** What a client was shown so far, taken out of its inbox. */
export function shown(client: ChatClient): ChatMessage[] {
  const all = client.inbox.filter(({ type }) => type === "said");
  client.inbox.splice(0, client.inbox.length, ...client.inbox.filter(({ type }) => type !== "said"));
  return all;
}

export const seqs = (messages: readonly ChatMessage[]): number[] => messages.map(({ seq }) => seq as number);
export const ids = (messages: readonly ChatMessage[]): string[] => messages.map(({ id }) => id as string);
