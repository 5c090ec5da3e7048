// One connection to a NATS broker that outlives the broker's restarts. Knows nothing of files.
import { setTimeout as delay } from "node:timers/promises";
import {
  DeliverPolicy,
  jetstream,
  JetStreamApiError,
  jetstreamManager,
  StorageType,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import { connect, errors, type ConnectionOptions, type NatsConnection } from "@nats-io/transport-node";
import { UsageError } from "@socketlab/core";
import type { Logger } from "@socketlab/core/server-kit";
import { StoreError } from "./store.ts";

/** What is to be deleted is not there: no message, no such number, or (as 2.9 says it) it could not be deleted. */
const NOT_THERE: readonly number[] = [10037, 10043, 10057];

/** One try: a broker that lives answers in a few milliseconds. */
const TRY_TIMEOUT_MS = 2000;
/** All tries together: three brokers need up to ten seconds to agree on who goes on for one that has died. */
export const TIMEOUT_MS = 15_000;
const RETRY_PAUSE_MS = 250;
/** A server that has JetStream may need a moment to have it ready. */
const START_TIMEOUT_MS = 5000;
/** Asked for at once when much is read. */
const PULLED_MESSAGES = 1000;
const PULL_EXPIRES_MS = 5000;
/** Two of these without an answer, and the connection is dead. */
const PING_INTERVAL_MS = 5000;

/** JetStream's codes: there is one of that name with other settings; too few servers are up to keep so many copies; none. */
const STREAM_EXISTS = 10058;
const NO_SUITABLE_PEERS = 10005;
const STREAM_NOT_FOUND = 10059;
/** What is set aside for JetStream, or a stream's own limit, is used up; a message could not be written, or did not fit. */
const STORAGE_EXCEEDED = 10047;
const NO_RESOURCES = 10023;
const STORE_FAILED = 10077;

export interface Broker {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  readonly manager: JetStreamManager;
  /** Where it is, without the password. */
  readonly url: string;
  /** What everything of these servers in the broker begins with, so that one broker serves several. */
  readonly name: string;
  /** How many copies of what is to be kept there can be. */
  readonly replicas: 1 | 3;
}

/**
 * Connects, and from then on reconnects for ever, to whichever server of the broker answers.
 *
 * @param url `nats://[user:password@|token@]host[:port][,host[:port]…][/name]`; the name is `files` if it is not given.
 * @throws UsageError `bad-store` if the URL is none. StoreError if no server of it answers, or none with JetStream.
 */
export async function connectBroker(url: string, log?: Logger): Promise<Broker> {
  const { options, name, shown } = parseBrokerUrl(url);
  const connection = await connect({
    ...options,
    name: "socketlab file-transfer",
    timeout: TRY_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_PAUSE_MS,
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
    throw new StoreError("failed", `${shown}: no NATS server lets us in (${cause.message}); ${advice}`, {
      cause,
    });
  });
  const js = jetstream(connection, { timeout: TRY_TIMEOUT_MS });
  const manager = await jetstreamManager(connection, { timeout: TRY_TIMEOUT_MS, checkAPI: false });
  const replicas = connection.info?.cluster === undefined ? 1 : 3;
  const broker: Broker = { connection, js, manager, url: shown, name, replicas };
  try {
    await ask(
      broker,
      "JetStream is needed (nats-server -js)",
      () => manager.getAccountInfo(),
      START_TIMEOUT_MS,
    );
  } catch (error) {
    await connection.close();
    throw error;
  }
  if (log !== undefined) void reportStatus(connection, shown, log);
  return broker;
}

export function parseBrokerUrl(url: string): { options: ConnectionOptions; name: string; shown: string } {
  const match = /^nats:\/\/(?:(?<secret>[^@/]*)@)?(?<hosts>[^@/?#]+)(?:\/(?<name>[\w-]*))?$/.exec(url);
  const { secret, hosts, name } = match?.groups ?? {};
  const servers = hosts?.split(",") ?? [];
  const [user, pass] = (secret ?? "").split(":").map(unescape);
  if (!servers.every(isHost) || servers.length === 0 || user === undefined)
    throw new UsageError(
      "bad-store",
      `${url.replace(/\/\/.*@/, "//…@")} is no address of a broker: write nats://host:4222, ` +
        "nats://host:4222,host:4222,host:4222 or nats://user:password@host:4222",
    );
  const credentials = pass === undefined ? { token: user } : { user, pass };
  return {
    options: { servers, ...(secret !== undefined && credentials) },
    name: name || "files",
    shown: `nats://${hosts}`,
  };
}

function unescape(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function isHost(host: string): boolean {
  return host !== "" && URL.canParse(`nats://${host}`);
}

/**
 * Asks until there is an answer, or the time is over. Only for what may be done twice: a try without an answer may have
 * been done all the same.
 *
 * @param what cannot be done, such as `a/b.txt cannot be read`.
 * @param request undefined stands for "not yet".
 * @throws StoreError when the time is over, or the broker refuses.
 */
export async function ask<T>(
  broker: Broker,
  what: string,
  request: () => Promise<T | undefined>,
  timeoutMs: number = TIMEOUT_MS,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    let problem: unknown;
    try {
      const answer = await request();
      if (answer !== undefined) return answer;
    } catch (error) {
      problem = error;
    }
    const isHopeless = problem !== undefined && !mayPass(problem);
    if (problem instanceof StoreError) throw problem;
    if (isHopeless || performance.now() + RETRY_PAUSE_MS > end) {
      const why = problem instanceof Error ? problem.message : "no answer";
      if (isFull(problem))
        throw new StoreError("no-space", `${what}: ${broker.url} has no room (${why})`, { cause: problem });
      throw new StoreError(
        "failed",
        `${what}: ${broker.url} does not answer as it should (${why}): try again`,
        {
          cause: problem,
        },
      );
    }
    await delay(RETRY_PAUSE_MS);
  }
}

/** What happens while servers of the broker die, start and elect: no answer, nobody there, nobody responsible. */
function mayPass(error: unknown): boolean {
  if (error instanceof JetStreamApiError)
    return (
      !isFull(error) && (error.status === 503 || error.status === 408 || error.code === NO_SUITABLE_PEERS)
    );
  // JetStream's client wraps it, as "jetstream is not enabled".
  const cause = error instanceof errors.RequestError ? error : (error as Error).cause;
  return (
    error instanceof errors.TimeoutError || (cause instanceof errors.RequestError && cause.isNoResponders())
  );
}

function isFull(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError && [STORAGE_EXCEEDED, NO_RESOURCES, STORE_FAILED].includes(error.code)
  );
}

/**
 * A stream that is kept on disk, in as many copies as there can be: made if it is not there.
 *
 * @throws UsageError `bad-store` if there is one of that name that is not as it must be.
 */
export async function openStream(
  broker: Broker,
  config: Pick<StreamConfig, "name" | "subjects" | "max_msgs_per_subject" | "allow_direct">,
): Promise<StreamInfo> {
  const { manager, replicas } = broker;
  const wanted = { ...config, storage: StorageType.File, no_ack: false };
  const info = await ask(broker, `the stream ${config.name} cannot be opened`, async () => {
    try {
      return await manager.streams.add({ ...wanted, num_replicas: replicas });
    } catch (error) {
      if (!(error instanceof JetStreamApiError && error.code === STREAM_EXISTS)) throw error;
      return manager.streams.info(config.name).catch(notYet);
    }
  });
  const there: Partial<StreamConfig> = info.config;
  for (const [name, value] of Object.entries(wanted))
    if (JSON.stringify(there[name as keyof StreamConfig] ?? false) !== JSON.stringify(value))
      throw new UsageError(
        "bad-store",
        `${broker.url}: the stream ${config.name} is there, and its ${name} is not ${JSON.stringify(value)}, as it must ` +
          `be to keep files: choose another name (${broker.url}/NAME), or delete it`,
      );
  return info;
}

/** While servers of the broker change over, one that is asked may not have heard yet of a stream that there is. */
export function notYet(error: unknown): undefined {
  if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return undefined;
  throw error;
}

/**
 * Removes one message; nothing if it is not there any more. Not `purge` with a subject: NATS 2.9.10 goes on counting what was
 * purged so, and one day refuses everything because it takes itself for full.
 */
export async function deleteMessage(broker: Broker, stream: string, seq: number): Promise<void> {
  await ask(broker, "what is gone cannot be removed", async () => {
    try {
      await broker.manager.streams.deleteMessage(stream, seq, false);
    } catch (error) {
      const isGone = error instanceof JetStreamApiError && NOT_THERE.includes(error.code);
      if (!isGone) throw error;
    }
    return true;
  });
}

async function reportStatus(connection: NatsConnection, url: string, log: Logger): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === "disconnect") log.warn(`${url}: the connection to the broker is lost`);
    if (status.type === "reconnect") log.info(`${url}: connected to the broker again, at ${status.server}`);
    if (status.type === "error") log.warn({ err: status.error }, `${url}: the broker refuses something`);
  }
}

/**
 * Reads what a stream has from a message on, in order.
 *
 * @param options.subject only of these subjects. @param options.headersOnly without the contents.
 * @throws StoreError when not all of it can be read; some of it may have been told, and is told again at the next try.
 */
export async function readStream(
  broker: Broker,
  stream: string,
  what: string,
  options: { readonly from: number; readonly subject?: string; readonly headersOnly?: boolean },
  tell: (message: JsMsg) => void,
): Promise<void> {
  const { from, subject, headersOnly = false } = options;
  await ask(broker, what, async () => {
    const consumer = await broker.js.consumers.get(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: from,
      headers_only: headersOnly,
      ...(subject !== undefined && { filter_subjects: subject }),
    });
    let pending = (await consumer.info()).num_pending;
    while (pending > 0) {
      const count = Math.min(PULLED_MESSAGES, pending);
      const before = pending;
      for await (const message of await consumer.fetch({ max_messages: count, expires: PULL_EXPIRES_MS })) {
        tell(message);
        ({ pending } = message.info);
      }
      // Its server may have died, and the consumer with it.
      if (pending === before) return undefined;
    }
    await consumer.delete().catch(() => {});
    return true;
  });
}
