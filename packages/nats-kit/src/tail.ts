// Follows a JetStream stream from a position on, whatever dies meanwhile. Knows nothing of what is in it.
import { setTimeout as delay } from "node:timers/promises";
import type { ConsumerMessages, JsMsg } from "@nats-io/jetstream";
import type { Logger } from "@socketlab/core/server-kit";
import type { Broker } from "./broker.ts";

/** A server that is silent for two of these is dead: the stream is read from another one. */
const HEARTBEAT_MS = 1000;
const PULL_EXPIRES_MS = 10_000;
/** On their way to us at most. */
const MAX_PULLED_MESSAGES = 500;
const RETRY_PAUSE_MS = 250;

/** What the client library says when it no longer knows whether anything will come. */
const troubles = new Set([
  "heartbeats_missed",
  "no_responders",
  "consumer_not_found",
  "consumer_deleted",
  "stream_not_found",
]);

/**
 * Hands over every message of a stream once, in order. JetStream's ordered consumer lives in the memory of one server,
 * and is waited for when that one dies; so whenever something is amiss, a new one begins after the last message.
 */
export class Tail {
  readonly #broker: Broker;
  readonly #stream: string;
  readonly #listener: (message: JsMsg) => void;
  readonly #log: Logger | undefined;
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  #next: number;
  #messages: ConsumerMessages | undefined;

  /** @param next the first position to be handed over. */
  constructor(
    broker: Broker,
    stream: string,
    next: number,
    listener: (message: JsMsg) => void,
    log?: Logger,
  ) {
    this.#broker = broker;
    this.#stream = stream;
    this.#next = next;
    this.#listener = listener;
    this.#log = log;
    this.#ended = this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    void this.#messages?.close();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    void this.#watchConnection();
    while (!signal.aborted) {
      try {
        await this.#read();
      } catch (error) {
        this.#log?.warn({ err: error }, `${this.#broker.url}: cannot follow ${this.#stream} now`);
      }
      await delay(RETRY_PAUSE_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** Until something is amiss. */
  async #read(): Promise<void> {
    const consumer = await this.#broker.js.consumers.get(this.#stream, { opt_start_seq: this.#next });
    const messages = await consumer.consume({
      max_messages: MAX_PULLED_MESSAGES,
      idle_heartbeat: HEARTBEAT_MS,
      expires: PULL_EXPIRES_MS,
    });
    this.#messages = messages;
    void this.#watch(messages);
    try {
      if (this.#closing.signal.aborted) return;
      for await (const message of messages) {
        // A server that lags behind begins earlier than it was asked to.
        if (message.seq < this.#next) continue;
        this.#next = message.seq + 1;
        this.#listener(message);
      }
    } finally {
      void messages.close();
      // It would be forgotten after a while; if its server is dead, it is gone already.
      consumer.delete().catch(() => {});
    }
  }

  async #watch(messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status()) if (troubles.has(type)) void messages.close();
  }

  /** The library waits for a consumer whose server may have died with the connection. Ends with the connection. */
  async #watchConnection(): Promise<void> {
    for await (const { type } of this.#broker.connection.status())
      if (type === "disconnect") void this.#messages?.close();
  }
}
