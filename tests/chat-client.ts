// A chat client as a stranger would write it from the table of messages: JSON lines over TCP, or one text message each
// over WebSocket. Its own on purpose: it imports nothing of what is under test, and checks nothing.
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { openSocket } from "./open-socket.ts";

/** Any message, of either direction. */
export interface ChatMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Fields that a message must have, as they must be; a function decides by itself. */
export type Wanted = Partial<ChatMessage> | ((message: ChatMessage) => boolean);

/** Bytes in, texts out; how a text becomes bytes. */
interface Wire {
  readonly socket: Socket;
  send(text: string): void;
  /** An orderly end. */
  end(): void;
}

interface Waiting {
  readonly check: () => boolean;
}

export class ChatClient {
  readonly url: string;
  /** What came and was not taken yet, oldest first. */
  readonly inbox: ChatMessage[] = [];
  /** Called with every message as it comes; returns whether it goes into the inbox. */
  onMessage: (message: ChatMessage) => boolean = () => true;
  /** How it ended, in words; undefined while it has not. */
  ending: string | undefined;
  readonly #wire: Wire;
  readonly #timeoutMs: number;
  readonly #waiting = new Set<Waiting>();

  private constructor(url: string, wire: Wire, timeoutMs: number) {
    this.url = url;
    this.#wire = wire;
    this.#timeoutMs = timeoutMs;
    wire.socket.on("error", (error) => this.#ended(`the connection broke (${error.message})`));
    wire.socket.on("close", () => this.#ended("the server closed"));
  }

  /** @throws Error when nobody answers there in time. */
  static async open(url: string, timeoutMs = 5000, origin?: string): Promise<ChatClient> {
    let client: ChatClient | undefined;
    const early: string[] = [];
    const onText = (text: string): void =>
      void (client === undefined ? early.push(text) : client.#came(text));
    const wire = url.startsWith("ws:")
      ? await openWebSocket(url, timeoutMs, onText, origin)
      : await openLines(url, timeoutMs, onText);
    client = new ChatClient(url, wire, timeoutMs);
    for (const text of early) client.#came(text);
    return client;
  }

  /** Connects and says hello. @throws Error when it is refused. */
  static async named(url: string, name: string, timeoutMs = 5000, key?: string): Promise<ChatClient> {
    const client = await ChatClient.open(url, timeoutMs);
    client.send({ type: "hello", name, ...(key !== undefined && { key }) });
    const answer = await client.take(({ type }) => type === "welcome" || type === "refused");
    if (answer.type === "welcome") return client;
    client.reset();
    throw new Error(`hello ${JSON.stringify(name)} was refused: ${JSON.stringify(answer)}`);
  }

  send(message: ChatMessage): void {
    this.#wire.send(JSON.stringify(message));
  }

  sendText(text: string): void {
    this.#wire.send(text);
  }

  /** Past all framing. */
  sendBytes(bytes: Uint8Array): void {
    this.#wire.socket.write(bytes);
  }

  /** Waits for the oldest message that matches, and takes it out of the inbox. @throws Error when none comes in time. */
  async take(wanted: Wanted, timeoutMs = this.#timeoutMs): Promise<ChatMessage> {
    const find = (): number => this.inbox.findIndex((message) => matches(message, wanted));
    // Somebody else may have been waiting for the same one.
    for (const startMs = Date.now(); Date.now() - startMs < timeoutMs && this.ending === undefined;) {
      await this.until(() => find() >= 0, timeoutMs - (Date.now() - startMs));
      if (find() >= 0) break;
    }
    const found = find();
    if (found >= 0) return this.inbox.splice(found, 1)[0]!;
    const what = typeof wanted === "function" ? "what was waited for" : JSON.stringify(wanted);
    const last = this.inbox.slice(-5).map((message) => JSON.stringify(message).slice(0, 300));
    throw new Error(
      `${what} did not come${this.ending === undefined ? ` within ${timeoutMs} ms` : `: ${this.ending}`}; ` +
        (last.length === 0 ? "nothing else came either" : `what came last: ${last.join(" ")}`),
    );
  }

  /** Waits until the server has ended it, or time is up. */
  async ended(timeoutMs = this.#timeoutMs): Promise<boolean> {
    await this.until(() => this.ending !== undefined, timeoutMs);
    return this.ending !== undefined;
  }

  /** Waits until `check` holds, the conversation has ended, or time is up. */
  until(check: () => boolean, timeoutMs = this.#timeoutMs): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      const waiting: Waiting = {
        check: () => {
          const holds = check() || this.ending !== undefined;
          if (holds) done();
          return holds;
        },
      };
      this.#waiting.add(waiting);
      waiting.check();
    });
  }

  stopReading(): void {
    this.#wire.socket.pause();
  }

  readOn(): void {
    this.#wire.socket.resume();
  }

  end(): void {
    this.#wire.end();
  }

  reset(): void {
    this.#wire.socket.resetAndDestroy();
  }

  #came(text: string): void {
    const message = JSON.parse(text) as ChatMessage;
    if (this.onMessage(message)) this.inbox.push(message);
    this.#changed();
  }

  #ended(how: string): void {
    this.ending ??= how;
    this.#changed();
  }

  #changed(): void {
    for (const waiting of this.#waiting) waiting.check();
  }
}

export function matches(message: ChatMessage, wanted: Wanted): boolean {
  if (typeof wanted === "function") return wanted(message);
  return Object.entries(wanted).every(([field, value]) => message[field] === value);
}

async function openLines(url: string, timeoutMs: number, onText: (text: string) => void): Promise<Wire> {
  const socket = await openSocket(url, timeoutMs);
  let rest = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onText(line);
  });
  return { socket, send: (text) => void socket.write(`${text}\n`), end: () => void socket.end() };
}

async function openWebSocket(
  url: string,
  timeoutMs: number,
  onText: (text: string) => void,
  origin: string | undefined,
): Promise<Wire> {
  const socket = await openSocket(url, timeoutMs);
  const webSocket = new WebSocket(url, {
    createConnection: () => socket,
    perMessageDeflate: false,
    handshakeTimeout: timeoutMs,
    ...(origin !== undefined && { origin }),
  });
  webSocket.on("message", (data) => onText((data as Buffer).toString()));
  await new Promise((resolve, reject) => {
    webSocket.once("open", resolve);
    webSocket.once("error", reject);
    // The server may be killed in the middle of the handshake.
    socket.once("close", () => reject(new Error(`${url}: closed during the handshake`)));
  });
  webSocket.on("error", () => {});
  return { socket, send: (text) => webSocket.send(text), end: () => webSocket.close(1000) };
}
