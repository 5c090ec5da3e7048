// One conversation's state: reads by pull, writes once per tick, ends in one of three ways. Knows no transport by name.
import { ipv4ToInteger, isIpv4 } from "../address/ipv4.ts";
import { wellKnownPort } from "../address/ports.ts";
import type { Endpoint } from "../address/endpoint.ts";
import type { Clock, Timer } from "../clock.ts";
import { ClosedError, LimitError, ProtocolError, TimeoutError, UsageError } from "../errors.ts";
import { utf8Length } from "../framing/byte-output.ts";
import { closeCodeOf } from "../framing/websocket.ts";
import { PayloadQueue } from "../framing/raw.ts";
import { payloadOf, type FrameDecoder, type Payload, type Span } from "../framing/framing.ts";
import type { MessageCodec } from "../messages/codec.ts";
import type { Protocol } from "../messages/protocol.ts";
import type { CloseReason, TransportTraits, Wire, WireEvents } from "../transports/wire.ts";
import type {
  CloseInfo,
  ConversationOptions,
  DoorState,
  EndState,
  MessageSocket,
  Role,
} from "./message-socket.ts";
import { Outlet, type OutletOwner, type SharedMessage } from "./outlet.ts";

const RECEIVE_QUEUE_BYTES = 128 * 1024;
const MAX_SEND_QUEUE_BYTES = 16 * 1024 * 1024;
const CLOSE_TIMEOUT_MS = 5000;
/** Into how many parts the idle time-out is cut: the grain at which silence is noticed. */
export const IDLE_CHECKS = 4;

// In and Out say what the door speaks; which is the client's table and which the server's depends on the role.
type AnyProtocol = Protocol<never, never>;

/** Who waits for a message; a rejected promise tells it of an error. */
type Reader<In> = (result: IteratorResult<In, undefined> | Promise<never>) => void;

let doors = 0;

export class Door<In, Out> implements MessageSocket<In, Out>, WireEvents, OutletOwner {
  readonly id: number = ++doors;
  readonly role: Role;
  readonly #wire: Wire;
  readonly #protocol: AnyProtocol;
  readonly #options: ConversationOptions;
  readonly #clock: Clock;
  readonly #onClosed: ((door: Door<In, Out>) => void) | undefined;
  readonly #incoming: MessageCodec<In>;
  readonly #decoder: FrameDecoder<Payload>;
  readonly #outlet: Outlet<Out>;
  readonly #receiveQueueBytes: number;
  #messagesIn = 0;
  #paused = false;
  #reader: Reader<In> | undefined;
  #state: "open" | "closing" | "closed" = "open";
  #remoteEnded = false;
  #endedBy: "local" | "remote" | undefined;
  #reason: string | undefined;
  #error: Error | undefined;
  #closed: PromiseWithResolvers<CloseInfo> | undefined;
  #deadline: Timer | undefined;
  #seenMessages = -1;
  #silentChecks = 0;

  /** @param onClosed called once, when the conversation is over. */
  constructor(
    wire: Wire,
    protocol: AnyProtocol,
    role: Role,
    clock: Clock,
    options: ConversationOptions,
    onClosed?: (door: Door<In, Out>) => void,
  ) {
    this.role = role;
    this.#wire = wire;
    this.#protocol = protocol;
    this.#clock = clock;
    this.#options = options;
    this.#onClosed = onClosed;
    this.#receiveQueueBytes = options.receiveQueueBytes ?? RECEIVE_QUEUE_BYTES;
    const [incoming, outgoing] =
      role === "client" ? [protocol.server, protocol.client] : [protocol.client, protocol.server];
    this.#incoming = incoming;
    const { maxSendQueueBytes = MAX_SEND_QUEUE_BYTES } = options;
    this.#outlet = new Outlet(wire, protocol.framing, outgoing, maxSendQueueBytes, this);
    const { maxBytes } = protocol.framing;
    this.#decoder =
      wire.kind === "payload"
        ? new PayloadQueue(maxBytes)
        : (wire.framing?.decoder(maxBytes) ?? protocol.framing.decoder());
    wire.open(this);
  }

  get local(): Endpoint {
    return this.#wire.local;
  }

  get remote(): Endpoint {
    return this.#wire.remote;
  }

