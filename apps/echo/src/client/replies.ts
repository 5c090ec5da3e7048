// Finds in what arrives the messages that were sent, whole or in pieces, and checks them byte by byte. No I/O, no clock.
import type { Payload } from "@socketlab/core";
import { bytesOf, differenceAt, differenceOf } from "./difference.ts";
import type { NumberedMessages } from "./messages.ts";

export interface Reply {
  readonly seq: number;
  readonly bytes: number;
  /** In how many pieces it came; more than one only over a byte stream. */
  readonly pieces: number;
}

/** What was found; `wrong` says why the rest is not an echo. */
export interface Found {
  readonly replies: readonly Reply[];
  readonly wrong?: string;
}

export interface ReplyReader {
  /** @param sent how many messages have been sent so far, numbered from 1. */
  arrived(payload: Payload, sent: number): Found;
}

/** A byte stream keeps the order and no boundaries: messages of known size are cut out of it again. */
export class StreamReplies implements ReplyReader {
  readonly #messages: NumberedMessages;
  #seq = 0;
  #expected: Buffer = Buffer.alloc(0);
  /** Bytes of the expected message that have come. */
  #at = 0;
  #pieces = 0;

  constructor(messages: NumberedMessages) {
    this.#messages = messages;
  }

  arrived(payload: Payload, sent: number): Found {
    const chunk = bytesOf(payload);
    const replies: Reply[] = [];
    for (let from = 0; from < chunk.length;) {
      if (this.#at === this.#expected.length) {
        if (this.#seq >= sent)
          return { replies, wrong: `${chunk.length - from} bytes more came back than were sent` };
        this.#expected = this.#messages.make(++this.#seq);
        this.#at = this.#pieces = 0;
      }
      const piece = chunk.subarray(from, from + this.#expected.length - this.#at);
      const difference = differenceAt(this.#expected, piece, this.#at);
      if (difference !== undefined) return { replies, wrong: `message ${this.#seq}: ${difference}` };
      from += piece.length;
      this.#at += piece.length;
      this.#pieces++;
      if (this.#at === this.#expected.length)
        replies.push({ seq: this.#seq, bytes: this.#at, pieces: this.#pieces });
    }
    return { replies };
  }
}

/** A transport that keeps boundaries may lose and reorder: a reply is known by the number that it bears. */
export class WholeReplies implements ReplyReader {
  readonly #messages: NumberedMessages;

  constructor(messages: NumberedMessages) {
    this.#messages = messages;
  }

  arrived(payload: Payload, sent: number): Found {
    const seq = this.#messages.numberOf(payload);
    if (seq === undefined || seq < 1 || seq > sent)
      return { replies: [], wrong: "a message came that was not sent" };
    const difference = differenceOf(this.#messages.make(seq), payload);
    if (difference !== undefined) return { replies: [], wrong: `message ${seq}: ${difference}` };
    return { replies: [{ seq, bytes: this.#messages.sizeBytes, pieces: 1 }] };
  }
}
