// A server: one handler behind any number of doors. Knows nothing of what is said, nor of the process's signals.
import { inspect } from "node:util";
import { formatEndpoint, parseEndpoint, type Endpoint } from "../address/endpoint.ts";
import { ClosedError, LimitError, ProtocolError, SocketlabError, TimeoutError } from "../errors.ts";
import type { Protocol } from "../messages/protocol.ts";
import { listen, type ListenOptions, type MessageListener } from "../socket/listen.ts";
import type { MessageSocket } from "../socket/message-socket.ts";
import { answerHttp, type HttpHandler } from "./http.ts";
import { createLog, type Logger } from "./log.ts";
import { Metrics, type Metric } from "./metrics.ts";
import { staticFiles } from "./static-files.ts";

// How long handlers may take to return once their conversations are over.
const HANDLER_GRACE_MS = 2000;

export interface ServeOptions extends Omit<ListenOptions, "onRequest"> {
  /** For the log and for the label `server` at /metrics. */
  readonly name: string;
  /** Default: `createLog()`. */
  readonly log?: Logger;
  /** What is different at one endpoint: an option of TCP, say, that UDP does not have. */
  readonly optionsAt?: ((endpoint: Endpoint) => Partial<ListenOptions>) | undefined;
  /** What `/metrics` tells of the app itself. */
  readonly metrics?: (() => readonly Metric[]) | undefined;
  /** A folder of static files (a built page), served at every ws and wss endpoint. Read once, at the start. */
  readonly page?: string | undefined;
  /** Whether the page may compile WebAssembly. Default: it may not. */
  readonly pageRunsWasm?: boolean | undefined;
  /** ws and wss: the app's own answers over HTTP; asked after `/metrics` and `/doors`, before the page. */
  readonly onRequest?: HttpHandler | undefined;
  /** HTTP: how long a client may neither read its answer nor send what it has begun to. Default 30,000. */
  readonly stalledTimeoutMs?: number | undefined;
}

export interface ConversationContext {
  /** Says which conversation an entry belongs to. */
  readonly log: Logger;
  /** Aborted when the server closes. */
  readonly signal: AbortSignal;
}

export interface Server<In, Out> extends AsyncDisposable {
  /** In the order in which they were asked for, with the ports that they really have. */
  readonly endpoints: readonly Endpoint[];
  /** The conversations that are open now. */
  sockets(): MessageSocket<In, Out>[];
  /**
   * Stops listening, aborts the handlers' `signal`, closes every conversation orderly, and waits for the handlers.
   * Bounded: `closeTimeoutMs`, and then two seconds for handlers that do not return. Never rejects.
   * @param reason for the remote sides, on transports that can tell it.
   */
  close(reason?: string): Promise<void>;
  /** Settles when the server has closed, whoever closed it; with the error, if an endpoint broke. Never rejects. */
  readonly closed: Promise<Error | undefined>;
}

/**
 * Listens at all `endpoints` and calls `handle` for each conversation. When it returns, the conversation is closed;
 * when it throws, it is aborted, and nobody else notices. Each conversation is one entry in the log, at its end.
 * A ws or wss endpoint also answers `GET /metrics`, `GET /doors/<token>` and the page.
 *
 * @throws UsageError when one of the endpoints cannot be listened at (none is then), or `page` cannot be read.
 */
export async function serve<FromClient, FromServer>(
  protocol: Protocol<FromClient, FromServer>,
  endpoints: readonly (string | Endpoint)[],
  handle: (socket: MessageSocket<FromClient, FromServer>, context: ConversationContext) => Promise<void>,
  options: ServeOptions,
): Promise<Server<FromClient, FromServer>> {
  const wanted = endpoints.map((endpoint) =>
    typeof endpoint === "string" ? parseEndpoint(endpoint) : endpoint,
  );
  const server = new KitServer(protocol, handle, options);
  await server.open(wanted);
  return server;
}

class KitServer<In, Out> implements Server<In, Out> {
  readonly #protocol: Protocol<In, Out>;
  readonly #handle: (socket: MessageSocket<In, Out>, context: ConversationContext) => Promise<void>;
  readonly #options: ServeOptions;
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #listeners: MessageListener<In, Out>[] = [];
  /** Those whose handler has not returned, or whose end is not logged yet. */
  readonly #conversations = new Set<Conversation<In, Out>>();
  /** HTTP requests that are being answered. */
  #requests = 0;
  readonly #stopping = new AbortController();
  readonly #closed = Promise.withResolvers<Error | undefined>();
  #closing: Promise<void> | undefined;
  #onLast: (() => void) | undefined;

  constructor(
    protocol: Protocol<In, Out>,
    handle: (socket: MessageSocket<In, Out>, context: ConversationContext) => Promise<void>,
    options: ServeOptions,
  ) {
    this.#protocol = protocol;
    this.#handle = handle;
    this.#options = options;
    this.#log = options.log ?? createLog();
    this.#metrics = new Metrics(options.name, options.metrics);
  }