  get transport(): TransportTraits {
    return this.#wire.traits;
  }

  send(message: Out): Promise<void> {
    if (this.#state === "open") return this.#outlet.send(message);
    return handled(Promise.reject(this.#closedError()));
  }

  /** Part of `broadcast`: passes by when the conversation is over. @internal */
  sendShared(message: SharedMessage<Out>): void {
    if (this.#state === "open") this.#outlet.sendShared(message);
  }

  next(): Promise<IteratorResult<In, undefined>> {
    if (this.#reader !== undefined) {
      return Promise.reject(
        new UsageError("two-readers", "this socket is being read already: it has one reader at a time"),
      );
    }
    try {
      const message = this.#pull();
      if (message !== undefined) return Promise.resolve({ value: message, done: false });
      if (this.#remoteEnded || this.#state !== "open") return Promise.resolve(this.#finish());
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  async receive(): Promise<In | undefined> {
    return (await this.next()).value;
  }

  [Symbol.asyncIterator](): AsyncIterator<In, undefined> {
    // No `return`: leaving a loop must not close the conversation.
    return { next: () => this.next() };
  }

  async close(reason = ""): Promise<void> {
    if (this.#state === "open") this.#end("local", { code: 1000, text: reason });
    await this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  abort(error: Error = new ClosedError("aborted", "the conversation was aborted by this side")): void {
    if (this.#state === "closed") return;
    this.#error ??= error;
    this.#endedBy ??= "local";
    this.#wire.destroy();
    this.onClosed();
  }

  get closed(): Promise<CloseInfo> {
    if (this.#closed === undefined) {
      this.#closed = Promise.withResolvers();
      if (this.#state === "closed") this.#closed.resolve(this.#closeInfo());
    }
    return this.#closed.promise;
  }

  inspect(): DoorState {
    return {
      id: this.id,
      role: this.role,
      pid: globalThis.process?.pid,
      protocol: this.#protocol.name,
      transport: this.transport.name,
      local: endState(this.local),
      remote: endState(this.remote),
      messagesIn: this.#messagesIn,
      messagesOut: this.#outlet.messages,
      receiveQueueBytes: this.#decoder.bufferedBytes,
      sendQueueBytes: this.#outlet.queuedBytes,
      ...this.#wire.inspect(),
    };
  }

  /**
   * Notices silence; to be called `IDLE_CHECKS` times in `timeoutMs`. So no clock is read per message, and many doors
   * can share one timer.
   * @internal
   */
  checkIdle(timeoutMs: number): void {
    const messages = this.#messagesIn + this.#outlet.messages;
    this.#silentChecks = messages === this.#seenMessages ? this.#silentChecks + 1 : 0;
    this.#seenMessages = messages;
    if (this.#silentChecks < IDLE_CHECKS) return;
    this.abort(new TimeoutError("idle", `no message in either direction for ${timeoutMs} ms`));
  }

  /** @internal */
  onOverflow(error: Error): void {
    this.abort(error);
  }

  /** @internal */
  get onSent(): ((type: string, payload: Payload) => void) | undefined {
    if (this.#options.trace === undefined) return undefined;
    return (type, payload) => this.#trace("out", type, payload);
  }

  /** @internal */
  onReceived(chunk: Payload): void {
    this.#decoder.push(chunk);
    if (this.#state === "closing") return this.#discard();
    this.#serve();
    if (
      this.#decoder.bufferedBytes > this.#receiveQueueBytes &&
      !this.#paused &&
      this.#reader === undefined
    ) {
      this.#paused = true;
      this.#wire.pause();
    }
  }

  /** @internal */
  onDrained(): void {
    this.#outlet.drained();
  }

  /** @internal */
  onEnded(reason?: CloseReason): void {
    this.#remoteEnded = true;
    this.#endedBy ??= "remote";
    if (reason !== undefined) this.#reason ??= `${reason.code} ${reason.text}`.trim();
    this.#serve();
  }

  /** @internal */
  onClosed(error?: Error): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#remoteEnded = true;
    this.#endedBy ??= "remote";
    // After an orderly end a reset is only the other side's haste.
    if (this.#error === undefined && error !== undefined) this.#error = error;
    this.#deadline?.clear();
    this.#outlet.fail(this.#closedError());
    this.#serve();
    this.#closed?.resolve(this.#closeInfo());
    this.#onClosed?.(this);
  }

  /** The next message if it is there. */
  #pull(): In | undefined {
    if (this.#state === "closing") return undefined;
    let span: Span | undefined;
    try {
      span = this.#decoder.next();
      if (span === undefined) {
        if (this.#paused) this.#resume();
        return undefined;
      }
      const message = this.#incoming.decode(span);
      this.#messagesIn++;
      if (this.#options.trace !== undefined)
        this.#trace("in", this.#incoming.typeOf(message), payloadOf(span));
      if (this.#paused && this.#decoder.bufferedBytes * 2 < this.#receiveQueueBytes) this.#resume();
      return message;
    } catch (error) {
      throw this.#refuse(error as Error);
    }
  }

  /** Gives whoever waits for a message what there is for it, if there is anything. */
  #serve(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    // Pulling may end the conversation, and whoever ends it serves the reader: once is enough.
    this.#reader = undefined;
    try {
      const message = this.#pull();
      if (message !== undefined) reader({ value: message, done: false });
      else if (this.#remoteEnded || this.#state !== "open") reader(this.#finish());
      else this.#reader = reader;
    } catch (error) {
      reader(Promise.reject(error));
    }
  }

  /** What a reader gets when there is nothing left to read. */
  #finish(): IteratorResult<In, undefined> {
    if (this.#error !== undefined) throw this.#error;
    if (this.#state === "open") {
      try {
        this.#decoder.end();
      } catch (error) {
        throw this.#refuse(error as Error);
      }
    }
    return { value: undefined, done: true };
  }

  /** The remote side broke the rules: tell it why, and end. */
  #refuse(error: Error): Error {
    if (this.#state !== "open") return error;
    if (!(error instanceof ProtocolError)) {
      this.abort(error);
      return error;
    }
    this.#error = error;
    const farewell = this.#protocol.farewell?.({ code: error.code, message: error.message });
    // The other direction's table may not have that message: then nothing is said.
    if (farewell !== undefined) void this.#outlet.send(farewell as Out);
    this.#end("local", { code: closeCodeOf(error), text: error.message });
    return error;
  }

  #end(by: "local", reason: CloseReason): void {
    this.#state = "closing";
    this.#endedBy ??= by;
    if (reason.text !== "") this.#reason ??= reason.text;
    this.#outlet.flush();
    this.#deadline = this.#clock.after(this.#options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS, () => {
      this.#wire.destroy();
      this.onClosed();
    });
    this.#wire.end(reason);
    // Unread input would keep the end from being seen.
    this.#resume();
    this.#discard();
  }

  #discard(): void {
    try {
      while (this.#decoder.next() !== undefined);
    } catch {
      // Whatever it says now, nobody listens any more.
      this.#wire.destroy();
    }
    this.#serve();
  }

  #resume(): void {
    this.#paused = false;
    this.#wire.resume();
  }

  #trace(direction: "in" | "out", type: string, payload: Payload): void {
    this.#options.trace?.({
      socket: this.id,
      role: this.role,
      direction,
      local: this.local,
      remote: this.remote,
      timeMs: this.#clock.now(),
      type,
      bytes: typeof payload === "string" ? utf8Length(payload) : payload.length,
      payload,
    });
  }

  #closeInfo(): CloseInfo {
    return { by: this.#endedBy ?? "remote", reason: this.#reason, error: this.#error };
  }

  #closedError(): Error {
    if (this.#error instanceof LimitError || this.#error instanceof TimeoutError) return this.#error;
    const by = this.#endedBy === "remote" ? "the remote side" : "this side";
    const why = this.#error?.message ?? this.#reason;
    const sentence = `the conversation is over: ended by ${by}${why === undefined ? "" : ` (${why})`}`;
    return new ClosedError("closed", sentence, { cause: this.#error });
  }
}

/** Lets a caller ignore a rejection: whoever awaits still sees it. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function endState({ host, port, transport }: Endpoint): EndState {
  return {
    host,
    port,
    addressInteger: isIpv4(host) ? ipv4ToInteger(host) : undefined,
    portName: wellKnownPort(port, transport === "udp" ? "udp" : "tcp"),
  };
}
