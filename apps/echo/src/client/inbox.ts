// Receives with a deadline. A receive that was given up is not lost: the next one gets what it would have got.
import type { Clock, MessageSocket } from "@socketlab/core";
import type { FromClient, FromServer } from "../protocol.ts";

const late: unique symbol = Symbol("late");

export type EchoSocket = MessageSocket<FromServer, FromClient>;

export class Inbox {
  readonly #socket: EchoSocket;
  readonly #clock: Clock;
  #pending: Promise<FromServer | undefined> | undefined;

  constructor(socket: EchoSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
  }

  /**
   * The next message; "ended" after the server's orderly end; "timed-out" after `timeoutMs`.
   * Throws what the socket throws.
   */
  async next(timeoutMs: number): Promise<{ message: FromServer } | "ended" | "timed-out"> {
    const pending = (this.#pending ??= this.#socket.receive());
    // Seen here or by a later call; meanwhile nobody may call it unhandled.
    pending.catch(() => {});
    const timeout = Promise.withResolvers<typeof late>();
    const timer = this.#clock.after(timeoutMs, () => timeout.resolve(late));
    try {
      const outcome = await Promise.race([pending, timeout.promise]);
      if (outcome === late) return "timed-out";
      // A caller who went away may hear of it too.
      if (this.#pending === pending) this.#pending = undefined;
      return outcome === undefined ? "ended" : { message: outcome };
    } finally {
      timer.clear();
    }
  }
}
