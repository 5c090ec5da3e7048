// A wire over the platform's own WebSocket, as browsers (and Node.js) have it. Knows nothing of messages, imports no `node:`.
import { formatEndpoint, type Endpoint } from "../address/endpoint.ts";
import type { Clock, Timer } from "../clock.ts";
import { ClosedError, LimitError, TimeoutError, UsageError } from "../errors.ts";
import { utf8Length } from "../framing/byte-output.ts";
import type { Payload } from "../framing/framing.ts";
import type { DialOptions } from "./network.ts";
import type { CloseReason, PayloadWire, TransportTraits, Wire, WireEvents, WireState } from "./wire.ts";

const CONNECT_TIMEOUT_MS = 10_000;
// A platform's WebSocket says when it has sent only to those who ask again.
const POLL_MS = 5;
// From this much unsent a door waits (see Wire.onDrained).
const HIGH_WATER_BYTES = 64 * 1024;
// It cannot be paused: what the application does not read piles up here, and this is where it ends.
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;
const LONGEST_REASON_BYTES = 123;

/** Opens a WebSocket. @throws ClosedError, TimeoutError, UsageError as {@link Network.dial}; a platform does not say why. */
export async function dialBrowserWebSocket(
  endpoint: Endpoint,
  options: DialOptions,
  clock: Clock,
): Promise<Wire> {
  const url = formatEndpoint(endpoint);
  if (endpoint.transport !== "ws" && endpoint.transport !== "wss") {
    throw new UsageError("bad-endpoint", `${url}: a browser reaches only ws:// and wss:// endpoints`);
  }
  const { signal, connectTimeoutMs = CONNECT_TIMEOUT_MS, subprotocol } = options;
  const aborted = (): ClosedError =>
    new ClosedError("aborted", `connecting to ${url} was aborted`, { cause: signal?.reason });
  if (signal?.aborted) throw aborted();
  const socket = new WebSocket(url, subprotocol === undefined ? [] : [subprotocol]);
  socket.binaryType = "arraybuffer";
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const settled = new AbortController();
  const once = { signal: settled.signal };
  const abort = (): void => reject(aborted());
  signal?.addEventListener("abort", abort, once);
  const deadline = clock.after(connectTimeoutMs, () => {
    reject(new TimeoutError("timed-out", `no answer came from ${url} within ${connectTimeoutMs} ms`));
  });
  socket.addEventListener("open", () => resolve(), once);
  const refuse = (): void => {
    const why =
      "no WebSocket answers; the server is down, or does not serve this page (a browser does not say which)";
    reject(new ClosedError("refused", `cannot connect to ${url}: ${why}`));
  };
  socket.addEventListener("close", refuse, once);
  try {
    await promise;
    return new BrowserWebSocketWire(socket, endpoint, clock);
  } catch (error) {
    socket.close();
    throw error;
  } finally {
    deadline.clear();
    settled.abort();
  }
}

class BrowserWebSocketWire implements PayloadWire {
  readonly kind = "payload";
  readonly traits: TransportTraits;
  /** A page cannot see its own address and port; the server can. */
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  #events!: WireEvents;
  /** What came while paused. */
  #unread: Payload[] = [];
  #unreadBytes = 0;
  #paused = false;
  #scheduled = false;
  #bytesIn = 0;
  #bytesOut = 0;
  #poll: Timer | undefined;
  #over = false;

  constructor(socket: WebSocket, remote: Endpoint, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.remote = remote;
    this.local = { transport: remote.transport, host: "", port: 0, path: "" };
    const name = remote.transport as "ws" | "wss";
    this.traits = { name, reliable: true, ordered: true, boundaries: true, maxMessageBytes: Infinity };
  }

  open(events: WireEvents): void {
    this.#events = events;
    this.#socket.addEventListener("message", ({ data }) => this.#received(data as string | ArrayBuffer));
    this.#socket.addEventListener("close", (event) => this.#closed(event));
    // It may have ended between the handshake and now.
    if (this.#socket.readyState === WebSocket.CLOSED) queueMicrotask(() => this.#finish(this.#broken(1006)));
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#unread.length === 0 || this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#deliver(() => this.#paused);
    });
  }

  get queuedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(payload: Payload): void {
    this.#bytesOut += bytesOf(payload);
    // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- with the types of a browser it is necessary
    this.#socket.send(payload as string | Uint8Array<ArrayBuffer>);
    if (this.queuedBytes >= HIGH_WATER_BYTES) this.#pollDrained();
  }

  end({ code, text }: CloseReason): void {
    this.#socket.close(codeFor(code), shortened(text));
  }

  destroy(): void {
    // A browser has no harder way; what still arrives is ignored.
    this.#finish();
    this.#socket.close();
  }

  inspect(): WireState {
    return { bytesIn: this.#bytesIn, bytesOut: this.#bytesOut };
  }

  #received(data: string | ArrayBuffer): void {
    if (this.#over) return;
    const payload = typeof data === "string" ? data : new Uint8Array(data);
    this.#bytesIn += bytesOf(payload);
    this.#checkDrained();
    if (!this.#paused) return this.#events.onReceived(payload);
    this.#unread.push(payload);
    this.#unreadBytes += payload.length;
    if (this.#unreadBytes <= MAX_UNREAD_BYTES) return;
    const sentence = `the application does not read: ${this.#unreadBytes} bytes wait for it, and at most ${MAX_UNREAD_BYTES} may`;
    this.#socket.close(codeFor(1008), "the page does not read");
    this.#finish(new LimitError("receive-queue-full", sentence));
  }

  #closed({ wasClean, code, reason }: CloseEvent): void {
    if (this.#over) return;
    // There is nothing left to slow down: what came before the end is handed over, and then the end.
    this.#deliver(() => false);
    if (!wasClean) return this.#finish(this.#broken(code));
    this.#events.onEnded({ code, text: reason });
    this.#finish();
  }

  #broken(code: number): ClosedError {
    return new ClosedError(
      "reset",
      `conversation with ${formatEndpoint(this.remote)}: it broke off (${code}); a browser does not say why`,
    );
  }

  #deliver(stop: () => boolean): void {
    while (this.#unread.length > 0 && !stop() && !this.#over) {
      const payload = this.#unread.shift()!;
      this.#unreadBytes -= payload.length;
      this.#events.onReceived(payload);
    }
  }

  #finish(error?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#poll?.clear();
    this.#unread = [];
    this.#events.onClosed(error);
  }

  #pollDrained(): void {
    this.#poll ??= this.#clock.after(POLL_MS, () => {
      if (this.#checkDrained()) return;
      this.#poll = undefined;
      this.#pollDrained();
    });
  }

  /** Whether somebody waited for room, and there is some now. */
  #checkDrained(): boolean {
    // Not only when there is nothing left: the line should not fall silent between two questions.
    if (this.#poll === undefined || this.queuedBytes >= HIGH_WATER_BYTES / 2) return false;
    this.#poll.clear();
    this.#poll = undefined;
    this.#events.onDrained();
    return true;
  }
}

function bytesOf(payload: Payload): number {
  return typeof payload === "string" ? utf8Length(payload) : payload.length;
}

/** A page may say 1000 or one of 3000–4999: the codes of the standard are told as 4002 for 1002, and so on. */
function codeFor(code: number): number {
  return code === 1000 ? code : 3000 + code;
}

function shortened(text: string): string {
  const bytes = new Uint8Array(LONGEST_REASON_BYTES);
  const { read } = new TextEncoder().encodeInto(text, bytes);
  return text.slice(0, read);
}
