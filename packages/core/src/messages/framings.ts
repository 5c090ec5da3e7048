// The framings that a protocol may choose from, each with the codec for its payloads. Knows nothing of sockets.
// A function each, so that a page takes along no more than its protocol uses.
import type { Framing } from "../framing/framing.ts";
import {
  lengthPrefixed as lengthPrefixedBytes,
  type LengthPrefixedOptions,
} from "../framing/length-prefixed.ts";
import { lines as linesOfText } from "../framing/lines.ts";
import { raw as rawBytes } from "../framing/raw.ts";
import { BinaryCodec, type BinaryTable } from "./binary-codec.ts";
import type { MessageCodec } from "./codec.ts";
import { RawCodec } from "./raw-codec.ts";
import { TextCodec, type TextTable } from "./text-codec.ts";

/** A framing, and how one direction's table of messages becomes its payloads. */
export interface MessageFraming<
  Kind extends "any" | "text" | "binary" = "any" | "text" | "binary",
> extends Framing<Kind> {
  /** @throws UsageError `bad-protocol`, `bad-layout` when the table cannot be. */
  codec(table: object): MessageCodec<never>;
}

/** No framing: over a byte stream each chunk that arrives is a message; over other transports each message is one. */
export function raw(options: { maxBytes?: number } = {}): MessageFraming<"any"> {
  return {
    ...rawBytes(options),
    codec: () => new RawCodec() as MessageCodec<unknown> as MessageCodec<never>,
  };
}

/** A line of JSON per message, of at most `maxBytes` bytes of UTF-8, ended by LF. */
export function lines(options: { maxBytes: number }): MessageFraming<"text"> {
  return { ...linesOfText(options), codec: (table) => new TextCodec<never>(table as TextTable) };
}

/**
 * Messages of 1 to `maxBytes` bytes, an id byte and a body, each after its length as an unsigned 32-bit big-endian
 * integer (BEP 3, "peer protocol"). A `preamble` of the table goes first, without a length; a `keepAlive` is nothing but a
 * length of 0.
 */
export function lengthPrefixed(options: LengthPrefixedOptions): MessageFraming<"binary"> {
  const { preambleBytes = 0 } = options;
  return {
    ...lengthPrefixedBytes(options),
    codec: (table) => new BinaryCodec<never>(table as BinaryTable, preambleBytes),
  };
}
