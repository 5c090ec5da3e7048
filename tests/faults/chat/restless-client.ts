// A client that joins, leaves, says, repeats, stalls, breaks off and comes back, at random, and writes down what it saw.
// It keeps the rules of a good client: it repeats what was not acknowledged, and comes back with the last it was shown.
import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "@socketlab/core";
import { ChatClient, type ChatMessage } from "../../chat-client.ts";
import type { Event } from "./history.ts";

const MAX_UNACKNOWLEDGED = 20;
/** Longer than a cluster of brokers takes to agree on who goes on for one that has died. */
const ANSWER_TIMEOUT_MS = 40_000;
/** Refusals after which one repeats. */
const passing = new Set(["too-fast", "busy", "not-stored", "not-joined"]);

export interface Surroundings {
  readonly urls: () => readonly string[];
  readonly rooms: readonly string[];
  readonly random: Random;
  readonly record: (event: Event) => void;
  /** A number that no other visit has. */
  readonly nextVisit: () => number;
}

/** The conversation has ended; another one will be begun. */
class Ended extends Error {}

export class RestlessClient {
  readonly name: string;
  readonly #around: Surroundings;
  /** Said, and not yet stored; in order. */
  readonly #open = new Map<string, { room: string; text: string }>();
  /** Where it may repeat what was acknowledged long ago. */
  readonly #stored: { room: string; id: string; text: string }[] = [];
  /** The last position shown, by room. */
  readonly #shown = new Map<string, number>();
  /** The visit in each room that it is in, in this conversation. */
  readonly visits = new Map<string, number>();
  #said = 0;
  #socket: ChatClient | undefined;
  #failure: Error | undefined;

  readonly #isNewcomer: boolean;

  /** @param options `isNewcomer`: it wants to be shown every room from its beginning, and takes its time to read. */
  constructor(name: string, around: Surroundings, { isNewcomer = false } = {}) {
    this.name = name;
    this.#around = around;
    this.#isNewcomer = isNewcomer;
    if (isNewcomer) for (const room of around.rooms) this.#shown.set(room, 0);
  }

  /** Until told to stop. @throws Error when the server breaks a rule of the conversation. */
  async run(signal: AbortSignal): Promise<void> {
    const wanted = new Set(this.#around.rooms.filter(() => this.#chance(0.7)));
    while (!signal.aborted) {
      await this.#conversation(async () => {
        await this.#begin(wanted);
        while (!signal.aborted) await this.#doSomething(wanted);
      });
      await delay(10 + this.#around.random() * 150);
    }
  }

