// The numbered messages of ping and flood: their content follows from their number, so a reply can be checked. Pure.
import { UsageError, type Payload } from "@socketlab/core";
import { bytesOf } from "./difference.ts";

const NUMBER_DIGITS = 10;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

export class NumberedMessages {
  readonly sizeBytes: number;
  readonly #filler: Buffer;

  /**
   * @param binary every byte value occurs; else it is readable text.
   * @throws UsageError `bad-flag` when the number would not fit.
   */
  constructor(sizeBytes: number, binary: boolean) {
    if (sizeBytes < NUMBER_DIGITS) {
      throw new UsageError(
        "bad-flag",
        `--size: each message carries its number, which takes ${NUMBER_DIGITS} bytes; ${sizeBytes} were given`,
      );
    }
    this.sizeBytes = sizeBytes;
    const byteAt = (at: number): number => (binary ? at % 256 : ALPHABET.charCodeAt(at % ALPHABET.length));
    this.#filler = Buffer.from(Uint8Array.from({ length: sizeBytes }, (_, at) => byteAt(at)));
  }

  make(seq: number): Buffer {
    const message = Buffer.from(this.#filler);
    message.write(String(seq).padStart(NUMBER_DIGITS, "0"), 0, "latin1");
    return message;
  }

  /** The number that a reply bears; undefined if it is no message of ours. */
  numberOf(reply: Payload): number | undefined {
    const digits = bytesOf(reply).toString("latin1", 0, NUMBER_DIGITS);
    return /^\d{10}$/.test(digits) ? Number(digits) : undefined;
  }
}
