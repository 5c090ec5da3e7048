// A wire over one of Node.js's stream sockets, plain or TLS. Knows nothing of how it was connected, nor of messages.
import type { Socket } from "node:net";
import type { Endpoint } from "../address/endpoint.ts";
import { DirectRead } from "./direct-read.ts";
import { inspectStream } from "./os/inspect-stream.ts";
import { translate } from "./system-errors.ts";
import type { StreamWire, TransportTraits, WireEvents, WireState } from "./wire.ts";

// The listeners are shared functions that find their wire on the socket: an idle connection costs no closures.
const wireOf: unique symbol = Symbol("wire");

interface WiredSocket extends Socket {
  [wireOf]?: NetWire;
}

function onData(this: WiredSocket, chunk: Buffer): void {
  this[wireOf]?.events.onReceived(chunk);
}
function onEnd(this: WiredSocket): void {
  this[wireOf]?.events.onEnded();
}
function onDrain(this: WiredSocket): void {
  this[wireOf]?.drained();
}
function onError(this: WiredSocket, error: Error): void {
  this[wireOf]?.failed(error);
}
function onClose(this: WiredSocket): void {
  this[wireOf]?.gone();
}

export class NetWire implements StreamWire {
  readonly kind = "stream";
  readonly traits: TransportTraits;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #socket: WiredSocket;
  events!: WireEvents;
  #error: Error | undefined;
  #awaitsDrain = false;
  /** How it reads, if not by "data" events. */
  readonly #reading: DirectRead | undefined;

  /** @param socket connected, made with `allowHalfOpen: true`. If it is plain, its connection goes on in another object. */
  constructor(socket: Socket, traits: TransportTraits, local: Endpoint, remote: Endpoint) {
    // What arrives over TLS is decrypted into a place of Node.js's choice.
    this.#reading = traits.name === "tcp" || traits.name === "ws" ? DirectRead.takeOver(socket) : undefined;
    this.#socket = this.#reading?.socket ?? socket;
    this.traits = traits;
    this.local = local;
    this.remote = remote;
    this.#socket[wireOf] = this;
    this.#socket.on("error", onError);
    this.#socket.on("close", onClose);
  }

  open(events: WireEvents): void {
    this.events = events;
    const socket = this.#socket;
    socket.on("end", onEnd);
    if (this.#reading === undefined) socket.on("data", onData);
    else this.#reading.begin(events);
    // It may have broken between the handshake and now.
    if (socket.destroyed) queueMicrotask(() => this.gone());
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  write(parts: Uint8Array[]): void {
    const socket = this.#socket;
    let hasRoom: boolean;
    if (parts.length === 1) hasRoom = socket.write(parts[0]!);
    else {
      // Corked writes leave as one writev(2).
      socket.cork();
      hasRoom = parts.map((part) => socket.write(part)).every(Boolean);
      socket.uncork();
    }
    if (hasRoom || this.#awaitsDrain) return;
    this.#awaitsDrain = true;
    socket.once("drain", onDrain);
  }

  /** @internal */
  drained(): void {
    this.#awaitsDrain = false;
    this.events.onDrained();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    const socket = this.#socket;
    const isTls = this.traits.name === "tls" || this.traits.name === "wss";
    // While our FIN is being sent a reset is refused (EINVAL), and Node.js would then keep the socket for ever.
    const hasSaidAll = socket.writableEnded && socket.writableLength === 0;
    // Unsent or unread data makes a reset the truth; the remote side must not take it for an orderly end.
    if (isTls || hasSaidAll) socket.destroy();
    else socket.resetAndDestroy();
  }

  inspect(): WireState {
    const socket = this.#socket;
    return { bytesIn: socket.bytesRead, bytesOut: socket.bytesWritten, ...inspectStream(socket) };
  }

  /** @internal */
  failed(error: Error): void {
    this.#error = translate(error, "conversation with", this.remote);
  }

  /** @internal */
  gone(): void {
    const { events } = this as { events: WireEvents | undefined };
    events?.onClosed(this.#error);
  }
}
