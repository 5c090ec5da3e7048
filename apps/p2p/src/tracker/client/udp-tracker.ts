// Asks a tracker over UDP (BEP 15): connects, asks, asks again when nothing comes. Does not know what is asked.
import { lookup } from "node:dns/promises";
import {
  addressToBytes,
  canonicalHost,
  ClosedError,
  connect,
  defineProtocol,
  ProtocolError,
  raw,
  realNetwork,
  TimeoutError,
  UsageError,
  type Clock,
  type Endpoint,
  type MessageSocket,
  type Payload,
} from "@socketlab/core";
import { TrackerError } from "../messages.ts";
import { decodeUdpReply, encodeUdpRequest, type UdpReply, type UdpRequest } from "../udp-messages.ts";
import { TIMEOUT_MS, type AskOptions } from "./ask-options.ts";
import { ConnectionCache } from "./connection-cache.ts";

const datagrams = defineProtocol({
  name: "tracker",
  version: 1,
  framing: raw({ maxBytes: 65_507 }),
});

/** BEP 15: 15 s, 30 s, 60 s, … as long as nothing comes; the last of nine tries waits for more than an hour. */
const FIRST_WAIT_MS = 15_000;
const TRIES = 9;

const ofThisProcess = new ConnectionCache();

/** Makes the question, for whoever has a connection id. */
type Question = (connectionId: bigint, transactionId: number) => UdpRequest;

/** An answer to what was asked, and who gave it. */
export interface UdpAnswer {
  readonly reply: UdpReply;
  readonly remoteHost: string;
}

/**
 * @returns an answer to the question's action.
 * @throws TrackerError what the tracker says against it. TimeoutError `timed-out`, ClosedError, UsageError `bad-tracker`,
 * ProtocolError for an answer that is none.
 */
export async function askUdp(url: URL, question: Question, options: AskOptions): Promise<UdpAnswer> {
  const { network = realNetwork, localHost, connections = ofThisProcess } = options;
  const { timeoutMs = TIMEOUT_MS, signal } = options;
  const { clock } = network;
  const tooLate = new AbortController();
  const timer = clock.after(timeoutMs, () => tooLate.abort());
  const givenUp = signal === undefined ? tooLate.signal : AbortSignal.any([signal, tooLate.signal]);
  try {
    const endpoint = await endpointOf(url, options);
    await using socket = await connect(datagrams, endpoint, { network, localHost, signal: givenUp });
    const conversation = new Conversation(socket, clock, url);
    const key = `${socket.local.host} ${url.host}`;
    const reply = await conversation.ask(question, {
      get: () => connections.get(key, clock.now()),
      set: (id) => connections.set(key, id, clock.now()),
      forget: () => connections.forget(key),
    });
    return { reply, remoteHost: socket.remote.host };
  } catch (error) {
    if (tooLate.signal.aborted)
      throw new TimeoutError("timed-out", `udp://${url.host}: no answer within ${timeoutMs} ms`, {
        cause: error,
      });
    throw error;
  } finally {
    timer.clear();
  }
}

/** The id that belongs to this tracker. */
interface KnownId {
  get(): bigint | undefined;
  set(id: bigint): void;
  forget(): void;
}

class Conversation {
  readonly #socket: MessageSocket<Payload, Payload>;
  readonly #clock: Clock;
  readonly #url: URL;
  readonly #urlData: string;
  /** The datagram that comes next, once somebody waits for it. */
  #next: Promise<Payload | undefined> | undefined;

  constructor(socket: MessageSocket<Payload, Payload>, clock: Clock, url: URL) {
    this.#socket = socket;
    this.#clock = clock;
    this.#url = url;
    this.#urlData = url.pathname === "/" && url.search === "" ? "" : `${url.pathname}${url.search}`;
  }

  async ask(question: Question, known: KnownId): Promise<UdpReply> {
    // One from before may be refused: the tracker may have started again meanwhile.
    let isFresh = false;
    for (let tries = 0; tries < TRIES; tries++) {
      const connectionId = known.get();
      const transactionId = randomTransactionId();
      const request: UdpRequest =
        connectionId === undefined
          ? { action: "connect", transactionId }
          : question(connectionId, transactionId);
      await this.#socket.send(encodeUdpRequest(request, this.#urlData));
      const reply = await this.#replyTo(request, FIRST_WAIT_MS * 2 ** tries);
      if (reply === undefined) continue;
      if (reply.action === "connect") {
        known.set(reply.connectionId);
        isFresh = true;
        tries = -1;
      } else if (reply.action !== "error") return reply;
      else if (isFresh || connectionId === undefined) throw new TrackerError(reply.message);
      else known.forget();
    }
    throw new TimeoutError("timed-out", `udp://${this.#url.host}: no answer to ${TRIES} datagrams`);
  }

  /** Undefined: none came in time. What is no answer to this very request is as if it had not come. */
  async #replyTo(request: UdpRequest, waitMs: number): Promise<UdpReply | undefined> {
    const late = Promise.withResolvers<"late">();
    const timer = this.#clock.after(waitMs, () => late.resolve("late"));
    const family = this.#socket.remote.host.includes(":") ? 6 : 4;
    try {
      for (;;) {
        this.#next ??= this.#socket.receive();
        const next = await Promise.race([this.#next, late.promise]);
        if (next === "late") return undefined;
        this.#next = undefined;
        if (next === undefined)
          throw new ClosedError("aborted", `udp://${this.#url.host} is no longer asked`);
        const bytes = typeof next === "string" ? Buffer.from(next) : next;
        if (transactionOf(bytes) !== request.transactionId) continue;
        const reply = decodeUdpReply(bytes, family);
        if (reply.action === request.action || reply.action === "error") return reply;
        throw new ProtocolError(
          "bad-datagram",
          `a tracker's datagram: it answers ${request.action} with ${reply.action}`,
        );
      }
    } finally {
      timer.clear();
    }
  }
}

function transactionOf(bytes: Uint8Array): number | undefined {
  if (bytes.length < 8) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4);
}

/** Nobody guesses it: whoever answers has seen the question. */
function randomTransactionId(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}

async function endpointOf(url: URL, { localHost, family }: AskOptions): Promise<Endpoint> {
  const host = canonicalHost(url.hostname.replace(/^\[(.*)\]$/, "$1"));
  const port = Number(url.port);
  if (host === "" || port === 0)
    throw new UsageError("bad-tracker", `${url.href} names no host and port: udp://HOST:PORT`);
  const wanted = family ?? (localHost === undefined ? undefined : localHost.includes(":") ? 6 : 4);
  const endpoint: Endpoint = { transport: "udp", host, port, path: "" };
  if (wanted === undefined || addressToBytes(host) !== undefined) return endpoint;
  const found = await lookup(host, { family: wanted }).catch((cause: Error) => {
    throw new ClosedError("name-not-found", `${host} has no IPv${wanted} address`, { cause });
  });
  return { ...endpoint, host: found.address };
}