  async open(endpoints: readonly Endpoint[]): Promise<void> {
    // The server closes its listeners itself, together with everything else.
    const {
      signal,
      page,
      pageRunsWasm = false,
      onRequest: ownAnswer,
      stalledTimeoutMs,
      optionsAt,
      name: _name,
      log: _log,
      metrics: _metrics,
      ...listenOptions
    } = this.#options;
    signal?.throwIfAborted();
    const answer = answerHttp({
      onRequest: ownAnswer,
      stalledTimeoutMs,
      metrics: this.#metrics,
      page: page === undefined ? undefined : await staticFiles(page),
      pageRunsWasm,
      sockets: () => this.#allSockets(),
      onError: (err) => this.#log.error({ err }, "an HTTP request could not be answered"),
    });
    const onRequest: NonNullable<ListenOptions["onRequest"]> = (request, response) => {
      this.#requests++;
      void answer(request, response).finally(() => {
        this.#requests--;
        this.#oneLess();
      });
    };
    try {
      for (const endpoint of endpoints) {
        const listener = await listen(this.#protocol, endpoint, {
          ...listenOptions,
          ...optionsAt?.(endpoint),
          onRequest,
        });
        this.#listeners.push(listener);
        this.#metrics.watch(listener);
      }
    } catch (error) {
      await Promise.all(this.#listeners.map((listener) => listener.close()));
      throw error;
    }
    for (const listener of this.#listeners) void this.#accept(listener);
    if (signal?.aborted) await this.close();
    signal?.addEventListener("abort", () => void this.close(), { once: true, signal: this.#stopping.signal });
  }

  get endpoints(): readonly Endpoint[] {
    return this.#listeners.map((listener) => listener.endpoint);
  }

  get closed(): Promise<Error | undefined> {
    return this.#closed.promise;
  }

  sockets(): MessageSocket<In, Out>[] {
    return [...this.#allSockets()];
  }

  close(reason?: string): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  *#allSockets(): Generator<MessageSocket<In, Out>> {
    for (const listener of this.#listeners) yield* listener.sockets;
  }

  async #close(reason?: string, error?: Error): Promise<void> {
    this.#stopping.abort(new ClosedError("closed", "the server is closing"));
    await Promise.all(this.#listeners.map((listener) => listener.close(reason)));
    if (this.#underWay > 0) await this.#lastOneEnds();
    if (this.#underWay > 0)
      this.#log.warn(`${this.#underWay} handlers did not return after their conversations`);
    this.#closed.resolve(error);
  }

  async #accept(listener: MessageListener<In, Out>): Promise<void> {
    try {
      for await (const socket of listener) {
        this.#begin(new Conversation(listener, socket, this.#log, this.#stopping.signal));
      }
    } catch (error) {
      // A server that has lost one of its doors is not the one that was asked for.
      this.#log.error({ err: error }, `cannot go on at ${formatEndpoint(listener.endpoint)}`);
      this.#closing ??= this.#close("the server failed", error as Error);
    }
  }

  /** Not an async function: that would be kept for every conversation, and most of them are silent most of the time. */
  #begin(conversation: Conversation<In, Out>): void {
    this.#conversations.add(conversation);
    this.#metrics.begun(conversation.listener);
    const failed = (error: unknown): Promise<void> => this.#end(conversation, asError(error));
    try {
      this.#handle(conversation.socket, conversation).then(() => this.#end(conversation, undefined), failed);
    } catch (error) {
      // A handler that is no async function may throw before there is a promise.
      void failed(error);
    }
  }

  /** Closes what its handler has left, and makes its one entry in the log. Never rejects. */
  async #end(conversation: Conversation<In, Out>, thrown: Error | undefined): Promise<void> {
    const { listener, socket, begunMs } = conversation;
    // Who broke the protocol has been told so, and an orderly end is under way; stopping is orderly too.
    const isOrderly =
      thrown === undefined || thrown instanceof ProtocolError || this.#stopping.signal.aborted;
    if (isOrderly) await socket.close();
    else socket.abort(thrown);
    const own = thrown === this.#stopping.signal.reason ? undefined : thrown;
    const { by, reason, error = own } = await socket.closed;
    this.#metrics.ended(listener, socket, error === undefined ? undefined : codeOf(error));
    const { messagesIn, messagesOut } = socket.inspect();
    const entry = {
      conversation: socket.id,
      remote: formatEndpoint(socket.remote),
      seconds: Math.round(performance.now() - begunMs) / 1000,
      messagesIn,
      messagesOut,
      by,
      ...(reason !== undefined && reason !== "" && { reason }),
    };
    if (error === undefined) this.#log.info(entry, "conversation ended");
    else if (isExpected(error))
      this.#log.warn({ ...entry, code: codeOf(error) }, `conversation ended: ${error.message}`);
    else this.#log.error({ ...entry, err: error }, "conversation ended: the handler failed");
    this.#conversations.delete(conversation);
    this.#oneLess();
  }

  /** Handlers that have not returned. */
  get #underWay(): number {
    return this.#conversations.size + this.#requests;
  }

  #oneLess(): void {
    if (this.#underWay === 0) this.#onLast?.();
  }

  /** Or the grace is over. */
  #lastOneEnds(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, HANDLER_GRACE_MS);
      this.#onLast = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Made for every conversation, so it costs nothing until it is used. */
class Conversation<In, Out> implements ConversationContext {
  readonly listener: MessageListener<In, Out>;
  readonly socket: MessageSocket<In, Out>;
  readonly signal: AbortSignal;
  readonly begunMs: number = performance.now();
  readonly #server: Logger;
  #log: Logger | undefined;

  constructor(
    listener: MessageListener<In, Out>,
    socket: MessageSocket<In, Out>,
    server: Logger,
    signal: AbortSignal,
  ) {
    this.listener = listener;
    this.socket = socket;
    this.#server = server;
    this.signal = signal;
  }

  get log(): Logger {
    return (this.#log ??= this.#server.child({ conversation: this.socket.id }));
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(inspect(thrown), { cause: thrown });
}

/** What remote sides and networks do, as opposed to a fault of our own. */
function isExpected(error: unknown): error is SocketlabError {
  return [ProtocolError, ClosedError, LimitError, TimeoutError].some((expected) => error instanceof expected);
}

function codeOf(error: unknown): string {
  return error instanceof SocketlabError ? error.code : "handler-failed";
}
