// What a codec is: how the messages of one direction become payloads and back. Knows nothing of framing and sockets.
import type { Outgoing, Span } from "../framing/framing.ts";

/** The messages that one side may send, as code. */
export interface MessageCodec<Message> {
  /** @throws UsageError when `message` is not one that this direction allows. */
  encode(message: Message): Outgoing;
  /** @throws ProtocolError when the payload is not a message that this direction allows. */
  decode(span: Span): Message;
  /** The name by which a trace shows `message`. */
  typeOf(message: Message): string;
  /** The table, for people: one row per message. */
  describe(): MessageDescription[];
}

/** One row of a protocol's table of messages. */
export interface MessageDescription {
  readonly type: string;
  /** The id byte, where the wire is binary. */
  readonly id: number | undefined;
  /** Field name to a short word for its type. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Cuts what a person is shown of a value that was refused. */
export function shown(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // A bigint has a plain form; what is circular or nested beyond the stack has none.
    if (typeof value === "object") text = Array.isArray(value) ? "a list" : "an object";
  }
  text ??= String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
