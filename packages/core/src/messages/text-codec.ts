// Messages as JSON text: `{"type":"say",…}`, each checked against its zod schema. Knows nothing of lines and sockets.
import type * as z from "zod";
import { ProtocolError, UsageError } from "../errors.ts";
import { utf8Length, type ByteOutput } from "../framing/byte-output.ts";
import type { Span } from "../framing/framing.ts";
import { shown, type Encoded, type MessageCodec, type MessageDescription } from "./codec.ts";
import { describeShape, messageSchema, whatIsWrong, type JsonMessage, type Shape } from "./schema.ts";

/** One direction's messages: type to the zod schemas of its fields. */
export type TextTable = Record<string, Shape>;

/** The union of the messages that a table allows. */
export type TextMessage<Table extends TextTable> = {
  [Type in keyof Table & string]: JsonMessage<Type, Table[Type]>;
}[keyof Table & string];

class TextEncoded implements Encoded {
  text = "";
  #bytes = -1;

  set(text: string): this {
    this.text = text;
    this.#bytes = -1;
    return this;
  }

  get bytes(): number {
    return this.#bytes < 0 ? (this.#bytes = utf8Length(this.text)) : this.#bytes;
  }

  write(output: ByteOutput): void {
    output.appendText(this.text, this.bytes);
  }
}

export class TextCodec<Message extends { type: string }> implements MessageCodec<Message> {
  readonly #shapes: TextTable;
  readonly #schemas = new Map<string, z.ZodType<{ type: string }>>();
  readonly #encoded = new TextEncoded();
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  constructor(table: TextTable) {
    this.#shapes = table;
    for (const [type, shape] of Object.entries(table)) this.#schemas.set(type, messageSchema(type, shape));
  }

  encode(message: Message): Encoded {
    const schema = this.#schemas.get(message.type);
    if (schema === undefined) {
      throw new UsageError("unknown-message", `this side cannot send ${shown(message.type)}; it can send ${this.#known()}`);
    }
    const result = schema.safeParse(message);
    if (!result.success) {
      throw new UsageError("bad-message", `message "${message.type}": ${whatIsWrong(result.error, message)}`);
    }
    return this.#encoded.set(JSON.stringify(message));
  }

  decode(span: Span): Message {
    const value = this.#parse(span);
    const type: unknown = (value as { type?: unknown } | null)?.type;
    const schema = typeof type === "string" ? this.#schemas.get(type) : undefined;
    if (schema === undefined) {
      const given = type === undefined ? `a message without a "type" (${shown(value)})` : `the type ${shown(type)}`;
      throw new ProtocolError("unknown-message", `field "type": one of ${this.#known()} was expected; ${given} was given`);
    }
    const result = schema.safeParse(value);
    if (result.success) return result.data as Message;
    throw new ProtocolError("bad-message", `message "${type as string}": ${whatIsWrong(result.error, value)}`);
  }

  typeOf(message: Message): string {
    return message.type;
  }

  describe(): MessageDescription[] {
    return Object.entries(this.#shapes).map(([type, shape]) => ({ type, id: undefined, fields: describeShape(shape) }));
  }

  #parse(span: Span): unknown {
    let text = span.text;
    try {
      // Over WebSocket a tool may send a text as a binary message: the bytes are the same.
      text ??= this.#utf8.decode(span.bytes.subarray(span.start, span.end));
    } catch (cause) {
      throw new ProtocolError("invalid-utf8", "a message is not valid UTF-8", { cause });
    }
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new ProtocolError("invalid-json", `a JSON object was expected; ${shown(text)} was given`, { cause });
    }
  }

  #known(): string {
    return [...this.#schemas.keys()].map((type) => `"${type}"`).join(", ") || "nothing";
  }
}
