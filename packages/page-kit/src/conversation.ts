// A page's conversation with its server, over and over: connects, reads, watches both doors, comes back. Knows no React.
import { connect, type DoorState, type MessageSocket, type Protocol } from "@socketlab/core";
import { backoffMs } from "./backoff.ts";
import { DoorWatch, randomToken } from "./door-watch.ts";
import { whyLost } from "./loss.ts";
import type { MessageLog } from "./message-log.ts";

/** What state the conversation is in, and what a person should know of it. */
export type Phase =
  | { readonly name: "connecting" }
  | { readonly name: "open" }
  | { readonly name: "slow"; readonly silentMs: number }
  | { readonly name: "waiting"; readonly untilMs: number; readonly because: string }
  | { readonly name: "refused"; readonly because: string };

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
  #stop: AbortController | undefined;
  #wake: (() => void) | undefined;

  constructor(settings: ConversationSettings<In, Out>) {
    this.#settings = settings;
  }

  /** Connects, and again after each loss, until the returned function is called. */
  start = (): (() => void) => {
    const stop = new AbortController();
    this.#stop = stop;
    void this.#run(stop.signal);
    return () => stop.abort();
  };

  /** Tries again without waiting any longer. */
  retry = (): void => this.#wake?.();

  /** Rejects when there is no conversation now. */
  send(message: Out): Promise<void> {
    return this.#socket?.send(message) ?? Promise.reject(new Error("there is no conversation now"));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  view = (): ConversationView => this.#view;

  async #run(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      this.#show({ phase: { name: "connecting" } });
      let ended: Ended;
      try {
        ended = await this.#converse(signal, () => (attempt = 0));
      } catch (error) {
        ended = { because: whyLost(error as Error), final: false };
      }
      if (signal.aborted) return;
      this.#socket = undefined;
      this.#settings.onLost?.();
      const waitMs = ended.final ? Infinity : backoffMs(attempt, Math.random());
      const phase: Phase = ended.final
        ? { name: "refused", because: ended.because }
        : { name: "waiting", untilMs: Date.now() + waitMs, because: ended.because };
      this.#show({ phase, client: undefined, server: undefined });
      await this.#wait(waitMs, signal);
    }
  }

  /** One conversation, from its beginning to its end. */
  async #converse(signal: AbortSignal, onOpen: () => void): Promise<Ended> {
    const { protocol, endpoint, onMessage } = this.#settings;
    const token = randomToken();
    const doors = this.#doors;
    const socket = await connect(protocol, endpoint(token), { signal, trace: doors.trace });
    onOpen();
    this.#socket = socket;
    const unsubscribe = doors.subscribe(() => {
      const { client, server, silentMs } = doors.view();
      const phase: Phase = silentMs > 0 ? { name: "slow", silentMs } : { name: "open" };
      this.#show({ phase, client, server });
    });
    doors.watch(socket, token);
    try {
      for await (const message of socket) onMessage(message);
      return endOf((await socket.closed).reason);
    } finally {
      unsubscribe();
      void socket.close();
    }
  }

  async #wait(delayMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = Number.isFinite(delayMs) ? setTimeout(resolve, delayMs) : undefined;
    // The network came back: no need to wait.
    window.addEventListener("online", this.retry);
    signal.addEventListener("abort", () => resolve());
    await promise;
    clearTimeout(timer);
    window.removeEventListener("online", this.retry);
    this.#wake = undefined;
  }

  #show(change: Partial<ConversationView>): void {
    if (this.#stop?.signal.aborted) return;
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }
}

interface Ended {
  readonly because: string;
  /** Trying again would end the same way. */
  readonly final: boolean;
}

/** @param reason a close code and what the server said, as in `CloseInfo` (RFC 6455 §7.4.1). */
function endOf(reason = ""): Ended {
  const [, code = "", text = ""] = /^(\d*) ?(.*)$/s.exec(reason) ?? [];
  const final = ["1002", "1003", "1007", "1008", "1009", "1010"].includes(code);
  if (text !== "") return { because: `the server said: ${text}`, final };
  return { because: "the server ended the conversation", final };
}
