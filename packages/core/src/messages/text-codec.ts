// Messages as JSON text: `{"type":"say",…}`, each checked against its zod schema. Knows nothing of lines and sockets.
import { ProtocolError, UsageError } from "../errors.ts";
import { utf8Length, type ByteOutput } from "../framing/byte-output.ts";
import type { Outgoing, Span } from "../framing/framing.ts";
import { shown, type MessageCodec, type MessageDescription } from "./codec.ts";
import { describeShape, MessageSchema, toJson, type JsonMessage, type Shape } from "./schema.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** One direction's messages: type to the zod schemas of its fields. */
export type TextTable = Record<string, Shape>;

/** The union of the messages that a table allows. */
export type TextMessage<Table extends TextTable> = {
  [Type in keyof Table & string]: JsonMessage<Type, Table[Type]>;
}[keyof Table & string];

class TextOutgoing implements Outgoing {
  text = "";

  get bytes(): number {
    return utf8Length(this.text);
  }

  write(output: ByteOutput): void {
    output.appendText(this.text);
  }
}

export class TextCodec<Message extends { type: string }> implements MessageCodec<Message> {
  readonly #shapes: TextTable;
  readonly #schemas = new Map<string, MessageSchema>();
  readonly #outgoing = new TextOutgoing();

  constructor(table: TextTable) {
    this.#shapes = table;
    for (const [type, shape] of Object.entries(table))
      this.#schemas.set(type, new MessageSchema(type, shape));
  }

  encode(message: Message): Outgoing {
    const type: unknown = (message as Message | null | undefined)?.type;
    const schema = this.#schemas.get(type as string);
    if (schema === undefined) {
      throw new UsageError(
        "unknown-message",
        `this side cannot send ${shown(type)}; it can send ${this.#known()}`,
      );
    }
    schema.assertComplete(message);
    this.#outgoing.text = toJson(message.type, message);
    return this.#outgoing;
  }

  decode(span: Span): Message {
    const value = this.#parse(span);
    const type: unknown = (value as { type?: unknown } | null)?.type;
    const schema = typeof type === "string" ? this.#schemas.get(type) : undefined;
    if (schema === undefined) {
      const given =
        type === undefined ? `a message without a "type" (${shown(value)})` : `the type ${shown(type)}`;
      throw new ProtocolError(
        "unknown-message",
        `field "type": one of ${this.#known()} was expected; ${given} was given`,
      );
    }
    return schema.parse(value) as Message;
  }

  typeOf(message: Message): string {
    return message.type;
  }

  describe(): MessageDescription[] {
    return Object.entries(this.#shapes).map(([type, shape]) => ({
      type,
      id: undefined,
      fields: describeShape(shape),
    }));
  }

  #parse(span: Span): unknown {
    let text = span.text;
    try {
      // Over WebSocket a tool may send a text as a binary message: the bytes are the same.
      text ??= utf8.decode(span.bytes.subarray(span.start, span.end));
    } catch (cause) {
      throw new ProtocolError("invalid-utf8", "a message is not valid UTF-8", { cause });
    }
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new ProtocolError("invalid-json", `a JSON object was expected; ${shown(text)} was given`, {
        cause,
      });
    }
  }

  #known(): string {
    return [...this.#schemas.keys()].map((type) => `"${type}"`).join(", ") || "nothing";
  }
}
