// One connection to a NATS broker that outlives the broker's restarts. Knows nothing of what an app keeps there.
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from "@nats-io/jetstream";
import { connect, errors, type NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "@socketlab/core/server-kit";
import { parseBrokerUrl } from "./address.ts";
import { ask } from "./ask.ts";

/** One try: a broker that lives answers in a few milliseconds. */
const TRY_TIMEOUT_MS = 2000;
const RECONNECT_PAUSE_MS = 250;
/** A server that has JetStream may need a moment to have it ready. */
const START_TIMEOUT_MS = 5000;
/** Two of these without an answer, and the connection is dead. */
const PING_INTERVAL_MS = 5000;

/** Makes the app's own error of what the broker has not done: `no-space` where it is full, `failed` in all other cases. */
export type Failure = (code: "failed" | "no-space", message: string, options: ErrorOptions) => Error;

export interface BrokerOptions {
  /** Who we are, for whoever looks at the broker's connections. */
  readonly client: string;
  /** For `Broker.name`, where the URL has none. */
  readonly name: string;
  readonly failure: Failure;
  readonly log?: Logger | undefined;
}

export interface Broker {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  readonly manager: JetStreamManager;
  /** Where it is, without the password. */
  readonly url: string;
  /** What everything of these servers in the broker begins with, so that one broker serves several apps, and several of each. */
  readonly name: string;
  /** How many copies of what is to be kept there can be. */
  readonly replicas: 1 | 3;
  readonly failure: Failure;
}

/**
 * Connects, and from then on reconnects for ever, to whichever server of the broker answers.
 *
 * @param url as `parseBrokerUrl` takes it.
 * @throws UsageError `bad-store` if the URL is none. The app's own error if no server of it answers, or none with JetStream.
 */
export async function connectBroker(url: string, options: BrokerOptions): Promise<Broker> {
  const { client, failure, log } = options;
  const { options: address, name = options.name, shown } = parseBrokerUrl(url);
  const connection = await connect({
    ...address,
    name: client,
    timeout: TRY_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_PAUSE_MS,
    // A broker that is being set up anew may not know the password for a moment.
    ignoreAuthErrorAbort: true,
    pingInterval: PING_INTERVAL_MS,
    // A stack for each request would cost more than the request.
    noAsyncTraces: true,
  }).catch((cause: Error) => {
    const advice =
      cause instanceof errors.AuthorizationError
        ? "write nats://user:password@host:4222 or nats://token@host:4222"
        : "start one with nats-server -js";
    throw failure("failed", `${shown}: no NATS server lets us in (${cause.message}); ${advice}`, { cause });
  });
  const js = jetstream(connection, { timeout: TRY_TIMEOUT_MS });
  const manager = await jetstreamManager(connection, { timeout: TRY_TIMEOUT_MS, checkAPI: false });
  const replicas = connection.info?.cluster === undefined ? 1 : 3;
  const broker: Broker = { connection, js, manager, url: shown, name, replicas, failure };
  try {
    const what = "JetStream is needed (nats-server -js)";
    await ask(broker, what, () => manager.getAccountInfo(), START_TIMEOUT_MS);
  } catch (error) {
    await connection.close();
    throw error;
  }
  if (log !== undefined) void reportStatus(connection, shown, log);
  return broker;
}

async function reportStatus(connection: NatsConnection, url: string, log: Logger): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === "disconnect") log.warn(`${url}: the connection to the broker is lost`);
    if (status.type === "reconnect") log.info(`${url}: connected to the broker again, at ${status.server}`);
    if (status.type === "error") log.warn({ err: status.error }, `${url}: the broker refuses something`);
  }
}
