// A hall in a virtual network and virtual time, and guests who talk to it. Knows no rule of the chat.
import {
  connect,
  listen,
  VirtualClock,
  VirtualNetwork,
  type ConversationOptions,
  type MessageListener,
  type MessageSocket,
  type PathFaults,
} from "@socketlab/core";
import { chat, type FromClient, type FromServer } from "../src/protocol.ts";
import { Hall, type HallOptions } from "../src/server/hall.ts";
import { converse } from "../src/server/handle.ts";
import { MemoryCrowd } from "../src/server/memory-crowd.ts";
import { FakeStore, type FakeStoreOptions } from "./fake-store.ts";

const DOOR = "tcp://127.0.0.1:4001";

export interface PartyOptions extends Partial<HallOptions> {
  readonly faults?: PathFaults;
  readonly storeOptions?: Omit<FakeStoreOptions, "clock">;
  readonly conversation?: ConversationOptions;
  readonly startMs?: number;
}

export class Party {
  readonly clock: VirtualClock;
  readonly store: FakeStore;
  readonly errors: Error[] = [];
  readonly guests: Guest[] = [];
  readonly #network: VirtualNetwork;
  #listener!: MessageListener<FromClient, FromServer>;

  private constructor({ faults, storeOptions, startMs }: PartyOptions) {
    this.clock = new VirtualClock(startMs ?? 1_000_000);
    this.#network = new VirtualNetwork({ clock: this.clock, ...(faults && { faults }) });
    this.store = new FakeStore({ clock: this.clock, ...storeOptions });
  }

  static async open(options: PartyOptions = {}): Promise<Party> {
    const party = new Party(options);
    const { clock, store } = party;
    const hall = new Hall({
      store,
      crowd: new MemoryCrowd(clock),
      clock,
      monotonicMs: () => clock.now(),
      rate: { perSecond: Infinity, burst: Infinity },
      onError: (error) => void party.errors.push(error),
      ...options,
    });
    party.#listener = await listen(chat, DOOR, {
      network: party.#network,
      idleTimeoutMs: 0,
      maxSendQueueBytes: 1024 * 1024,
      ...options.conversation,
    });
    void party.#accept(hall);
    return party;
  }

  async #accept(hall: Hall): Promise<void> {
    for await (const socket of this.#listener)
      converse(socket, hall)
        .then(() => socket.close())
        .catch((error: Error) => socket.abort(error));
  }

  /** Somebody who has come in, and not said a word. */
  async stranger(): Promise<Guest> {
    const guest = new Guest(await connect(chat, DOOR, { network: this.#network }), this.clock);
    this.guests.push(guest);
    return guest;
  }

  /** Somebody who has said hello, and has joined a room. */
  async guest(name: string, ...rooms: string[]): Promise<Guest> {
    const guest = await this.stranger();
    await guest.ask({ type: "hello", name });
    for (const room of rooms) await guest.ask({ type: "join", room });
    guest.heard.length = 0;
    return guest;
  }

  /** The server's side of the conversations. */
  sockets(): Iterable<MessageSocket<FromClient, FromServer>> {
    return this.#listener.sockets;
  }

  /** Lets everything settle that is under way, presence too. */
  settle(): Promise<void> {
    return this.clock.advance(1000);
  }

  async close(): Promise<void> {
    for (const { socket } of this.guests) socket.abort();
    await this.clock.run(this.#listener.close());
  }
}

export class Guest {
  readonly socket: MessageSocket<FromServer, FromClient>;
  /** Everything that was said to it. */
  readonly heard: FromServer[] = [];
  /** Undefined as long as the conversation goes on. */
  end: string | undefined;
  readonly #clock: VirtualClock;
  #reading: "on" | "off" | "stalling" = "off";

  constructor(socket: MessageSocket<FromServer, FromClient>, clock: VirtualClock) {
    this.socket = socket;
    this.#clock = clock;
    this.listen();
  }

  /** Reads what comes. */
  listen(): void {
    if (this.#reading === "off") void this.#listen();
  }

  /** Reads one more message, and then none. */
  stall(): void {
    this.#reading = "stalling";
  }

  async #listen(): Promise<void> {
    this.#reading = "on";
    try {
      for await (const message of this.socket) {
        this.heard.push(message);
        // The compiler does not know that others change it meanwhile.
        if ((this.#reading as string) === "stalling") {
          this.#reading = "off";
          return;
        }
      }
      this.end = "orderly";
    } catch (error) {
      this.end = (error as Error).message;
    }
  }

  tell(message: FromClient): void {
    void this.socket.send(message);
  }

  /** Says something and yields what it is told within the next moments, presence left out. */
  async ask(...messages: FromClient[]): Promise<FromServer[]> {
    const before = this.heard.length;
    for (const message of messages) this.tell(message);
    await this.#clock.advance(10);
    return this.heard.slice(before).filter(({ type }) => type !== "presence");
  }

  /** What it was told of one type. */
  of<Type extends FromServer["type"]>(type: Type): (FromServer & { type: Type })[] {
    return this.heard.filter((message): message is FromServer & { type: Type } => message.type === type);
  }
}
