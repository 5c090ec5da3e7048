// A page's conversation with its server, over and over: connects, reads, watches both doors, comes back. Knows no React.
import { connect, type DoorState, type MessageSocket, type Protocol } from "@socketlab/core";
import { DoorWatch, randomToken } from "./door-watch.ts";
import type { MessageLog } from "./message-log.ts";
import type { Phase } from "./phase.ts";
import { Reconnector, type Ended } from "./reconnector.ts";

export interface ConversationView {
  readonly phase: Phase;
  /** Measured by this page. */
  readonly client: DoorState | undefined;
  /** Measured by the server, and told to this page. */
  readonly server: DoorState | undefined;
}

export interface ConversationSettings<In, Out> {
  readonly protocol: Protocol<Out, In>;
  /** Where to connect; the token names this conversation, so that the server shows its side to this page alone. */
  readonly endpoint: (token: string) => string;
  /** What this page says first in each conversation. */
  readonly hello?: Out;
  /** Called for each message, in order. */
  readonly onMessage: (message: In) => void;
  /** Called when a conversation is over: what was under way is lost. */
  readonly onLost?: () => void;
}

export class Conversation<In, Out> {
  readonly #doors = new DoorWatch();
  readonly log: MessageLog = this.#doors.log;
  readonly #settings: ConversationSettings<In, Out>;
  readonly #listeners = new Set<() => void>();
  #view: ConversationView = { phase: { name: "connecting" }, client: undefined, server: undefined };
  #socket: MessageSocket<In, Out> | undefined;
  readonly #reconnector = new Reconnector({
    converse: (signal, onOpen) => this.#converse(signal, onOpen),
    onPhase: (phase) => this.#notConversing(phase),
  });
  /** Connects, and again after each loss, until the returned function is called. */
  readonly start: () => () => void = this.#reconnector.start;
  /** Tries again without waiting any longer. */
  readonly retry: () => void = this.#reconnector.retry;

  constructor(settings: ConversationSettings<In, Out>) {
    this.#settings = settings;
  }

  /** Rejects when there is no conversation now. */
  send(message: Out): Promise<void> {
    return this.#socket?.send(message) ?? Promise.reject(new Error("there is no conversation now"));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  view = (): ConversationView => this.#view;

  /** One conversation, from its beginning to its end. */
  async #converse(signal: AbortSignal, onOpen: () => void): Promise<Ended> {
    const { protocol, endpoint, hello, onMessage } = this.#settings;
    const token = randomToken();
    const doors = this.#doors;
    const socket = await connect(protocol, endpoint(token), { signal, trace: doors.trace });
    onOpen();
    this.#socket = socket;
    const unsubscribe = doors.subscribe(() => {
      if (signal.aborted) return;
      const { client, server, silentMs } = doors.view();
      const phase: Phase = silentMs > 0 ? { name: "slow", silentMs } : { name: "open" };
      this.#show({ phase, client, server });
    });
    doors.watch(socket, token);
    try {
      if (hello !== undefined) await socket.send(hello);
      for await (const message of socket) onMessage(message);
      return endOf((await socket.closed).reason);
    } finally {
      unsubscribe();
      void socket.close();
    }
  }

  #notConversing(phase: Phase): void {
    if (phase.name !== "connecting") {
      this.#socket = undefined;
      this.#settings.onLost?.();
    }
    this.#show({ phase, client: undefined, server: undefined });
  }

  #show(change: Partial<ConversationView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** @param reason a close code and what the server said, as in `CloseInfo` (RFC 6455 §7.4.1). */
function endOf(reason = ""): Ended {
  const [, code = "", text = ""] = /^(\d*) ?(.*)$/s.exec(reason) ?? [];
  const isFinal = ["1002", "1003", "1007", "1008", "1009", "1010"].includes(code);
  if (text !== "") return { because: `the server said: ${text}`, isFinal };
  return { because: "the server ended the conversation", isFinal };
}
