// What servers tell each other and keep nowhere: who is typing, and whispers. Does not know who is where.
import { isNobodyThere, type Broker } from "@socketlab/nats-kit";
import type { Whisper } from "./crowd.ts";
import { StoreError } from "./store.ts";

const WHISPER_TIMEOUT_MS = 3000;

export interface VoiceEvents {
  /** At another server. */
  typing(room: string, name: string): void;
  /** @returns whether that person is at this server. */
  whispered(to: string, whisper: Whisper): boolean;
}

interface Typing {
  readonly server: string;
  readonly room: string;
  readonly name: string;
}

interface Whispered {
  readonly to: string;
  readonly whisper: Whisper;
}

export class Voices {
  readonly #broker: Broker;
  readonly #server: string;

  /** @param server this one. */
  constructor(broker: Broker, server: string) {
    this.#broker = broker;
    this.#server = server;
  }

  /** Until the connection is closed. */
  listen(events: VoiceEvents): void {
    const { connection } = this.#broker;
    connection.subscribe(this.#typingSubject(), {
      callback: (_, message) => {
        const { server, room, name } = message.json<Typing>();
        if (server !== this.#server) events.typing(room, name);
      },
    });
    connection.subscribe(this.#whisperSubject(this.#server), {
      callback: (_, message) => {
        const { to, whisper } = message.json<Whispered>();
        message.respond(JSON.stringify(events.whispered(to, whisper)));
      },
    });
  }

  typing(room: string, name: string): void {
    const typing: Typing = { server: this.#server, room, name };
    this.#broker.connection.publish(this.#typingSubject(), JSON.stringify(typing));
  }

  /** @returns whether that person was at that server. @throws StoreError when nobody knows. */
  async whisper(server: string, to: string, whisper: Whisper): Promise<boolean> {
    const { connection, url } = this.#broker;
    const whispered: Whispered = { to, whisper };
    const timeout = WHISPER_TIMEOUT_MS;
    try {
      const subject = this.#whisperSubject(server);
      const answer = await connection.request(subject, JSON.stringify(whispered), { timeout });
      return answer.json<boolean>();
    } catch (cause) {
      // A server that does not listen may be on its way back to the broker; whether it is gone, its entry will tell.
      if (isNobodyThere(cause)) throw new StoreError(`${url}: nobody answers now where ${to} was`, { cause });
      throw new StoreError(`${url}: nobody knows whether the whisper has arrived`, { cause });
    }
  }

  #typingSubject(): string {
    return `${this.#broker.name}.typing`;
  }

  #whisperSubject(server: string): string {
    return `${this.#broker.name}.whisper.${server}`;
  }
}
