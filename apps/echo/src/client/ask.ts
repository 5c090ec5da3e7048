// One message there and back. Knows no terminal.
import { ClosedError, ProtocolError, TimeoutError, type Payload } from "@socketlab/core";
import { formatDuration } from "@socketlab/core/terminal";
import { bytesOf, differenceAt, differenceOf } from "./difference.ts";
import type { EchoSocket, Inbox } from "./inbox.ts";

export interface Answer {
  /** What came back, in the pieces in which it came: a byte stream keeps no boundaries. */
  readonly pieces: readonly Payload[];
  readonly roundTripMs: number;
}

/**
 * Sends `message` and waits until it is back.
 *
 * @throws TimeoutError `no-reply`; ClosedError `ended-early`; ProtocolError `not-an-echo`: something else came back.
 */
export async function ask(
  socket: EchoSocket,
  inbox: Inbox,
  message: Payload,
  timeoutMs: number,
): Promise<Answer> {
  const begunMs = performance.now();
  await socket.send(message);
  const { boundaries, reliable } = socket.transport;
  const sent = bytesOf(message);
  const pieces: Payload[] = [];
  let back = 0;
  let strange: string | undefined;
  // A byte stream brings nothing for nothing, a transport with boundaries brings an empty message.
  while (boundaries ? pieces.length === 0 : back < sent.length) {
    const arrival = await inbox.next(begunMs + timeoutMs - performance.now());
    if (arrival === "timed-out") {
      if (strange !== undefined) throw notAnEcho(strange);
      throw new TimeoutError("no-reply", noReply(timeoutMs, back, sent.length, reliable));
    }
    if (arrival === "ended") {
      throw new ClosedError(
        "ended-early",
        `the server ended the conversation after ${back} of ${sent.length} bytes had come back`,
      );
    }
    const piece = arrival.message;
    const difference = boundaries ? differenceOf(message, piece) : differenceAt(sent, bytesOf(piece), back);
    if (difference === undefined) {
      pieces.push(piece);
      back += bytesOf(piece).length;
    } else if (reliable) throw notAnEcho(difference);
    // A datagram may be the late answer to an earlier question: wait for ours.
    else strange = difference;
  }
  return { pieces, roundTripMs: performance.now() - begunMs };
}

function notAnEcho(difference: string): ProtocolError {
  return new ProtocolError("not-an-echo", `what came back is not what was sent: ${difference}`);
}

function noReply(timeoutMs: number, back: number, of: number, reliable: boolean): string {
  const within = `within ${formatDuration(timeoutMs)} (--timeout)`;
  if (back > 0) return `only ${back} of ${of} bytes came back ${within}`;
  return `no reply ${within}${reliable ? "" : "; a datagram may be lost, or nobody listens there"}`;
}
