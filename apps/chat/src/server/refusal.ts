// What a client is told when it cannot have what it asked for, and the checks of what it writes. Knows no conversation.
import { MAX_TEXT_BYTES, type RefusalCode } from "../protocol.ts";
import { nameRule, parseName, type Named } from "../names.ts";

/** After so long it is worth while to try again what failed on this side. */
export const RETRY_AFTER_MS = 1000;

/** Thrown where the reason is found, and told to the client where the conversation is. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;
  readonly retryAfterMs: number | undefined;

  /** @param detail a sentence for people; of what the client wrote only names stand in it, and they are checked. */
  constructor(code: RefusalCode, detail: string, retryAfterMs?: number) {
    super(detail);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** @throws Refusal `bad-name`. */
export function personOf(text: string): Named {
  const person = parseName(text);
  if (person === undefined) throw new Refusal("bad-name", `a name has ${nameRule}`);
  return person;
}

/** A room's key, by which everybody knows it. @throws Refusal `bad-room`. */
export function roomOf(text: string): string {
  const room = parseName(text);
  if (room === undefined) throw new Refusal("bad-room", `the name of a room has ${nameRule}`);
  return room.key;
}

// What steers a terminal is kept out here, at the source, so that no reader has to be trusted with it.
const control = /(?![\n\t])\p{Cc}/u;

/** @throws Refusal `text-too-long`, `bad-text`. */
export function assertText({ id, text }: { readonly id: string; readonly text: string }): void {
  // Each UTF-16 code unit is at least one byte: what is far too long is not measured.
  if (text.length > MAX_TEXT_BYTES || Buffer.byteLength(text) > MAX_TEXT_BYTES)
    throw new Refusal("text-too-long", `a text has at most ${MAX_TEXT_BYTES} bytes of UTF-8`);
  if (text === "") throw new Refusal("bad-text", "a text has at least one character");
  if (!text.isWellFormed() || control.test(text))
    throw new Refusal("bad-text", "a text is Unicode without control characters, except newline and tab");
  if (!id.isWellFormed() || /\p{Cc}/u.test(id))
    throw new Refusal("bad-text", "an id is Unicode without control characters");
}
