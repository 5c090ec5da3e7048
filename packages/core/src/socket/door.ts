// One conversation's state: reads by pull, writes once per tick, ends in one of three ways. Knows no transport by name.
import { ipv4ToInteger, isIpv4 } from "../address/ipv4.ts";
import { wellKnownPort } from "../address/ports.ts";
import type { Endpoint } from "../address/endpoint.ts";
import type { Clock, Timer } from "../clock.ts";
import { ClosedError, LimitError, ProtocolError, TimeoutError } from "../errors.ts";
import { utf8Length } from "../framing/byte-output.ts";
import { closeCodeOf } from "../framing/websocket.ts";
import { PayloadQueue } from "../framing/raw.ts";
import type { FrameDecoder, Framing, Payload } from "../framing/framing.ts";
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
import { Inlet, type InletOwner } from "./inlet.ts";
import { Outlet, type OutletOwner } from "./outlet.ts";
import type { SharedMessage } from "./shared-message.ts";

const RECEIVE_QUEUE_BYTES = 128 * 1024;
const MAX_SEND_QUEUE_BYTES = 16 * 1024 * 1024;
const CLOSE_TIMEOUT_MS = 5000;
/** Into how many parts the idle time-out is cut: the grain at which silence is noticed. */
export const IDLE_CHECKS = 4;

// In and Out say what the door speaks; which is the client's table and which the server's depends on the role.
type AnyProtocol = Protocol<never, never>;

let doors = 0;

export class Door<In, Out> implements MessageSocket<In, Out>, WireEvents, InletOwner, OutletOwner {
  readonly id: number = ++doors;
  readonly role: Role;
  readonly #wire: Wire;
  readonly #protocol: AnyProtocol;
  readonly #options: ConversationOptions;
  readonly #clock: Clock;
  readonly #onClosed: ((door: Door<In, Out>) => void) | undefined;
  readonly #inlet: Inlet<In>;
  readonly #outlet: Outlet<Out>;
  #state: "open" | "closing" | "closed" = "open";
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
    const [incoming, outgoing] =
      role === "client" ? [protocol.server, protocol.client] : [protocol.client, protocol.server];
    const { receiveQueueBytes = RECEIVE_QUEUE_BYTES, maxSendQueueBytes = MAX_SEND_QUEUE_BYTES } = options;
    this.#inlet = new Inlet<In>(wire, decoderOf(wire, protocol.framing), incoming, receiveQueueBytes, this);
    this.#outlet = new Outlet<Out>(wire, protocol.framing, outgoing, maxSendQueueBytes, this);
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

  async receive(): Promise<In | undefined> {
    return (await this.#inlet.next()).value;
  }

  [Symbol.asyncIterator](): AsyncIterator<In, undefined> {
    // No `return`: leaving a loop must not close the conversation.
    return { next: () => this.#inlet.next() };
  }

  async close(reason = ""): Promise<void> {
    if (this.#state === "open") this.#end({ code: 1000, text: reason });
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
      messagesIn: this.#inlet.messages,
      messagesOut: this.#outlet.messages,
      receiveQueueBytes: this.#inlet.queuedBytes,
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
    const messages = this.#inlet.messages + this.#outlet.messages;
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
  get onRead(): ((type: string, payload: Payload) => void) | undefined {
    if (this.#options.trace === undefined) return undefined;
    return (type, payload) => this.#trace("in", type, payload);
  }

  /** @internal */
  get onSent(): ((type: string, payload: Payload) => void) | undefined {
    if (this.#options.trace === undefined) return undefined;
    return (type, payload) => this.#trace("out", type, payload);
  }

  /** The remote side broke the rules: tell it why, and end. @internal */
  onUnreadable(error: Error): void {
    if (this.#state !== "open") return;
    if (!(error instanceof ProtocolError)) return this.abort(error);
    this.#error = error;
    const farewell = this.#protocol.farewell?.({ code: error.code, message: error.message });
    // The other direction's table may not have that message: then nothing is said.
    if (farewell !== undefined) void this.#outlet.send(farewell as Out);
    this.#end({ code: closeCodeOf(error), text: error.message });
  }

  /** @internal */
  onReceived(chunk: Payload): void {
    this.#inlet.received(chunk);
  }

  /** @internal */
  room(): Uint8Array | undefined {
    return this.#inlet.room;
  }

  /** @internal */
  onDrained(): void {
    this.#outlet.drained();
  }

  /** @internal */
  onEnded(reason?: CloseReason): void {
    this.#endedBy ??= "remote";
    if (reason !== undefined) this.#reason ??= `${reason.code} ${reason.text}`.trim();
    this.#inlet.end();
  }

  /** @internal */
  onClosed(error?: Error): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#endedBy ??= "remote";
    this.#error ??= error;
    this.#deadline?.clear();
    this.#outlet.fail(this.#closedError());
    this.#inlet.end(this.#error);
    this.#closed?.resolve(this.#closeInfo());
    this.#onClosed?.(this);
  }

  #end(reason: CloseReason): void {
    this.#state = "closing";
    this.#endedBy ??= "local";
    if (reason.text !== "") this.#reason ??= reason.text;
    this.#outlet.flush();
    this.#deadline = this.#clock.after(this.#options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS, () => {
      this.#wire.destroy();
      this.onClosed();
    });
    this.#wire.end(reason);
    this.#inlet.discard(this.#error);
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

/** A transport that marks messages itself needs no framing of the protocol's. */
function decoderOf(wire: Wire, framing: Framing): FrameDecoder<Payload> {
  if (wire.kind === "payload") return new PayloadQueue(framing.maxBytes);
  return wire.framing?.decoder(framing.maxBytes) ?? framing.decoder();
}

function endState({ host, port, transport }: Endpoint): EndState {
  return {
    host,
    port,
    addressInteger: isIpv4(host) ? ipv4ToInteger(host) : undefined,
    portName: wellKnownPort(port, transport === "udp" ? "udp" : "tcp"),
  };
}
