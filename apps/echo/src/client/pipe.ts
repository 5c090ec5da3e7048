// Standard input to the server, what comes back to standard output, byte for byte. Knows nothing of how it is drawn.
import type { Readable, Writable } from "node:stream";
import { ClosedError, ProtocolError, TimeoutError, type Payload } from "@socketlab/core";
import { formatDuration, writeAll } from "@socketlab/core/terminal";
import { ask } from "./ask.ts";
import { messagesOf } from "./cut-input.ts";
import { bytesOf, differenceAt, differenceOf } from "./difference.ts";
import type { EchoSocket, Inbox } from "./inbox.ts";

// As much may be on its way: more than a fast local network holds, and little to keep for the comparison.
const WINDOW_BYTES = 256 * 1024;
// Binary input over a transport with boundaries is cut into messages of this size; a datagram this long is not
// fragmented on an Ethernet.
const PIECE_BYTES = { datagram: 1200, message: 16 * 1024 } as const;

export interface PipeOptions {
  readonly binary: boolean;
  readonly timeoutMs: number;
  readonly maxMessageBytes: number;
  /** A datagram that did not come back, or not as it was sent. */
  readonly onLost: (error: Error, message: number) => void;
}

export interface PipeResult {
  readonly messages: number;
  readonly lost: number;
}

/** Ends when everything that was sent has come back. @throws what `ask` throws, for transports that lose nothing. */
export async function pipe(
  input: Readable,
  output: Writable,
  socket: EchoSocket,
  inbox: Inbox,
  options: PipeOptions,
): Promise<PipeResult> {
  const { boundaries, reliable } = socket.transport;
  if (!reliable) return pipeDatagrams(input, output, socket, inbox, options);
  return pipeWindowed(
    boundaries ? messagesOf(input, PIECE_BYTES.message, options) : input,
    output,
    socket,
    inbox,
    options,
  );
}

/** One at a time: over a transport that loses and reorders, the next one waits for this one. */
async function pipeDatagrams(
  input: Readable,
  output: Writable,
  socket: EchoSocket,
  inbox: Inbox,
  options: PipeOptions,
): Promise<PipeResult> {
  let messages = 0;
  let lost = 0;
  for await (const message of messagesOf(input, PIECE_BYTES.datagram, options)) {
    messages++;
    try {
      const { pieces } = await ask(socket, inbox, message, options.timeoutMs);
      for (const piece of pieces) await writeAll(output, piece);
    } catch (error) {
      const oneOnly = error instanceof TimeoutError || error instanceof ProtocolError;
      if (!oneOnly) throw error;
      lost++;
      options.onLost(error, messages);
    }
  }
  return { messages, lost };
}

/** Sends on while earlier pieces are on their way. */
async function pipeWindowed(
  input: AsyncIterable<Payload>,
  output: Writable,
  socket: EchoSocket,
  inbox: Inbox,
  { timeoutMs }: PipeOptions,
): Promise<PipeResult> {
  const onTheirWay: Payload[] = [];
  const more = new Signal();
  let waitingBytes = 0;
  let messages = 0;
  let inputEnded = false;

  const send = async (): Promise<void> => {
    for await (const payload of input) {
      if (payload.length === 0) continue;
      messages++;
      waitingBytes += bytesOf(payload).length;
      onTheirWay.push(payload);
      more.set();
      await socket.send(payload);
      while (waitingBytes > WINDOW_BYTES) await more.wait();
    }
    inputEnded = true;
    more.set();
  };

  const receive = async (): Promise<void> => {
    let at = 0;
    while (!inputEnded || onTheirWay.length > 0) {
      // While nothing is on its way there is nothing to wait for but more input, or the server's end.
      const arrival = await (onTheirWay.length > 0
        ? inbox.next(timeoutMs)
        : Promise.race([more.wait(), inbox.next(timeoutMs)]));
      if (arrival === undefined || (arrival === "timed-out" && onTheirWay.length === 0)) continue;
      if (arrival === "timed-out") {
        throw new TimeoutError(
          "no-reply",
          `${waitingBytes} bytes did not come back within ${formatDuration(timeoutMs)} (--timeout)`,
        );
      }
      if (arrival === "ended") {
        throw new ClosedError(
          "ended-early",
          `the server ended the conversation; ${waitingBytes} bytes had not come back`,
        );
      }
      const piece = bytesOf(arrival.message);
      let from = 0;
      while (from < piece.length || onTheirWay[0]?.length === 0) {
        const expected = onTheirWay[0];
        if (expected === undefined)
          throw notAnEcho(`${piece.length - from} bytes more came back than were sent`);
        const length = bytesOf(expected).length;
        const part = piece.subarray(from, from + length - at);
        const difference = socket.transport.boundaries
          ? differenceOf(expected, arrival.message)
          : differenceAt(bytesOf(expected), part, at);
        if (difference !== undefined) throw notAnEcho(difference);
        from += part.length;
        at += part.length;
        waitingBytes -= part.length;
        if (at === length) {
          onTheirWay.shift();
          at = 0;
        }
      }
      await writeAll(output, piece);
      more.set();
    }
  };
  const sending = send();
  // Whichever fails first is the reason.
  await Promise.all([sending, receive()]);
  return { messages, lost: 0 };
}

function notAnEcho(difference: string): ProtocolError {
  return new ProtocolError("not-an-echo", `what came back is not what was sent: ${difference}`);
}

/** Wakes who waits. */
class Signal {
  #waiting: PromiseWithResolvers<undefined> | undefined;

  wait(): Promise<undefined> {
    this.#waiting ??= Promise.withResolvers();
    return this.#waiting.promise;
  }

  set(): void {
    this.#waiting?.resolve(undefined);
    this.#waiting = undefined;
  }
}
