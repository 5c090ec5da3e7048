// Messages as one id byte and a body: JSON checked by zod, or a fixed binary layout. Knows nothing of lengths and sockets.
import { ProtocolError, UsageError } from "../errors.ts";
import type { ByteOutput } from "../framing/byte-output.ts";
import type { Outgoing, Span } from "../framing/framing.ts";
import { shown, type MessageCodec, type MessageDescription } from "./codec.ts";
import { describeLayout, Layout, type LayoutMessage, type LayoutShape } from "./layout.ts";
import {
  assertFieldNames,
  describeShape,
  MessageSchema,
  toJson,
  type JsonMessage,
  type Shape,
} from "./schema.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A message whose body is JSON. */
export interface JsonEntry<S extends Shape = Shape> {
  readonly kind: "json";
  readonly id: number;
  readonly shape: S;
}

/** A message whose body is a fixed binary layout; a preamble is the first one in its direction. */
export interface LayoutEntry<S extends LayoutShape = LayoutShape> {
  readonly kind: "layout" | "preamble";
  readonly id: number;
  readonly shape: S;
}

/** A message that is nothing but a length of 0. */
export interface KeepAliveEntry {
  readonly kind: "keep-alive";
  readonly id?: undefined;
}

export type BinaryTable = Record<string, JsonEntry | LayoutEntry | KeepAliveEntry>;

/** The union of the messages that a table allows. */
export type BinaryMessage<Table extends BinaryTable> = {
  [Type in keyof Table & string]: Table[Type] extends JsonEntry<infer S>
    ? JsonMessage<Type, S>
    : Table[Type] extends LayoutEntry<infer S>
      ? LayoutMessage<Type, S>
      : Table[Type] extends KeepAliveEntry
        ? { type: Type }
        : never;
}[keyof Table & string];

/** A message with the id byte `id` and a body of JSON with these fields. */
export function json<const S extends Shape>(id: number, shape: S): JsonEntry<S> {
  return { kind: "json", id, shape };
}

/** A message with the id byte `id` and these fields in this order, without names or separators. */
export function layout<const S extends LayoutShape>(id: number, shape: S): LayoutEntry<S> {
  return { kind: "layout", id, shape };
}

/**
 * The first message in its direction, without a length before it: its first byte is `id`, and the fields are of fixed widths.
 * The framing is told how many bytes that are: `lengthPrefixed({ maxBytes, preambleBytes })`.
 */
export function preamble<const S extends LayoutShape>(id: number, shape: S): LayoutEntry<S> {
  return { kind: "preamble", id, shape };
}

/** Says nothing, but that this side is there. Received only with `lengthPrefixed({ …, keepAlives: true })`. */
export function keepAlive(): KeepAliveEntry {
  return { kind: "keep-alive" };
}

/** One message type's body: how it is measured, written and read. */
interface Body {
  readonly id: number;
  readonly isPreamble: boolean;
  measure(message: never): number;
  write(message: never, output: ByteOutput): void;
  read(source: Uint8Array, start: number, end: number): unknown;
}

class JsonBody implements Body {
  readonly id: number;
  readonly isPreamble = false;
  readonly #type: string;
  readonly #schema: MessageSchema;
  readonly #toUtf8 = new TextEncoder();
  #measured: Uint8Array = new Uint8Array(0);

  constructor(type: string, { id, shape }: JsonEntry) {
    this.id = id;
    this.#type = type;
    this.#schema = new MessageSchema(type, shape);
  }

  measure(message: { type: string }): number {
    this.#schema.assertComplete(message);
    // The id byte says the type, so the body need not.
    const { type: _, ...fields } = message;
    this.#measured = this.#toUtf8.encode(toJson(this.#type, fields));
    return this.#measured.length;
  }

  write(_message: never, output: ByteOutput): void {
    output.append(this.#measured);
  }

  read(source: Uint8Array, start: number, end: number): unknown {
    const value = this.#parse(source.subarray(start, end));
    const fields = typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
    const message = fields === undefined ? value : { ...fields, type: this.#type };
    return this.#schema.parse(message);
  }

  #parse(body: Uint8Array): unknown {
    try {
      return JSON.parse(utf8.decode(body));
    } catch (cause) {
      const code = cause instanceof SyntaxError ? "invalid-json" : "invalid-utf8";
      throw new ProtocolError(
        code,
        `message "${this.#type}": its body of ${body.length} bytes is not JSON in UTF-8`,
        { cause },
      );
    }
  }
}

class LayoutBody extends Layout implements Body {
  readonly id: number;
  readonly isPreamble: boolean;

