// A wire that speaks WebSocket frames over a stream wire: messages' boundaries, pings, and the closing handshake.
import { randomFillSync } from "node:crypto";
import { ProtocolError, TimeoutError } from "../errors.ts";
import {
  endedWithoutClose,
  Opcode,
  WebSocketDecoder,
  WebSocketEncoder,
  type ControlHandler,
} from "../framing/websocket.ts";
import type { FrameDecoder, FrameEncoder } from "../framing/framing.ts";
import type { Endpoint } from "../address/endpoint.ts";
import type { CloseReason, StreamWire, TransportTraits, WireEvents, WireFraming, WireState } from "./wire.ts";
import type { Beating, Heartbeats } from "./heartbeats.ts";

// An answer to each ping is not owed (RFC 6455 §5.5.3): who does not read gets none.
const PONG_BELOW_BYTES = 64 * 1024;
const LONGEST_REASON_BYTES = 123;

// Keys are drawn from a pool: one system call for many.
const pool = new Uint8Array(4096);
let poolAt = pool.length;

function nextMask(): Uint8Array {
  if (poolAt === pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  poolAt += 4;
  return pool.subarray(poolAt - 4, poolAt);
}

// Without masks an encoder has no state, so all servers' wires share one, and with it what was framed once.
const serverEncoder = new WebSocketEncoder();

export class WebSocketWire implements StreamWire, WireEvents, WireFraming, ControlHandler, Beating {
  readonly kind = "stream";
  readonly traits: TransportTraits;
  readonly #stream: StreamWire;
  readonly #role: "client" | "server";
  readonly #encoder: WebSocketEncoder;
  readonly #heartbeats: Heartbeats | undefined;
  #events!: WireEvents;
  #heard = true;
  #paused = false;
  #closeSent = false;
  #closeReceived = false;
  #error: Error | undefined;

  constructor(
    stream: StreamWire,
    traits: TransportTraits,
    role: "client" | "server",
    heartbeats?: Heartbeats,
  ) {
    this.#stream = stream;
    this.traits = traits;
    this.#role = role;
    this.#heartbeats = heartbeats;
    this.#encoder = role === "client" ? new WebSocketEncoder(nextMask) : serverEncoder;
  }

  get local(): Endpoint {
    return this.#stream.local;
  }

  get remote(): Endpoint {
    return this.#stream.remote;
  }

  get queuedBytes(): number {
    return this.#stream.queuedBytes;
  }

  get framing(): WireFraming {
    return this;
  }

  encoder(): FrameEncoder {
    return this.#encoder;
  }

  decoder(maxBytes: number): FrameDecoder {
    return new WebSocketDecoder(this.#role === "server", maxBytes, this);
  }

  open(events: WireEvents): void {
    this.#events = events;
    this.#stream.open(this);
    this.#heartbeats?.add(this);
  }

  write(parts: Uint8Array[]): void {
    if (!this.#closeSent) this.#stream.write(parts);
  }

  pause(): void {
    this.#paused = true;
    this.#stream.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#heard = true;
    this.#stream.resume();
  }

  end({ code, text }: CloseReason): void {
    this.#sendClose(code, text);
    // Who broke the rules may never answer: then the connection is failed at once (RFC 6455 §7.1.7).
    if (this.#closeReceived || code !== 1000) this.#stream.end({ code, text });
  }

  destroy(): void {
    this.#stream.destroy();
  }

  inspect(): WireState {
    return this.#stream.inspect();
  }

  /** @internal */
  beat(periodMs: number): void {
    // While we do not read, we cannot hear: silence is then our own doing.
    if (!this.#heard && !this.#paused) {
      const sentence = `nothing was heard for ${periodMs} ms, not even an answer to a ping`;
      this.#error = new TimeoutError("heartbeat", sentence);
      return this.#stream.destroy();
    }
    this.#heard = false;
    if (!this.#closeSent) this.#stream.write([this.#encoder.control(Opcode.ping, new Uint8Array(0))]);
  }

  /** @internal */
  onReceived(chunk: Uint8Array): void {
    this.#heard = true;
    this.#events.onReceived(chunk);
  }

  /** @internal */
  onDrained(): void {
    this.#events.onDrained();
  }

  /** @internal */
  onEnded(): void {
    // Without a closing handshake there is nothing to wait for. A Close may still be unread: the decoder knows.
    this.#events.onEnded();
    this.#stream.end({ code: 1006, text: "" });
  }

  /** @internal */
  onClosed(error?: Error): void {
    this.#heartbeats?.delete(this);
    // Who has said goodbye may hang up rudely.
    this.#events.onClosed(this.#error ?? (this.#closeReceived ? undefined : (error ?? endedWithoutClose())));
  }

  /** @internal */
  onControl(opcode: 8 | 9 | 10, payload: Uint8Array): void {
    if (opcode === Opcode.ping && !this.#closeSent && this.queuedBytes < PONG_BELOW_BYTES) {
      this.#stream.write([this.#encoder.control(Opcode.pong, payload)]);
    }
    if (opcode !== Opcode.close) return;
    const reason = readCloseReason(payload);
    this.#closeReceived = true;
    // Our answer repeats the code (RFC 6455 §5.5.1); 1005 stands for none.
    this.#sendClose(reason.code === 1005 ? 1000 : reason.code, "");
    this.#stream.end(reason);
    this.#events.onEnded(reason);
  }

  #sendClose(code: number, text: string): void {
    if (this.#closeSent) return;
    const payload = new Uint8Array(2 + LONGEST_REASON_BYTES);
    const { written } = new TextEncoder().encodeInto(text, payload.subarray(2));
    payload[0] = code >> 8;
    payload[1] = code;
    this.#stream.write([this.#encoder.control(Opcode.close, payload.subarray(0, 2 + written))]);
    this.#closeSent = true;
  }
}

/** The code and the reason of a Close frame (RFC 6455 §5.5.1). @throws ProtocolError when it has half a code or a forbidden one. */
function readCloseReason(payload: Uint8Array): CloseReason {
  if (payload.length === 0) return { code: 1005, text: "" };
  const code = payload[0]! * 256 + (payload[1] ?? 0);
  const allowed =
    (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);
  if (payload.length === 1 || !allowed)
    throw new ProtocolError("bad-frame", "a Close frame with an invalid code (§7.4)");
  try {
    return { code, text: new TextDecoder("utf-8", { fatal: true }).decode(payload.subarray(2)) };
  } catch (cause) {
    throw new ProtocolError("invalid-utf8", "the reason in a Close frame is not valid UTF-8 (§5.5.1)", {
      cause,
    });
  }
}
