// Measures throughput: keeps a window of messages on their way, checks every byte that comes back. Knows no terminal.
import { ClosedError, ProtocolError, type Clock } from "@socketlab/core";
import type { EchoSocket } from "./inbox.ts";
import type { NumberedMessages } from "./messages.ts";
import { StreamReplies, WholeReplies } from "./replies.ts";

export interface FloodOptions {
  readonly durationMs: number;
  /** Messages on their way at a time. */
  readonly window: number;
  /** Over UDP: after so long without any reply, what is on its way counts as lost. */
  readonly lossAfterMs: number;
  /** How long the last replies may take. */
  readonly timeoutMs: number;
  readonly messages: NumberedMessages;
  readonly asText: boolean;
  readonly clock: Clock;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

export interface FloodResult {
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly elapsedMs: number;
  readonly messagesPerSecond: number;
  /** Of payload, in each direction. */
  readonly bytesPerSecond: number;
  /** What ended it before its time. */
  readonly error: Error | undefined;
}

/** Settles when the time is up and everything is back or given up. Never rejects. */
export function flood(socket: EchoSocket, options: FloodOptions): Promise<FloodResult> {
  return new Flood(socket, options).run();
}

class Flood {
  readonly #socket: EchoSocket;
  readonly #options: FloodOptions;
  readonly #reader: StreamReplies | WholeReplies;
  /** On their way; kept by number only where one may be lost or doubled. */
  readonly #onTheirWay = new Set<number>();
  #inFlight = 0;
  #sent = 0;
  #received = 0;
  #duplicates = 0;
  #lastReplyMs = 0;
  #sending = true;
  #room: (() => void) | undefined;
  #error: Error | undefined;

  constructor(socket: EchoSocket, options: FloodOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#reader = new (socket.transport.boundaries ? WholeReplies : StreamReplies)(options.messages);
  }

  async run(): Promise<FloodResult> {
    const { clock, durationMs, nowMs, signal, timeoutMs, lossAfterMs, messages } = this.#options;
    const begunMs = (this.#lastReplyMs = nowMs());
    const stop = (): void => {
      this.#sending = false;
      this.#proceed();
    };
    const end = clock.after(durationMs, stop);
    signal.addEventListener("abort", stop);
    void this.#receive();
    await this.#send();
    end.clear();
    signal.removeEventListener("abort", stop);
    const patienceMs = this.#socket.transport.reliable ? timeoutMs : lossAfterMs;
    while (
      this.#inFlight > 0 &&
      this.#error === undefined &&
      !signal.aborted &&
      (await this.#replyWithin(patienceMs))
    );
    if (
      this.#error === undefined &&
      this.#socket.transport.reliable &&
      this.#inFlight > 0 &&
      !signal.aborted
    ) {
      this.#error = new ClosedError(
        "no-reply",
        `${this.#inFlight} messages did not come back within ${timeoutMs} ms (--timeout)`,
      );
    }
    const elapsedMs = Math.max(this.#lastReplyMs - begunMs, 1e-3);
    return {
      sent: this.#sent,
      received: this.#received,
      lost: this.#sent - this.#received,
      duplicates: this.#duplicates,
      elapsedMs,
      messagesPerSecond: (this.#received / elapsedMs) * 1000,
      bytesPerSecond: ((this.#received * messages.sizeBytes) / elapsedMs) * 1000,
      error: this.#error,
    };
  }

  async #send(): Promise<void> {
    const { window, messages, asText, lossAfterMs } = this.#options;
    const { reliable } = this.#socket.transport;
    while (this.#sending) {
      while (this.#inFlight >= window && this.#sending) {
        const progress = await this.#replyWithin(reliable ? this.#options.timeoutMs : lossAfterMs);
        if (progress || !this.#sending) continue;
        if (reliable) return;
        this.#onTheirWay.clear();
        this.#inFlight = 0;
      }
      if (!this.#sending) return;
      const seq = ++this.#sent;
      this.#inFlight++;
      if (!reliable) this.#onTheirWay.add(seq);
      const message = messages.make(seq);
      try {
        await this.#socket.send(asText ? message.toString() : message);
      } catch (error) {
        return this.#fail(error as Error);
      }
    }
  }

  /** Whether a reply came, or there is nothing more to wait for. */
  async #replyWithin(ms: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = this.#options.clock.after(ms, () => resolve(false));
    this.#room = () => resolve(true);
    const came = await promise;
    timer.clear();
    return came;
  }

  async #receive(): Promise<void> {
    const { nowMs } = this.#options;
    const { reliable } = this.#socket.transport;
    try {
      for await (const payload of this.#socket) {
        const { replies, wrong } = this.#reader.arrived(payload, this.#sent);
        if (reliable) {
          this.#received += replies.length;
          this.#inFlight -= replies.length;
        } else for (const { seq } of replies) this.#takeDatagram(seq);
        this.#lastReplyMs = nowMs();
        if (wrong !== undefined)
          return this.#fail(new ProtocolError("not-an-echo", `this is no echo server: ${wrong}`));
        this.#proceed();
      }
      this.#fail(new ClosedError("ended-early", "the server ended the conversation"));
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #takeDatagram(seq: number): void {
    // What comes twice, and what comes after it was given up, is one too many: it tells nothing of the throughput.
    if (!this.#onTheirWay.delete(seq)) {
      this.#duplicates++;
      return;
    }
    this.#received++;
    this.#inFlight--;
  }

  #proceed(): void {
    this.#room?.();
    this.#room = undefined;
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#sending = false;
    this.#proceed();
  }
}