  constructor(type: string, { id, kind, shape }: LayoutEntry) {
    assertFieldNames(type, shape);
    super(type, shape);
    this.id = id;
    this.isPreamble = kind === "preamble";
  }
}

class BinaryOutgoing implements Outgoing {
  readonly text = undefined;
  bytes = 0;
  /** Undefined: a keep-alive. */
  body: Body | undefined;
  message: unknown;

  get isPreamble(): boolean {
    return this.body?.isPreamble === true;
  }

  write(output: ByteOutput): void {
    if (this.body === undefined) return;
    const at = output.reserve(1);
    output.bytes[at] = this.body.id;
    this.body.write(this.message as never, output);
  }
}

export class BinaryCodec<Message extends { type: string }> implements MessageCodec<Message> {
  readonly #table: BinaryTable;
  readonly #byType = new Map<string, Body>();
  readonly #byId: (Body | undefined)[] = Array.from({ length: 256 });
  readonly #outgoing = new BinaryOutgoing();
  /** What a keep-alive is called, if there is one. */
  #keepAlive: string | undefined;

  /** @param preambleBytes which the framing takes for the first message; 0: there is no preamble. */
  constructor(table: BinaryTable, preambleBytes: number) {
    this.#table = table;
    for (const [type, entry] of Object.entries(table)) {
      if (entry.kind === "keep-alive") {
        this.#keepAlive = type;
        continue;
      }
      if (!Number.isInteger(entry.id) || entry.id < 0 || entry.id > 255) {
        throw new UsageError(
          "bad-protocol",
          `message "${type}": its id is one byte, 0 to 255; ${entry.id} was given`,
        );
      }
      if (this.#byId[entry.id] !== undefined) {
        throw new UsageError(
          "bad-protocol",
          `message "${type}": the id ${entry.id} is taken by another message`,
        );
      }
      const body: Body =
        entry.kind === "json" ? new JsonBody(type, entry) : layoutBody(type, entry, preambleBytes);
      this.#byType.set(type, body);
      this.#byId[entry.id] = body;
    }
  }

  encode(message: Message): Outgoing {
    const type: unknown = (message as Message | null | undefined)?.type;
    const body = this.#byType.get(type as string);
    if (body === undefined && (type === undefined || type !== this.#keepAlive)) {
      throw new UsageError(
        "unknown-message",
        `this side cannot send ${shown(type)}; it can send ${this.#known()}`,
      );
    }
    const outgoing = this.#outgoing;
    outgoing.bytes = body === undefined ? 0 : 1 + body.measure(message as never);
    outgoing.body = body;
    outgoing.message = message;
    return outgoing;
  }

  decode(span: Span): Message {
    if (span.text !== undefined || span.end === span.start) {
      if (span.text === undefined && this.#keepAlive !== undefined)
        return { type: this.#keepAlive } as Message;
      throw new ProtocolError("bad-message", "a binary message was expected: an id byte and a body");
    }
    const id = span.bytes[span.start]!;
    const body = this.#byId[id];
    if (body === undefined) {
      throw new ProtocolError(
        "unknown-message",
        `the other side may send ${this.#known()}; the id ${id} is none of them`,
      );
    }
    return body.read(span.bytes, span.start + 1, span.end) as Message;
  }

  typeOf(message: Message): string {
    return message.type;
  }

  describe(): MessageDescription[] {
    return Object.entries(this.#table).map(([type, entry]) => ({
      type,
      id: entry.id,
      fields: describe(entry),
    }));
  }

  #known(): string {
    return (
      Object.entries(this.#table)
        .map(([type, { id }]) => (id === undefined ? `"${type}"` : `"${type}" (${id})`))
        .join(", ") || "nothing"
    );
  }
}

function layoutBody(type: string, entry: LayoutEntry, preambleBytes: number): LayoutBody {
  const body = new LayoutBody(type, entry);
  const bytes = body.size === undefined ? undefined : 1 + body.size;
  if (!body.isPreamble || bytes === preambleBytes) return body;
  throw new UsageError(
    "bad-protocol",
    `message "${type}": a preamble of ${bytes ?? "any number of"} bytes, and the framing expects ${preambleBytes}`,
  );
}

function describe(entry: BinaryTable[string]): Record<string, string> {
  if (entry.kind === "keep-alive") return {};
  return entry.kind === "json" ? describeShape(entry.shape) : describeLayout(entry.shape);
}
