// Every way of opening a door, with what it promises beside it, for the contract suite. Knows no promise but the flags.
import { generate } from "selfsigned";
import { test } from "vitest";
import {
  connect,
  formatEndpoint,
  listen,
  VirtualClock,
  VirtualNetwork,
  type ConnectOptions,
  type ListenOptions,
  type MessageListener,
  type MessageSocket,
  type Network,
  type Protocol,
  type Transport,
} from "../../src/index.ts";

/** One transport under test. The flags are the only differences that a test may ask about. */
export interface Subject {
  readonly name: string;
  readonly transport: Transport;
  readonly url: string;
  /** Everything sent arrives, in order; a reader who stops slows the sender. */
  readonly reliable: boolean;
  /** A message arrives as one message, without a framing of the protocol's. */
  readonly boundaries: boolean;
  /** The difference between text and bytes arrives. */
  readonly text: boolean;
  /** Handshakes stand between the connection and the conversation. */
  readonly handshake: boolean;
  /** The operating system carries it. */
  readonly real: boolean;
  /** The remote side can be told why the conversation ends. */
  readonly reason: boolean;
  /** An abort looks different from an orderly end at the other side. */
  readonly reset: boolean;
  readonly options: { readonly network?: Network } & Pick<ListenOptions, "tls">;
  readonly connectOptions: Pick<ConnectOptions, "tls">;
  /** Lets virtual time pass, if that is what this subject lives in, until the function returned is called. */
  run(): () => Promise<void>;
}

const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
  keySize: 2048,
  extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
});

const stream = {
  reliable: true,
  boundaries: false,
  text: false,
  handshake: false,
  real: true,
  reason: false,
  reset: true,
};
const webSocket = { ...stream, boundaries: true, text: true, handshake: true, reason: true };
const secure = { options: { tls: { cert, key } }, connectOptions: { tls: { ca: cert } } };
const plain = { options: {}, connectOptions: {}, run: () => async () => {} };

function virtual(seed: number): Pick<Subject, "options" | "connectOptions" | "run" | "real"> {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed, faults: { delayMs: 2, jitterMs: 1, splitBytes: 3000 } });
  const run = (): (() => Promise<void>) => {
    let running = true;
    const passing = (async () => {
      while (running) await clock.advance(1);
    })();
    return async () => {
      running = false;
      await passing;
    };
  };
  return { options: { network }, connectOptions: {}, run, real: false };
}

export const subjects: readonly Subject[] = [
  { name: "tcp", transport: "tcp", url: "tcp://127.0.0.1:0", ...stream, ...plain },
  // Node.js cannot reset the connection below a TLS session.
  {
    name: "tls",
    transport: "tls",
    url: "tls://127.0.0.1:0",
    ...stream,
    ...plain,
    ...secure,
    handshake: true,
    reset: false,
  },
  {
    name: "udp",
    transport: "udp",
    url: "udp://127.0.0.1:0",
    ...stream,
    ...plain,
    reliable: false,
    boundaries: true,
    reset: false,
  },
  { name: "ws", transport: "ws", url: "ws://127.0.0.1:0", ...webSocket, ...plain },
  { name: "wss", transport: "wss", url: "wss://127.0.0.1:0", ...webSocket, ...plain, ...secure },
  {
    name: "mem",
    transport: "mem",
    url: "mem://contract:0",
    ...webSocket,
    ...plain,
    handshake: false,
    real: false,
  },
  { name: "virtual tcp", transport: "tcp", url: "tcp://10.0.0.1:0", ...stream, ...virtual(1) },
  {
    name: "virtual ws",
    transport: "ws",
    url: "ws://10.0.0.1:0",
    ...webSocket,
    ...virtual(2),
    handshake: false,
  },
];

/** A client and a server in one conversation, and the listener; disposing closes all. */
export interface Pair<FromClient, FromServer> extends AsyncDisposable {
  readonly client: MessageSocket<FromServer, FromClient>;
  readonly server: MessageSocket<FromClient, FromServer>;
  readonly listener: MessageListener<FromClient, FromServer>;
  /** One more client. */
  dial(options?: ConnectOptions): Promise<MessageSocket<FromServer, FromClient>>;
  accept(): Promise<MessageSocket<FromClient, FromServer>>;
}

/**
 * Opens a conversation. The client says `greeting` and the server has read it: over UDP a conversation begins with
 * the first datagram, so all begin so.
 */
export async function open<FromClient, FromServer>(
  subject: Subject,
  protocol: Protocol<FromClient, FromServer>,
  greeting: FromClient,
  options: { readonly server?: ListenOptions; readonly client?: ConnectOptions } = {},
): Promise<Pair<FromClient, FromServer>> {
  const listener = await listen(protocol, subject.url, {
    closeTimeoutMs: 500,
    ...subject.options,
    ...options.server,
  });
  const clients: MessageSocket<FromServer, FromClient>[] = [];
  const dial = async (clientOptions: ConnectOptions = {}): Promise<MessageSocket<FromServer, FromClient>> => {
    const client = await connect(protocol, formatEndpoint(listener.endpoint), {
      closeTimeoutMs: 500,
      ...(subject.options.network !== undefined && { network: subject.options.network }),
      ...subject.connectOptions,
      ...clientOptions,
    });
    clients.push(client);
    return client;
  };
  const accepted = listener[Symbol.asyncIterator]();
  const accept = async (): Promise<MessageSocket<FromClient, FromServer>> => {
    const { value } = await accepted.next();
    if (value === undefined) throw new Error("the listener has closed");
    return value;
  };
  const client = await dial(options.client);
  await client.send(greeting);
  const server = await accept();
  await server.receive();
  return {
    client,
    server,
    listener,
    dial,
    accept,
    async [Symbol.asyncDispose]() {
      for (const each of clients) each.abort();
      for (const each of listener.sockets) each.abort();
      await listener.close();
    },
  };
}

/** Defines a test only where it applies: what a transport does not promise is nothing that was skipped. */
export function testIf(applies: boolean): (name: string, body: () => Promise<void>) => void {
  return applies ? test : () => {};
}
