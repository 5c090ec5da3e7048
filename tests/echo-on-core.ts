// An echo server on core in this process, and its certificate, for the tests of this package. Knows no test.
import { generate } from "selfsigned";
import {
  defineProtocol,
  formatEndpoint,
  listen,
  raw,
  type ListenOptions,
  type MessageListener,
  type MessageSocket,
  type Payload,
  type Protocol,
} from "@socketlab/core";

export const echo: Protocol<Payload, Payload> = defineProtocol({
  name: "echo",
  version: 1,
  framing: raw({ maxBytes: 4 * 1024 * 1024 }),
});

export interface EchoServer<Message> extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly listener: MessageListener<Message, Message>;
  /** How conversations ended that did not end orderly. */
  readonly errors: Error[];
}

let identity: Promise<{ cert: string; key: string }> | undefined;

/** A certificate for 127.0.0.1, made once for each process and never stored. */
export function certificate(): Promise<{ cert: string; key: string }> {
  identity ??= generate([{ name: "commonName", value: "localhost" }], {
    keySize: 2048,
    extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
  }).then(({ cert, private: key }) => ({ cert, key }));
  return identity;
}

/** Echoes payloads at `url` until it is disposed. */
export function startEcho(url: string, options: ListenOptions = {}): Promise<EchoServer<Payload>> {
  return startEchoOf(echo, url, options);
}

/** Echoes the messages of any protocol whose two sides may say the same. */
export async function startEchoOf<Message>(
  protocol: Protocol<Message, Message>,
  url: string,
  options: ListenOptions = {},
): Promise<EchoServer<Message>> {
  const secure = url.startsWith("tls") || url.startsWith("wss");
  const listener = await listen(protocol, url, {
    closeTimeoutMs: 500,
    ...(secure && { tls: await certificate() }),
    ...options,
  });
  const errors: Error[] = [];
  void (async () => {
    for await (const socket of listener) {
      void answer(socket).catch((error: unknown) => {
        errors.push(error as Error);
        socket.abort();
      });
    }
  })();
  return {
    url: formatEndpoint(listener.endpoint),
    port: listener.endpoint.port,
    listener,
    errors,
    [Symbol.asyncDispose]: () => listener.close(),
  };
}

async function answer<Message>(socket: MessageSocket<Message, Message>): Promise<void> {
  for await (const message of socket) await socket.send(message);
  await socket.close();
}
