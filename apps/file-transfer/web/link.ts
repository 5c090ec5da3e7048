// The page's conversation with its server, over and over: connects, says hello, comes back after a loss. Knows no React.
import { connect } from "@socketlab/core";
import { randomToken, Reconnector, type DoorWatch, type Ended, type Phase } from "@socketlab/page-kit";
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
  readonly #reconnector = new Reconnector({
    converse: (signal, onOpen) => this.#converse(signal, onOpen),
    onPhase: (phase) => this.#notConversing(phase),
  });
  #view: LinkView = {
    phase: { name: "connecting" },
    remote: undefined,
    canWrite: undefined,
    roots: [],
    wantsToken: false,
  };
  #token: string | undefined;
  #refusedFor = "";
  /** Connects, and again after each loss, until the returned function is called. */
  readonly start: () => () => void = this.#reconnector.start;
  /** Tries again without waiting any longer. */
  readonly retry: () => void = this.#reconnector.retry;

  constructor(doors: DoorWatch, token: string | undefined) {
    this.#doors = doors;
    this.#token = token;
  }

  useToken(token: string): void {
    this.#token = token;
    this.retry();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  view = (): LinkView => this.#view;

  /** One conversation, from its beginning to its end. */
  async #converse(signal: AbortSignal, onOpen: () => void): Promise<Ended> {
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
      const { error } = await socket.closed;
      if (error !== undefined) throw error;
      return { because: "the server ended the conversation", isFinal: false };
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      // To say the same again would end the same way.
      this.#refusedFor = error.code;
      return { because: error.message, isFinal: true };
    } finally {
      signal.removeEventListener("abort", leave);
      void remote[Symbol.asyncDispose]();
    }
  }

  #notConversing(phase: Phase): void {
    const wantsToken = phase.name === "refused" && tokenCodes.has(this.#refusedFor);
    // Whoever has just given one is not asked anew before it was tried.
    this.#show({ phase, remote: undefined, ...(phase.name !== "connecting" && { wantsToken }) });
  }

  #show(change: Partial<LinkView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }
}
