// The page's conversation with its server, over and over: connects, says hello, comes back after a loss. Knows no React.
import { connect } from "@socketlab/core";
import { backoffMs, randomToken, whyLost, type DoorWatch, type Phase } from "@socketlab/page-kit";
import { RefusedError } from "../src/client/refused-error.ts";
import { Remote } from "../src/client/remote.ts";
import { fileTransfer } from "../src/protocol.ts";

export interface LinkView {
  readonly phase: Phase;
  /** While the phase is "open". */
  readonly remote: Remote | undefined;
  /** What the server said last; undefined before it has said anything. */
  readonly canWrite: boolean | undefined;
  /** The folders and files that may be read; "" is everything. */
  readonly roots: readonly string[];
  /** The server asks who one is. */
  readonly wantsToken: boolean;
}

const origin = location.origin.replace(/^http/, "ws");
const tokenCodes = new Set<string>(["token-needed", "bad-token"]);

export class Link {
  readonly #doors: DoorWatch;
  readonly #listeners = new Set<() => void>();
  #view: LinkView = {
    phase: { name: "connecting" },
    remote: undefined,
    canWrite: undefined,
    roots: [],
    wantsToken: false,
  };
  #wake: (() => void) | undefined;
  #token: string | undefined;

  constructor(doors: DoorWatch, token: string | undefined) {
    this.#doors = doors;
    this.#token = token;
  }

  /** Connects, and again after each loss, until the returned function is called. */
  start = (): (() => void) => {
    const stop = new AbortController();
    void this.#run(stop.signal);
    return () => stop.abort();
  };

  /** Tries again without waiting any longer. */
  retry = (): void => this.#wake?.();

  useToken(token: string): void {
    this.#token = token;
    this.retry();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  view = (): LinkView => this.#view;

  async #run(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      this.#show({ phase: { name: "connecting" } });
      let error = await this.#converse(signal, () => (attempt = 0)).catch(
        (thrown: unknown) => thrown as Error,
      );
      if (signal.aborted) return;
      error ??= new Error("the server ended the conversation");
      // To say the same again would end the same way.
      const isFinal = error instanceof RefusedError;
      const waitMs = isFinal ? Infinity : backoffMs(attempt, Math.random());
      this.#show({
        phase: isFinal
          ? { name: "refused", because: error.message }
          : { name: "waiting", untilMs: Date.now() + waitMs, because: whyLost(error) },
        remote: undefined,
        wantsToken: error instanceof RefusedError && tokenCodes.has(error.code),
      });
      await this.#wait(waitMs, signal);
    }
  }

  /** One conversation, from its beginning to its end. @returns why it was lost, if that is known. */
  async #converse(signal: AbortSignal, onOpen: () => void): Promise<Error | undefined> {
    const door = randomToken();
    const socket = await connect(fileTransfer, `${origin}/file-transfer/${door}`, {
      signal,
      trace: this.#doors.trace,
    });
    this.#doors.watch(socket, door);
    const remote = new Remote(socket);
    const leave = (): void => void remote[Symbol.asyncDispose]();
    signal.addEventListener("abort", leave);
    try {
      const { canWrite, read: roots } = await remote.hello(this.#token);
      if (!canWrite && roots.length === 0)
        throw new RefusedError("token-needed", "this server asks for a token");
      onOpen();
      this.#show({ phase: { name: "open" }, remote, canWrite, roots, wantsToken: false });
      return (await socket.closed).error;
    } finally {
      signal.removeEventListener("abort", leave);
      void remote[Symbol.asyncDispose]();
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

  #show(change: Partial<LinkView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }
}
