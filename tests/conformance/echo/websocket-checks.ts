// What an echo server promises over WebSocket: each message comes back as one message, text as text, bytes as bytes.
import { assertSame, everyByte, Mismatch, shown, someBytes, type Check } from "../check.ts";
import type { Place } from "./stream-client.ts";

type Message = string | Uint8Array<ArrayBuffer>;

/** Node.js's own WebSocket, which is a browser's. */
class WebSocketClient {
  readonly #socket: WebSocket;
  readonly received: Message[] = [];
  close: { code: number; clean: boolean } | undefined;
  #changed: () => void = () => {};

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", (event) => {
      const data = event.data as string | ArrayBuffer;
      this.received.push(typeof data === "string" ? data : new Uint8Array(data));
      this.#changed();
    });
    socket.addEventListener("close", ({ code, wasClean }) => {
      this.close = { code, clean: wasClean };
      this.#changed();
    });
  }

  static open(url: string, timeoutMs: number): Promise<WebSocketClient> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url);
      const timer = setTimeout(() => reject(new Error("no WebSocket in time")), timeoutMs);
      socket.addEventListener("error", () => reject(new Error("no WebSocket answers there")));
      socket.addEventListener("open", () => {
        clearTimeout(timer);
        resolve(new WebSocketClient(socket));
      });
    });
  }

  send(message: Message): void {
    this.#socket.send(message);
  }

  end(): void {
    this.#socket.close(1000);
  }

  until(condition: () => boolean, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(), timeoutMs);
      this.#changed = () => {
        if (!condition() && this.close === undefined) return;
        clearTimeout(timer);
        resolve();
      };
      this.#changed();
    });
  }
}

export function webSocketChecks(place: Place, timeoutMs: number): Check[] {
  const withClient = async (use: (client: WebSocketClient) => Promise<void>): Promise<void> => {
    const client = await WebSocketClient.open(place.url, timeoutMs);
    try {
      await use(client);
    } finally {
      client.end();
    }
  };
  const echoes = async (client: WebSocketClient, ...messages: Message[]): Promise<void> => {
    const before = client.received.length;
    for (const message of messages) client.send(message);
    await client.until(() => client.received.length >= before + messages.length, timeoutMs);
    for (const [i, message] of messages.entries())
      assertSameMessage(message, client.received[before + i], client.close);
  };
  const check = (name: string, promise: string, run: () => Promise<void>): Check => ({
    name: `${place.transport}-${name}`,
    promise,
    run,
  });

  return [
    check("text", "text comes back as text", () =>
      withClient((client) => echoes(client, "hello", "grüße 👋", "{}")),
    ),
    check("binary", "bytes come back as bytes", () => withClient((client) => echoes(client, everyByte))),
    check("empty", "an empty message comes back as an empty message", () =>
      withClient((client) => echoes(client, "", new Uint8Array(0), "after it")),
    ),
    check("in-order", "many messages come back one by one, in the same order", () =>
      withClient((client) => echoes(client, ...Array.from({ length: 200 }, (_, i) => `message ${i}`))),
    ),
    check("long", "a message of 1 MiB comes back whole", () =>
      withClient((client) => echoes(client, new Uint8Array(someBytes(1024 * 1024)))),
    ),
    check("two-at-a-time", "two clients at a time get their own messages back", () =>
      withClient((one) =>
        withClient(async (two) => {
          for (let round = 0; round < 5; round++) {
            await Promise.all([echoes(one, `one ${round}`), echoes(two, `two ${round}`)]);
          }
        }),
      ),
    ),
    check("close", "a Close is answered by a Close with the same code", () =>
      withClient(async (client) => {
        await echoes(client, "hello");
        client.end();
        await client.until(() => client.close !== undefined, timeoutMs);
        if (client.close?.code === 1000 && client.close.clean) return;
        throw new Mismatch(
          "Close 1000",
          "Close 1000",
          client.close === undefined ? "nothing" : `an end with ${client.close.code}`,
        );
      }),
    ),
  ];
}

function assertSameMessage(
  sent: Message,
  came: Message | undefined,
  close: { code: number } | undefined,
): void {
  const kind = (message: Message): string => (typeof message === "string" ? "text" : "binary");
  const words = (message: Message): string => `${kind(message)} of ${shown(Buffer.from(message as string))}`;
  if (came === undefined) {
    throw new Mismatch(
      words(sent),
      words(sent),
      close === undefined ? "nothing" : `an end with ${close.code}`,
    );
  }
  if (kind(sent) !== kind(came)) throw new Mismatch(words(sent), words(sent), words(came));
  assertSame(Buffer.from(sent as string), Buffer.from(sent as string), Buffer.from(came as string));
}
