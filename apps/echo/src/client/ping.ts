// Sends a message at a time and watches what comes back, as ping(8) does: late, twice, out of order, or never.
// Time is handed in. Knows no terminal.
import { ProtocolError, type Clock, type Timer } from "@socketlab/core";
import { summarize, type Summary } from "@socketlab/core/terminal";
import type { EchoSocket } from "./inbox.ts";
import type { NumberedMessages } from "./messages.ts";
import { StreamReplies, WholeReplies, type Reply } from "./replies.ts";

export interface PingOptions {
  /** Infinity: until the signal. */
  readonly count: number;
  readonly intervalMs: number;
  /** Without a reply for so long a message counts as lost. */
  readonly timeoutMs: number;
  readonly messages: NumberedMessages;
  /** Over WebSocket: as text messages. */
  readonly asText: boolean;
  readonly clock: Clock;
  /** Milliseconds of any origin, as fine as they come. */
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  readonly report: (event: PingEvent) => void;
}

export type PingEvent =
  | (Reply & {
      readonly kind: "reply" | "duplicate" | "late";
      readonly roundTripMs: number;
      readonly reordered: boolean;
    })
  | { readonly kind: "lost"; readonly seq: number }
  | { readonly kind: "wrong"; readonly what: string };

export interface PingResult {
  readonly sent: number;
  /** In time. */
  readonly received: number;
  readonly lost: number;
  readonly late: number;
  readonly duplicates: number;
  /** Overtaken by a reply to a message that was sent later. */
  readonly reordered: number;
  /** Replies in more than one piece. */
  readonly inPieces: number;
  /** Messages that are not what was sent. */
  readonly wrong: number;
  readonly elapsedMs: number;
  readonly roundTripMs: Summary | undefined;
  /** What ended it before its time. */
  readonly error: Error | undefined;
}

/** Settles when every message has come back or is given up, at the signal, or when the conversation breaks. Never rejects. */
export async function ping(socket: EchoSocket, options: PingOptions): Promise<PingResult> {
  return new Ping(socket, options).run();
}

class Ping {
  readonly #socket: EchoSocket;
  readonly #options: PingOptions;
  readonly #reader: StreamReplies | WholeReplies;
  /** When each message was sent, and what gives it up; one that has been received or given up has no timer. */
  readonly #sentAt = new Map<number, { atMs: number; timer: Timer | undefined }>();
  readonly #roundTrips: number[] = [];
  readonly #over = Promise.withResolvers<void>();
  readonly #received = new Set<number>();
  #next: Timer | undefined;
  #sent = 0;
  #waiting = 0;
  #highest = 0;
  #counts = { lost: 0, late: 0, duplicates: 0, reordered: 0, inPieces: 0, wrong: 0 };
  #error: Error | undefined;

  constructor(socket: EchoSocket, options: PingOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#reader = new (socket.transport.boundaries ? WholeReplies : StreamReplies)(options.messages);
  }

  async run(): Promise<PingResult> {
    const { nowMs, signal } = this.#options;
    const begunMs = nowMs();
    const stop = (): void => this.#over.resolve();
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    else void this.#send();
    void this.#receive();
    await this.#over.promise;
    signal.removeEventListener("abort", stop);
    this.#next?.clear();
    for (const { timer } of this.#sentAt.values()) timer?.clear();
    // What was still on its way when it was broken off is neither received nor lost, as with ping.
    const sent = this.#sent - this.#waiting;
    return {
      ...this.#counts,
      sent,
      received: this.#roundTrips.length,
      elapsedMs: nowMs() - begunMs,
      roundTripMs: summarize(this.#roundTrips),
      error: this.#error,
    };
  }

  async #send(): Promise<void> {
    const { clock, count, intervalMs, timeoutMs, messages, asText, nowMs } = this.#options;
    const seq = ++this.#sent;
    const message = messages.make(seq);
    this.#waiting++;
    this.#sentAt.set(seq, { atMs: nowMs(), timer: clock.after(timeoutMs, () => this.#giveUp(seq)) });
    if (seq < count) this.#next = clock.after(intervalMs, () => void this.#send());
    try {
      await this.#socket.send(asText ? message.toString() : message);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  async #receive(): Promise<void> {
    try {
      for await (const payload of this.#socket) {
        const { replies, wrong } = this.#reader.arrived(payload, this.#sent);
        for (const reply of replies) this.#take(reply);
        if (wrong === undefined) continue;
        this.#counts.wrong++;
        this.#options.report({ kind: "wrong", what: wrong });
        // A stream that is out of step stays so.
        if (this.#socket.transport.reliable)
          return this.#fail(new ProtocolError("not-an-echo", `this is no echo server: ${wrong}`));
      }
      this.#fail(new ProtocolError("ended-early", "the server ended the conversation"));
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #take(reply: Reply): void {
    const { report, nowMs } = this.#options;
    const sent = this.#sentAt.get(reply.seq)!;
    const roundTripMs = nowMs() - sent.atMs;
    const duplicate = this.#received.has(reply.seq);
    const late = !duplicate && sent.timer === undefined;
    const reordered = !duplicate && reply.seq < this.#highest;
    this.#received.add(reply.seq);
    this.#highest = Math.max(this.#highest, reply.seq);
    if (duplicate) this.#counts.duplicates++;
    if (late) this.#counts.late++;
    if (reordered) this.#counts.reordered++;
    if (reply.pieces > 1) this.#counts.inPieces++;
    report({ ...reply, kind: duplicate ? "duplicate" : late ? "late" : "reply", roundTripMs, reordered });
    if (duplicate || late) return;
    this.#roundTrips.push(roundTripMs);
    this.#settled(sent);
  }

  #giveUp(seq: number): void {
    this.#counts.lost++;
    this.#options.report({ kind: "lost", seq });
    this.#settled(this.#sentAt.get(seq)!);
  }

  #settled(sent: { timer: Timer | undefined }): void {
    sent.timer?.clear();
    sent.timer = undefined;
    this.#waiting--;
    if (this.#waiting === 0 && this.#sent >= this.#options.count) this.#over.resolve();
  }

  #fail(error: Error): void {
    this.#error ??= error;
    // What has not come back will not any more.
    if (!this.#options.signal.aborted) {
      this.#counts.lost += this.#waiting;
      this.#waiting = 0;
    }
    this.#over.resolve();
  }
}
