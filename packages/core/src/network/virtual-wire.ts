// The two ends of one conversation inside this process, and the path between them. Knows nothing of messages.
import type { Endpoint, Transport } from "../address/endpoint.ts";
import type { Clock } from "../clock.ts";
import { ClosedError } from "../errors.ts";
import { joined } from "../framing/byte-output.ts";
import type { Payload } from "../framing/framing.ts";
import type { CloseReason, TransportTraits, WireEvents, WireState } from "../transports/wire.ts";
import type { Random } from "./random.ts";
import type { PathFaults } from "./virtual.ts";

// What one end may have unread at the other before its writer is told to wait, as a socket buffer would.
const WINDOW_BYTES = 256 * 1024;
const DATAGRAM_MAX_BYTES = 65_507;
// How long a sender waits until it sends a lost piece of a stream again, as a multiple of the delay (RFC 6298 has more to say).
const RETRANSMIT_DELAYS = 3;

function traitsOf(transport: Transport): TransportTraits {
  const datagrams = transport === "udp";
  const boundaries = transport !== "tcp" && transport !== "tls";
  return {
    name: transport,
    reliable: !datagrams,
    ordered: !datagrams,
    boundaries,
    maxMessageBytes: datagrams ? DATAGRAM_MAX_BYTES : Infinity,
  };
}

type Item = { payload: Payload; doubled?: true } | { end: CloseReason } | { reset: true };

/** Both ends of one conversation: the client's, the server's. */
export function virtualPair(
  client: Endpoint,
  server: Endpoint,
  faults: PathFaults,
  clock: Clock,
  random: Random,
): [VirtualWire, VirtualWire] {
  const ends: [VirtualWire, VirtualWire] = [
    new VirtualWire(client, server, faults, clock, random),
    new VirtualWire({ ...server }, client, faults, clock, random),
  ];
  ends[0].join(ends[1]);
  ends[1].join(ends[0]);
  return ends;
}

class VirtualWire {
  readonly kind: "stream" | "payload";
  readonly traits: TransportTraits;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #faults: PathFaults;
  readonly #clock: Clock;
  readonly #random: Random;
  #other!: VirtualWire;
  #events: WireEvents | undefined;
  /** Arrived and not yet handed over: paused, or not yet opened. */
  #waiting: Item[] = [];
  #paused = false;
  #state: "open" | "ended" | "closed" = "open";
  #remoteEnded = false;
  #gone: (() => void)[] = [];
  /** Sent and not yet handed over at the other end. */
  #underway = 0;
  #wasFull = false;
  /** When the path is free again, and when the last piece of a stream arrives: nothing overtakes it. */
  #freeAtMs = 0;
  #lastArrivalMs = 0;
  /** On their way, in the order of their sending: a stream keeps it. */
  readonly #inOrder: Item[] = [];
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(local: Endpoint, remote: Endpoint, faults: PathFaults, clock: Clock, random: Random) {
    this.traits = traitsOf(remote.transport);
    this.kind = this.traits.boundaries ? "payload" : "stream";
    this.local = local;
    this.remote = remote;
    this.#faults = faults;
    this.#clock = clock;
    this.#random = random;
  }

  join(other: VirtualWire): void {
    this.#other = other;
  }

  /** Calls `callback` once, when this end is gone. */
  onGone(callback: () => void): void {
    this.#gone.push(callback);
  }

