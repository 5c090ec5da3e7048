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

export interface EchoServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly listener: MessageListener<Payload, Payload>;
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

/** Echoes at `url` until it is disposed. */
export async function startEcho(url: string, options: ListenOptions = {}): Promise<EchoServer> {
  const secure = url.startsWith("tls") || url.startsWith("wss");
  const listener = await listen(echo, url, {
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

async function answer(socket: MessageSocket<Payload, Payload>): Promise<void> {
  for await (const payload of socket) await socket.send(payload);
  await socket.close();
}
