// The smallest chat server that keeps the protocol's promise, over a virtual network, with faults on demand: what the
// client is tested against. Its disk outlives it. Knows nothing of the real server.
import { listen, VirtualNetwork, type Clock, type MessageSocket, type PathFaults } from "@socketlab/core";
import { chat, type FromClient, type FromServer, type SaidMessage } from "../src/protocol.ts";

type ServerSocket = MessageSocket<FromClient, FromServer>;

export const SERVER = "tcp://127.0.0.1:4001";

export interface ModelFaults {
  /** The chance that a message is refused with too-fast, with not-stored, and that nothing is said of it at all for a while. */
  readonly tooFast?: number;
  readonly notStored?: number;
  /** Storing takes up to this long; a server that is killed meanwhile has stored it or not. */
  readonly storeMs?: number;
}

interface Person {
  readonly socket: ServerSocket;
  readonly name: string;
  readonly rooms: Set<string>;
}

export class ModelServer {
  /** What is on the disk, per room. */
  readonly disk = new Map<string, SaidMessage[]>();
  /** Everything that clients have said, in order of arrival. */
  readonly received: FromClient[] = [];
  /** Said to the next clients instead of what would be said; for one hello. */
  helloRefusals: Extract<FromServer, { type: "refused" }>[] = [];
  readonly people = new Set<Person>();
  /** Says nothing to anybody any more, as a machine that was switched off. */
  silent = false;
  readonly network: VirtualNetwork;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #faults: ModelFaults;
  #stop: (() => void) | undefined;
  #stopListening: (() => void) | undefined;

  constructor(clock: Clock, random: () => number, faults: ModelFaults = {}, path: PathFaults = {}) {
    this.network = new VirtualNetwork({ clock, seed: Math.floor(random() * 2 ** 31), faults: path });
    this.#clock = clock;
    this.#random = random;
    this.#faults = faults;
  }

  async start(): Promise<void> {
    const listener = await listen(chat, SERVER, { network: this.network, maxConnectionsPerAddress: 1000 });
    this.#stopListening = () => void listener.close();
    this.#stop = () => {
      for (const socket of listener.sockets) socket.abort();
      void listener.close();
    };
    void (async () => {
      for await (const socket of listener) void this.#serve(socket).catch(() => {});
    })();
  }

  /** As `kill -9` does: every conversation is gone at once, and what was not on the disk, too. */
  kill(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.people.clear();
  }

  /** Closes every conversation orderly, and those to come, until it is started again. */
  close(): void {
    for (const { socket } of this.people) void socket.close("the server is stopping");
    this.#stopListening?.();
  }

  /** Ends one person's conversation. */
  cut(name: string): void {
    for (const person of this.people) if (person.name === name) person.socket.abort();
  }

  say(person: Person, message: FromServer): void {
    if (!this.silent) void person.socket.send(message).catch(() => {});
  }

  tellAll(message: FromServer): void {
    for (const person of this.people) this.say(person, message);
  }

  async #serve(socket: ServerSocket): Promise<void> {
    let person: Person | undefined;
    try {
      for await (const message of socket) {
        this.received.push(message);
        if (message.type === "ping") {
          if (!this.silent) await socket.send({ type: "pong" });
        } else if (message.type === "hello") {
          const refusal = this.helloRefusals.shift();
          if (refusal !== undefined) {
            await socket.send(refusal);
            continue;
          }
          person = { socket, name: message.name.trim(), rooms: new Set() };
          this.people.add(person);
          this.say(person, { type: "welcome", name: person.name });
        } else if (person !== undefined) void this.#obey(person, message);
      }
    } finally {
      if (person !== undefined) this.people.delete(person);
    }
  }

  async #obey(person: Person, message: FromClient): Promise<void> {
    if (message.type === "join") {
      const entries = this.#entries(message.room);
      const seq = entries.at(-1)?.seq ?? 0;
      const { after } = message;
      if (after !== undefined && after > seq) {
        const detail = "the room's history does not reach so far";
        this.say(person, { type: "refused", code: "bad-position", detail, room: message.room });
        return;
      }
      person.rooms.add(message.room);
      const people = [...this.people].filter(({ rooms }) => rooms.has(message.room)).length;
      this.say(person, { type: "joined", room: message.room, seq, people });
      if (after === undefined) return;
      for (const entry of entries) if (entry.seq > after) this.#said(person, message.room, entry);
    } else if (message.type === "leave") {
      person.rooms.delete(message.room);
      this.say(person, { type: "left", room: message.room });
    } else if (message.type === "history") {
      const { before = Infinity, limit = 50, room } = message;
      const earlier = this.#entries(room).filter(({ seq }) => seq < before);
      this.say(person, { type: "page", room, messages: earlier.slice(-limit), more: earlier.length > limit });
    } else if (message.type === "who") {
      const names = [...this.people].filter(({ rooms }) => rooms.has(message.room)).map(({ name }) => name);
      this.say(person, { type: "people", room: message.room, names, people: names.length, more: false });
    } else if (message.type === "whisper") this.#whisper(person, message);
    else if (message.type === "say") await this.#store(person, message);
  }

  #whisper(person: Person, { to, id, text }: Extract<FromClient, { type: "whisper" }>): void {
    const listener = [...this.people].find(({ name }) => name === to);
    if (listener === undefined) {
      this.say(person, { type: "refused", code: "nobody", detail: `${to} is not here`, id });
      return;
    }
    const whispered = { type: "whispered", id, from: person.name, to, text, at: this.#clock.now() } as const;
    for (const one of new Set([person, listener])) this.say(one, whispered);
  }

  async #store(person: Person, { room, id, text }: Extract<FromClient, { type: "say" }>): Promise<void> {
    const { tooFast = 0, notStored = 0, storeMs = 0 } = this.#faults;
    const chance = this.#random();
    if (chance < tooFast) {
      const detail = "too fast";
      this.say(person, { type: "refused", code: "too-fast", detail, room, id, retryAfterMs: 200 });
      return;
    }
    const wasRunning = this.#stop;
    if (storeMs > 0)
      await new Promise<void>((resolve) => this.#clock.after(this.#random() * storeMs, resolve));
    if (this.#stop !== wasRunning) return;
    if (chance < tooFast + notStored) {
      this.say(person, { type: "refused", code: "not-stored", detail: "the disk is full", room, id });
      return;
    }
    const entries = this.#entries(room);
    let entry = entries.find((one) => one.id === id && one.from === person.name);
    if (entry === undefined) {
      const seq = (entries.at(-1)?.seq ?? 0) + 1 + Math.floor(this.#random() * 3);
      entry = { seq, id, from: person.name, text, at: this.#clock.now() };
      entries.push(entry);
      // The power of a kill: it is on the disk, and nobody has been told.
      const storedFirst = this.#random() < 0.5;
      if (storedFirst) this.say(person, { type: "stored", room, id, seq });
      for (const one of this.people) if (one.rooms.has(room)) this.#said(one, room, entry);
      if (storedFirst) return;
    }
    this.say(person, { type: "stored", room, id, seq: entry.seq });
  }

  #said(person: Person, room: string, entry: SaidMessage): void {
    this.say(person, { type: "said", room, ...entry });
  }

  #entries(room: string): SaidMessage[] {
    const entries = this.disk.get(room) ?? [];
    this.disk.set(room, entries);
    return entries;
  }
}