  /** Joins every room and has everything acknowledged; then stays. */
  async settle(): Promise<void> {
    for (let tries = 0; tries < 20; tries++) {
      const settled = await this.#conversation(async (socket) => {
        await this.#begin(new Set(this.#around.rooms));
        const isAcknowledged = (): boolean => this.#open.size === 0;
        await this.#until(socket, isAcknowledged, () => `${this.#open.size} messages to be stored`);
      });
      if (settled) return;
      await delay(100);
    }
    throw new Error(`${this.name} cannot finish: its conversations end`);
  }

  /** Waits until it has been shown a room up to this position. What is not shown in time the checker finds. */
  async shown(room: string, last: number): Promise<void> {
    await this.#socket?.until(() => (this.#shown.get(room) ?? 0) >= last, ANSWER_TIMEOUT_MS);
  }

  close(): void {
    this.#socket?.reset();
  }

  /** @returns whether it got to the end, and did not lose its connection. */
  async #conversation(talk: (socket: ChatClient) => Promise<void>): Promise<boolean> {
    const urls = this.#around.urls();
    const url = urls[Math.floor(this.#around.random() * urls.length)]!;
    this.#socket?.reset();
    this.visits.clear();
    const socket = await ChatClient.open(url, ANSWER_TIMEOUT_MS).catch(() => undefined);
    if (socket === undefined) return false;
    this.#socket = socket;
    socket.onMessage = (message) => this.#heard(message);
    try {
      await talk(socket);
      return true;
    } catch (error) {
      if (this.#failure !== undefined) throw this.#failure;
      if (error instanceof Ended) return false;
      throw error;
    }
  }

  async #begin(wanted: ReadonlySet<string>): Promise<void> {
    const hello = { type: "hello", name: this.name, key: `the key of ${this.name}` };
    await this.#ask(hello, ({ type }) => type === "welcome");
    if (this.#isNewcomer) this.#stall();
    for (const room of wanted) await this.#join(room);
    for (const [id, { room, text }] of this.#open) if (this.visits.has(room)) this.#sendSay(room, id, text);
  }

  async #doSomething(wanted: Set<string>): Promise<void> {
    const socket = this.#socket!;
    const dice = this.#around.random();
    if (dice < 0.6) this.#say();
    else if (dice < 0.72) this.#repeat();
    else if (dice < 0.8) await this.#comeOrGo(wanted);
    else if (dice < 0.82) {
      this.#stall();
    } else if (dice < 0.835) {
      this.#note("resets");
      socket.reset();
    } else if (dice < 0.85) {
      this.#note("ends");
      socket.end();
      await socket.ended(ANSWER_TIMEOUT_MS);
    }
    await delay(5 + this.#around.random() * 60);
    if (this.#failure !== undefined) throw this.#failure;
    if (socket.ending !== undefined) throw new Ended();
  }

  #stall(): void {
    this.#note("stalls");
    const socket = this.#socket!;
    socket.stopReading();
    setTimeout(() => socket.readOn(), this.#around.random() * 600);
  }

  #say(): void {
    const rooms = [...this.visits.keys()];
    const count = 1 + Math.floor(this.#around.random() * 3);
    for (let i = 0; i < count && rooms.length > 0 && this.#open.size < MAX_UNACKNOWLEDGED; i++) {
      const room = this.#oneOf(rooms);
      const id = `${this.name}-${++this.#said}`;
      const text = `${id} ${"x".repeat(this.#chance(0.3) ? 3000 : Math.floor(this.#around.random() * 80))}`;
      this.#open.set(id, { room, text });
      this.#sendSay(room, id, text);
      // In one breath.
      if (this.#chance(0.1)) this.#sendSay(room, id, text);
    }
  }

  /** One that is stored already, or is not yet. */
  #repeat(): void {
    const open = [...this.#open].map(([id, { room, text }]) => ({ id, room, text }));
    const all = this.#chance(0.5) && open.length > 0 ? open : this.#stored;
    const again = all.length === 0 ? undefined : this.#oneOf(all);
    if (again !== undefined && this.visits.has(again.room)) this.#sendSay(again.room, again.id, again.text);
  }

  async #comeOrGo(wanted: Set<string>): Promise<void> {
    const room = this.#oneOf(this.#around.rooms);
    if (!this.visits.has(room)) {
      wanted.add(room);
      return this.#join(room);
    }
    wanted.delete(room);
    await this.#ask({ type: "leave", room }, (message) => message.type === "left");
    this.visits.delete(room);
    // In the same breath, now and then.
    if (this.#chance(0.5)) {
      wanted.add(room);
      await this.#join(room);
    }
  }

  async #join(room: string): Promise<void> {
    const after = this.#shown.get(room);
    const visit = this.#around.nextVisit();
    const where = { room, ...(after !== undefined && { after }) };
    this.#around.record({ what: "join", client: this.name, visit, ...where });
    this.visits.set(room, visit);
    const { seq } = await this.#ask({ type: "join", ...where }, ({ type }) => type === "joined");
    this.#around.record({ what: "joined", client: this.name, room, visit, seq: seq as number });
    if (after === undefined && !this.#shown.has(room)) this.#shown.set(room, seq as number);
  }

  #sendSay(room: string, id: string, text: string): void {
    this.#around.record({ what: "say", client: this.name, room, id, text });
    this.#socket!.send({ type: "say", room, id, text });
  }

  /** @returns whether somebody waits for it. */
  #heard(message: ChatMessage): boolean {
    const { type } = message;
    const { room, id, seq } = message as unknown as { room: string; id: string; seq: number };
    if (type === "said") {
      const { from, text } = message as unknown as { from: string; text: string };
      const visit = this.visits.get(room) ?? 0;
      this.#around.record({ what: "said", client: this.name, room, visit, seq, id, from, text });
      this.#shown.set(room, Math.max(seq, this.#shown.get(room) ?? 0));
    } else if (type === "stored") {
      this.#around.record({ what: "stored", client: this.name, room, id, seq });
      const said = this.#open.get(id);
      if (said !== undefined) this.#stored.push({ id, ...said });
      this.#open.delete(id);
    } else if (type === "refused") this.#refused(message, id);
    return type === "welcome" || type === "joined" || type === "left" || type === "pong";
  }

  #refused(message: ChatMessage, id: string | undefined): void {
    this.#note(`refused: ${JSON.stringify(message)}`);
    const said = id === undefined ? undefined : this.#open.get(id);
    if (!passing.has(message["code"] as string)) {
      this.#failure ??= new Error(`${this.name} was refused: ${JSON.stringify(message)}`);
      this.#socket?.reset();
    } else if (id === undefined) {
      // Not the time to come in, or to join: another conversation, later.
      this.#socket?.reset();
    } else if (said !== undefined) {
      const socket = this.#socket!;
      const again = (): void => {
        if (socket.ending === undefined && this.#open.has(id) && this.visits.has(said.room))
          this.#sendSay(said.room, id, said.text);
      };
      setTimeout(again, (message["retryAfterMs"] as number | undefined) ?? 100);
    }
  }

  async #ask(message: ChatMessage, isAnswer: (message: ChatMessage) => boolean): Promise<ChatMessage> {
    const socket = this.#socket!;
    socket.send(message);
    await this.#until(
      socket,
      () => socket.inbox.some(isAnswer),
      () => `an answer to ${JSON.stringify(message)}`,
    );
    return socket.take(isAnswer);
  }

  async #until(socket: ChatClient, condition: () => boolean, what: () => string): Promise<void> {
    await socket.until(condition, ANSWER_TIMEOUT_MS);
    if (condition()) return;
    if (socket.ending !== undefined) throw new Ended();
    throw new Error(`${this.name} waited ${ANSWER_TIMEOUT_MS} ms in vain for ${what()}`);
  }

  #note(text: string): void {
    this.#around.record({ what: "note", client: this.name, text });
  }

  #chance(probability: number): boolean {
    return this.#around.random() < probability;
  }

  #oneOf<T>(all: readonly T[]): T {
    return all[Math.floor(this.#around.random() * all.length)]!;
  }
}
