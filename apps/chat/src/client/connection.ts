// One conversation after the other with the same server, as one person: says hello, stays alive, comes back. Knows nothing
// of rooms.
import { backoffMs, ClosedError, TimeoutError, UsageError } from "@socketlab/core/browser";
import type { Clock, MessageSocket } from "@socketlab/core/browser";
import type { FromClient, FromServer } from "../protocol.ts";
import { startHeartbeat, type Heartbeat } from "./heartbeat.ts";
import { RefusedError } from "./refused-error.ts";
import type { Phase } from "./view.ts";

export type ChatSocket = MessageSocket<FromServer, FromClient>;
/** What is said once a conversation has begun. */
export type Message = Exclude<FromServer, { type: "welcome" | "pong" }>;

/** How long a name of ours may be taken: by our own last conversation, of whose end the server does not know yet. */
const NAME_TAKEN_RETRY_MS = 60_000;
/** A server that takes longer to say welcome is not well. */
const WELCOME_TIMEOUT_MS = 10_000;

export interface ConnectionSettings {
  readonly dial: (signal: AbortSignal) => Promise<ChatSocket>;
  readonly clock: Clock;
  /** For the back-off. */
  readonly random: () => number;
  readonly hello: () => Extract<FromClient, { type: "hello" }>;
  readonly onPhase: (phase: Phase) => void;
  /** From now on, `send` sends. @param name as the server says it. */
  readonly onWelcome: (name: string) => void;
  readonly onMessage: (message: Message) => void;
  /** A conversation that had begun is over. */
  readonly onLost: () => void;
}

export class Connection {
  readonly #settings: ConnectionSettings;
  #phase: Phase = { name: "connecting" };
  #run: AbortController | undefined;
  /** Whoever called `start` last. */
  #owner: object | undefined;
  /** Set while the server knows us. */
  #socket: ChatSocket | undefined;
  #wake: (() => void) | undefined;
  #attempt = 0;
  #lostMs = -Infinity;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Ends what there is and begins; the returned function ends it, and tells whether nobody has called `start` since. */
  start(): () => boolean {
    const owner = {};
    this.#owner = owner;
    this.begin();
    return () => {
      if (this.#owner !== owner) return false;
      this.#owner = undefined;
      this.#end();
      this.#setPhase({ name: "closed" });
      return true;
    };
  }

  /** Ends what there is and begins; whoever has called `start` still ends it. */
  begin(): void {
    this.#end();
    const run = new AbortController();
    this.#run = run;
    this.#attempt = 0;
    void this.#converseAgainAndAgain(run.signal);
  }

  retry(): void {
    if (this.#wake !== undefined) this.#wake();
    else if (this.#phase.name === "refused") this.begin();
  }

  /** @returns whether there is a conversation to say it in. Whether it gets there shows in what is said back. */
  send(message: FromClient): boolean {
    if (this.#socket === undefined) return false;
    this.#socket.send(message).catch(() => {});
    return true;
  }

  async #converseAgainAndAgain(run: AbortSignal): Promise<void> {
    while (!run.aborted) {
      this.#setPhase({ name: "connecting" });
      const error = await this.#converse(run).catch((thrown: unknown) => thrown);
      if (run.aborted) return;
      const { code = "ended", message: why } = error as { code?: string; message: string };
      const retryInMs = this.#waitMs(error);
      if (retryInMs === undefined) {
        this.#setPhase({ name: "refused", why, code });
        return;
      }
      const retryAtMs = this.#settings.clock.now() + retryInMs;
      this.#setPhase({ name: "waiting", retryInMs, retryAtMs, why, code });
      await this.#wait(retryInMs, run);
    }
  }

  /** How long to wait after this end of a conversation; undefined: to try again would end the same way. */
  #waitMs(error: unknown): number | undefined {
    const { clock, random } = this.#settings;
    // What our own side may not do, it may not do again: an endpoint or a name that cannot be.
    if (error instanceof UsageError) return undefined;
    if (error instanceof RefusedError) {
      const isPassing = ["too-fast", "busy", "not-stored"].includes(error.code);
      const isTakenByUs = error.code === "name-taken" && clock.now() - this.#lostMs < NAME_TAKEN_RETRY_MS;
      if (!isPassing && !isTakenByUs) return undefined;
    }
    return backoffMs(this.#attempt++, random());
  }

  /** One conversation, from its beginning to its end. @returns why it ended. @throws why it could not begin, or broke. */
  async #converse(run: AbortSignal): Promise<unknown> {
    const { clock, dial, hello } = this.#settings;
    const socket = await dial(run);
    const heartbeat = startHeartbeat(
      clock,
      () => void socket.send({ type: "ping" }).catch(() => {}),
      () => socket.abort(new TimeoutError("timed-out", "the server has said nothing for 30 seconds")),
    );
    const unwelcome = clock.after(WELCOME_TIMEOUT_MS, () => {
      if (this.#socket !== socket)
        socket.abort(new TimeoutError("timed-out", "the server does not answer to our name"));
    });
    const close = (): void => void socket.close();
    run.addEventListener("abort", close);
    try {
      if (run.aborted) return undefined;
      await socket.send(hello());
      const refused = await this.#listen(socket, heartbeat, run);
      if (refused !== undefined) return refused;
      // The server has said its last; the conversation is over when we have, too.
      void socket.close();
      const { error, reason = "" } = await socket.closed;
      // A WebSocket's reason begins with its close code (RFC 6455 §7.4.1).
      const said = reason.replace(/^\d+ ?/, "");
      return (
        error ??
        new ClosedError("ended", `the server ended the conversation${said === "" ? "" : `: ${said}`}`)
      );
    } finally {
      heartbeat.stop();
      unwelcome.clear();
      run.removeEventListener("abort", close);
      if (this.#socket === socket) this.#lose();
      void socket.close();
    }
  }

  /** @returns a refusal that ended it. */
  async #listen(
    socket: ChatSocket,
    heartbeat: Heartbeat,
    run: AbortSignal,
  ): Promise<RefusedError | undefined> {
    for await (const message of socket) {
      if (run.aborted) return undefined;
      heartbeat.heard();
      if (message.type === "welcome") {
        this.#socket = socket;
        this.#attempt = 0;
        this.#settings.onWelcome(message.name);
        this.#setPhase({ name: "open" });
      } else if (message.type === "refused" && (this.#socket !== socket || isLastWord(message.code)))
        return new RefusedError(message.code, message.detail);
      else if (message.type !== "pong") this.#settings.onMessage(message);
    }
    return undefined;
  }

  /** Until it is time, or somebody does not want to wait. */
  async #wait(waitMs: number, run: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#settings.clock.after(waitMs, resolve);
    this.#wake = resolve;
    run.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    timer.clear();
    if (this.#wake === resolve) this.#wake = undefined;
  }

  #end(): void {
    this.#run?.abort();
    this.#run = undefined;
    if (this.#socket !== undefined) this.#lose();
  }

  #lose(): void {
    this.#socket = undefined;
    this.#lostMs = this.#settings.clock.now();
    this.#settings.onLost();
  }

  #setPhase(phase: Phase): void {
    this.#phase = phase;
    this.#settings.onPhase(phase);
  }
}

function isLastWord(code: string): boolean {
  return code === "replaced" || code === "bad-message";
}
