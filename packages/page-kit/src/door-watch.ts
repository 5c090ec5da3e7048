// Watches both doors of a page's conversation, one conversation after the other. Knows neither what is said nor React.
import type { DoorState, TraceEvent } from "@socketlab/core";
import { MessageLog } from "./message-log.ts";
import { watchServerDoor } from "./server-door.ts";

const LOOK_PERIOD_MS = 250;
// The server shows its door four times a second; when it has not for so long, something is slow.
const SLOW_AFTER_MS = 2000;

/** Both doors at one moment; undefined while there is none, or nobody has told. */
export interface Doors {
  /** Measured by this page. */
  readonly client: DoorState | undefined;
  /** Measured by the server, and told to this page. */
  readonly server: DoorState | undefined;
  /** Since when the server has been silent, if that is longer than it should be; otherwise 0. */
  readonly silentMs: number;
}

/** The part of core's `MessageSocket` that this needs. */
export interface WatchableDoor {
  readonly closed: Promise<unknown>;
  inspect(): DoorState;
}

const noDoors: Doors = { client: undefined, server: undefined, silentMs: 0 };

export class DoorWatch {
  /** What crossed the door, in all conversations. */
  readonly log: MessageLog = new MessageLog();
  readonly #listeners = new Set<() => void>();
  #view: Doors = noDoors;
  #socket: WatchableDoor | undefined;

  /** Hand it to `connect`, so that the log fills. */
  trace = (event: TraceEvent): void => this.log.add(event);

  /** Watches until the socket is closed, or the next one is watched. @param token the last part of the URL that was dialled. */
  watch(socket: WatchableDoor, token: string): void {
    this.#socket = socket;
    let heardMs = Date.now();
    this.#show({ ...noDoors, client: socket.inspect() });
    const unwatch = watchServerDoor(token, (server) => {
      heardMs = Date.now();
      if (this.#socket === socket) this.#show({ ...this.#view, server });
    });
    const timer = setInterval(() => {
      if (this.#socket !== socket) return;
      const silentMs = Date.now() - heardMs;
      const isSlow = this.#view.server !== undefined && silentMs > SLOW_AFTER_MS;
      this.#show({ ...this.#view, client: socket.inspect(), silentMs: isSlow ? silentMs : 0 });
    }, LOOK_PERIOD_MS);
    void this.#forgetWhenClosed(socket, () => {
      clearInterval(timer);
      unwatch();
    });
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  view = (): Doors => this.#view;

  async #forgetWhenClosed(socket: WatchableDoor, stopWatching: () => void): Promise<void> {
    await socket.closed;
    stopWatching();
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#show(noDoors);
  }

  #show(view: Doors): void {
    this.#view = view;
    for (const listener of this.#listeners) listener();
  }
}

/** 24 characters that nobody guesses: they name a conversation, so that the server shows its side to this page alone. */
export function randomToken(): string {
  // `crypto.randomUUID` is only for secure contexts.
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18))))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}
