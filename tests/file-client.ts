// A file-transfer client that does what it is told, right or wrong, over TCP or WebSocket. Checks nothing by itself.
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { decode, encode, Frames, withLength, type FileMessage } from "./file-wire.ts";
import { openSocket } from "./open-socket.ts";

/** Fields that a message must have, as they must be; a function decides by itself. */
export type Wanted = Partial<FileMessage> | ((message: FileMessage) => boolean);

interface Wire {
  readonly socket: Socket;
  send(message: Uint8Array): void;
}

export class FileClient {
  readonly url: string;
  /** What came and was not taken yet, oldest first. */
  readonly inbox: FileMessage[] = [];
  /** How it ended, in words; undefined while it has not. */
  ending: string | undefined;
  readonly timeoutMs: number;
  readonly #wire: Wire;
  readonly #watchers = new Set<() => void>();
  #lastId = 0;

  private constructor(url: string, wire: Wire, timeoutMs: number) {
    this.url = url;
    this.timeoutMs = timeoutMs;
    this.#wire = wire;
    wire.socket.on("error", (error) => this.#ended(`the connection broke (${error.message})`));
    wire.socket.on("close", () => this.#ended("the server closed"));
  }

  /** @throws Error when nobody answers there in time. */
  static async open(url: string, timeoutMs = 5000): Promise<FileClient> {
    let client: FileClient | undefined;
    const early: Buffer[] = [];
    const onMessage = (bytes: Buffer): void =>
      void (client === undefined ? early.push(bytes) : client.#came(bytes));
    const wire = await (url.startsWith("ws:") ? openWebSocket : openStream)(url, timeoutMs, onMessage);
    client = new FileClient(url, wire, timeoutMs);
    for (const bytes of early) client.#came(bytes);
    return client;
  }

  /** A number that this client has not used. */
  number(): number {
    return ++this.#lastId;
  }

  send(message: FileMessage): void {
    this.#wire.send(encode(message));
  }

  /** A message as it is: a number and a body. */
  sendRaw(message: Uint8Array): void {
    this.#wire.send(message);
  }

  /** Past all framing. */
  sendBytes(bytes: Uint8Array): void {
    this.#wire.socket.write(bytes);
  }

  /** Waits for the oldest message that matches, and takes it out of the inbox. @throws Error when none comes in time. */
  async take(wanted: Wanted, timeoutMs = this.timeoutMs): Promise<FileMessage> {
    let at = -1;
    const hasCome = (): boolean => (at = this.inbox.findIndex((message) => matches(message, wanted))) >= 0;
    await this.until(hasCome, timeoutMs);
    if (hasCome()) return this.inbox.splice(at, 1)[0]!;
    const why = this.ending ?? `not within ${timeoutMs} ms`;
    const last = this.inbox.slice(-5).map(describe).join(" ");
    const what = typeof wanted === "function" ? "what was waited for" : describe(wanted);
    throw new Error(
      `${what} did not come: ${why}; ${last === "" ? "nothing else came" : `what came last: ${last}`}`,
    );
  }

  /** Waits until the server has ended it, or time is up. */
  async ended(timeoutMs = this.timeoutMs): Promise<boolean> {
    await this.until(() => this.ending !== undefined, timeoutMs);
    return this.ending !== undefined;
  }

  /** Waits until `check` holds, the conversation has ended, or time is up. */
  until(check: () => boolean, timeoutMs = this.timeoutMs): Promise<void> {
    return new Promise((resolve) => {
      const watch = (): void => {
        if (!check() && this.ending === undefined) return;
        done();
      };
      const done = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(watch);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#watchers.add(watch);
      watch();
    });
  }

  stopReading(): void {
    this.#wire.socket.pause();
  }

  readOn(): void {
    this.#wire.socket.resume();
  }

  end(): void {
    this.#wire.socket.end();
  }

  reset(): void {
    this.#wire.socket.resetAndDestroy();
  }

  #came(bytes: Buffer): void {
    try {
      this.inbox.push(decode(bytes));
    } catch (error) {
      this.#ended((error as Error).message);
    }
    for (const watch of this.#watchers) watch();
  }

  #ended(how: string): void {
    this.ending ??= how;
    for (const watch of this.#watchers) watch();
  }
}

export function matches(message: FileMessage, wanted: Wanted): boolean {
  if (typeof wanted === "function") return wanted(message);
  return Object.entries(wanted).every(([field, value]) => message[field] === value);
}

/** For people: bytes by their number alone. */
export function describe(value: unknown): string {
  const text = JSON.stringify(value, (_key, field: unknown) => {
    const bytes = field as { type?: unknown; data?: { length: number } } | undefined;
    return bytes?.type === "Buffer" ? `${bytes.data!.length} bytes` : field;
  });
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

async function openStream(url: string, timeoutMs: number, onMessage: (bytes: Buffer) => void): Promise<Wire> {
  const socket = await openSocket(url, timeoutMs);
  const frames = new Frames();
  socket.on("data", (piece) => {
    for (const frame of frames.push(piece)) onMessage(frame);
  });
  return { socket, send: (message) => void socket.write(withLength(message)) };
}

async function openWebSocket(
  url: string,
  timeoutMs: number,
  onMessage: (bytes: Buffer) => void,
): Promise<Wire> {
  const socket = await openSocket(url, timeoutMs);
  const webSocket = new WebSocket(url, {
    createConnection: () => socket,
    perMessageDeflate: false,
    handshakeTimeout: timeoutMs,
  });
  webSocket.on("message", (data) => onMessage(data as Buffer));
  await new Promise((resolve, reject) => {
    webSocket.once("open", resolve);
    webSocket.once("error", reject);
    socket.once("close", () => reject(new Error(`${url}: closed during the handshake`)));
  });
  webSocket.on("error", () => {});
  return { socket, send: (message) => webSocket.send(message) };
}