  get queuedBytes(): number {
    return Math.max(0, this.#underway - WINDOW_BYTES);
  }

  open(events: WireEvents): void {
    this.#events = events;
    this.#clock.after(0, () => this.#handOver());
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#waiting.length > 0) this.#clock.after(0, () => this.#handOver());
  }

  write(parts: Uint8Array[]): void {
    // A copy: whoever wrote may use its buffers again, as with a real socket.
    const bytes = parts.length === 1 ? new Uint8Array(parts[0]!) : joined(parts);
    const { splitBytes = bytes.length } = this.#faults;
    for (let at = 0; at < bytes.length;) {
      const count = Math.min(bytes.length - at, 1 + Math.floor(this.#random() * splitBytes));
      const piece = splitBytes === bytes.length ? bytes : bytes.subarray(at, at + count);
      at += piece.length;
      this.#carry({ payload: piece }, piece.length);
    }
  }

  send(payload: Payload): void {
    this.#carry({ payload: typeof payload === "string" ? payload : new Uint8Array(payload) }, payload.length);
  }

  end(reason: CloseReason): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    if (this.traits.reliable) this.#carry({ end: reason }, 0);
    if (!this.traits.reliable || this.#remoteEnded) this.#close();
  }

  destroy(): void {
    if (this.#state === "closed") return;
    if (this.traits.reliable) this.#carry({ reset: true }, 0);
    this.#close();
  }

  inspect(): WireState {
    return { bytesIn: this.#bytesIn, bytesOut: this.#bytesOut };
  }

  #carry(item: Item, bytes: number): void {
    if (this.#state === "closed") return;
    const {
      delayMs = 0,
      jitterMs = 0,
      rateBytesPerSecond,
      loss = 0,
      duplicate = 0,
      reset = 0,
    } = this.#faults;
    this.#bytesOut += bytes;
    const nowMs = this.#clock.now();
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs);
    if (rateBytesPerSecond !== undefined) this.#freeAtMs += (bytes / rateBytesPerSecond) * 1000;
    const lost = loss > 0 && this.#random() < loss;
    let arrivalMs = this.#freeAtMs + delayMs + (jitterMs > 0 ? this.#random() * jitterMs : 0);
    if (this.traits.ordered) {
      if (lost) arrivalMs += RETRANSMIT_DELAYS * delayMs;
      arrivalMs = this.#lastArrivalMs = Math.max(arrivalMs, this.#lastArrivalMs);
      if (reset > 0 && "payload" in item && this.#random() < reset) {
        item = { reset: true };
        // As long again until this end hears of it.
        this.#clock.after(arrivalMs - nowMs + delayMs, () => this.#arrive({ reset: true }));
      }
    } else if (lost) return;
    this.#underway += bytes;
    if (this.queuedBytes > 0) this.#wasFull = true;
    if (this.traits.ordered) this.#inOrder.push(item);
    // A real clock's timers do not fire in the order of their times to the last: in a stream each hands over what is next.
    const arrive = (): void => this.#other.#arrive(this.traits.ordered ? this.#inOrder.shift()! : item);
    this.#clock.after(arrivalMs - nowMs, arrive);
    if (!this.traits.reliable && duplicate > 0 && "payload" in item && this.#random() < duplicate) {
      const again: Item = { payload: item.payload, doubled: true };
      this.#clock.after(arrivalMs - nowMs, () => this.#other.#arrive(again));
    }
  }

  #arrive(item: Item): void {
    // As UDP does: nobody can slow the sender, so what nobody reads is lost.
    const lost = this.#state === "closed" || (this.#paused && !this.traits.reliable);
    if (lost && "payload" in item) return this.#other.#landed(item);
    if (this.#state === "closed") return;
    this.#waiting.push(item);
    this.#handOver();
  }

  #handOver(): void {
    while (this.#events !== undefined && this.#waiting.length > 0 && this.#state !== "closed") {
      const item = this.#waiting[0]!;
      if (this.#paused && !("reset" in item)) return;
      this.#waiting.shift();
      if ("payload" in item) {
        this.#bytesIn += item.payload.length;
        this.#other.#landed(item);
        this.#events.onReceived(item.payload);
      } else if ("end" in item) {
        this.#remoteEnded = true;
        this.#events.onEnded(this.traits.boundaries ? item.end : undefined);
        if (this.#state === "ended") this.#close();
        // A transport with a closing handshake answers by itself.
        else if (this.traits.boundaries) this.end({ code: 1000, text: "" });
      } else this.#close(new ClosedError("reset", "the remote side broke the connection off (reset)"));
    }
  }

  #landed({ payload, doubled }: { payload: Payload; doubled?: true }): void {
    // Only the first of two was counted.
    if (doubled !== true) this.#underway -= payload.length;
    if (!this.#wasFull || this.queuedBytes > 0) return;
    this.#wasFull = false;
    this.#events?.onDrained();
  }

  #close(error?: Error): void {
    this.#state = "closed";
    for (const callback of this.#gone.splice(0)) callback();
    this.#clock.after(0, () => this.#events?.onClosed(error));
  }
}
