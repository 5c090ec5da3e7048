// Whether whoever writes a file still does: asked of the server itself, over NATS. Knows no files.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { isNobodyThere, type Broker } from "@socketlab/nats-kit";
import type { Writer } from "./nats-tree.ts";

const ANSWER_TIMEOUT_MS = 2000;
/** A server whose connection to the broker has just broken is back sooner. */
const CALLS = 4;
const CALL_PAUSE_MS = 500;

export class RollCall {
  readonly server: string = randomUUID();
  readonly #broker: Broker;

  /** @param isWriting whether this server's upload of that token is under way. */
  constructor(broker: Broker, isWriting: (token: string) => boolean) {
    this.#broker = broker;
    broker.connection.subscribe(this.#subject(this.server), {
      callback: (_, message) => void message.respond(JSON.stringify(isWriting(message.string()))),
    });
  }

  /**
   * The broker knows at once when a process has ended, and says that nobody is there; of one that hangs, it says so after some
   * minutes, when it has hung up on it. Until then nobody else may go on.
   */
  async isWriting({ server, token }: Writer): Promise<boolean> {
    for (let call = 0; call < CALLS; call++) {
      if (call > 0) await delay(CALL_PAUSE_MS);
      try {
        const options = { timeout: ANSWER_TIMEOUT_MS };
        const answer = await this.#broker.connection.request(this.#subject(server), token, options);
        return answer.json<boolean>();
      } catch (error) {
        if (!isNobodyThere(error)) return true;
      }
    }
    return false;
  }

  #subject(server: string): string {
    return `${this.#broker.name}.server.${server}`;
  }
}
