// Fixed binary layouts: big-endian integers and bytes of a fixed number, then perhaps the rest. Knows nothing of message ids.
import { ProtocolError, UsageError } from "../errors.ts";
import type { ByteOutput } from "../framing/byte-output.ts";
import { shown } from "./codec.ts";

/** A field of a fixed width, or (`width` undefined) the rest of the message as bytes; `Value` is its type in TypeScript. */
export interface Field<Value> {
  readonly name: string;
  readonly kind: "integer" | "bytes";
  /** In bytes. */
  readonly width: number | undefined;
  /** Only for its type. */
  readonly value?: Value;
}

/** An unsigned integer of 8 bits. */
export const u8: Field<number> = { name: "u8", kind: "integer", width: 1 };
/** An unsigned integer of 16 bits, big-endian. */
export const u16: Field<number> = { name: "u16", kind: "integer", width: 2 };
/** An unsigned integer of 32 bits, big-endian. */
export const u32: Field<number> = { name: "u32", kind: "integer", width: 4 };
/** An unsigned integer of 64 bits, big-endian; as a number, so at most 2^53 − 1. */
export const u64: Field<number> = { name: "u64", kind: "integer", width: 8 };
/**
 * The rest of the message, as a view of what was received: it stays as it is, but may keep more in memory than its own bytes.
 * Who has seen enough of large ones says `giveBack(view)`, and receives without allocating. Only as the last field.
 */
export const bytes: Field<Uint8Array> = { name: "bytes", kind: "bytes", width: undefined };
/** So many bytes, as a view of what was received. */
export function bytesOf(count: number): Field<Uint8Array> {
  return { name: `${count} bytes`, kind: "bytes", width: count };
}

// A field's value is a number or bytes; `Field<never>` stands for either.
export type LayoutShape = Record<string, Field<number> | Field<Uint8Array>>;

/** What a message of this layout is in TypeScript. */
export type LayoutMessage<Type extends string, S extends LayoutShape> = { type: Type } & {
  -readonly [Name in keyof S]: S[Name] extends Field<infer Value> ? Value : never;
};

type LayoutValue = Record<string, number | Uint8Array | string>;

interface FixedField {
  readonly name: string;
  readonly isInteger: boolean;
  readonly width: number;
  /** Of an integer. */
  readonly max: number;
}

/** Reads and writes one message's fields. */
export class Layout {
  readonly #type: string;
  readonly #fixed: FixedField[] = [];
  /** The field that takes the rest, if there is one. */
  readonly #restName: string | undefined;
  readonly #fixedBytes: number;

  constructor(type: string, shape: LayoutShape) {
    this.#type = type;
    const fields = Object.entries(shape);
    for (const [index, [name, { kind, width }]] of fields.entries()) {
      if (width !== undefined) {
        const max = Math.min(2 ** (8 * width) - 1, Number.MAX_SAFE_INTEGER);
        this.#fixed.push({ name, isInteger: kind === "integer", width, max });
      } else if (index === fields.length - 1) this.#restName = name;
      else
        throw new UsageError(
          "bad-layout",
          `layout of "${type}": field "${name}" takes the rest, so it must be the last`,
        );
    }
    this.#fixedBytes = this.#fixed.reduce((sum, { width }) => sum + width, 0);
  }

  /** Of every message, in bytes; undefined if there is a field that takes the rest. */
  get size(): number | undefined {
    return this.#restName === undefined ? this.#fixedBytes : undefined;
  }

  /** The size of `message` in bytes. @throws UsageError when a field is missing or does not fit. */
  measure(message: LayoutValue): number {
    for (const { name, isInteger, width, max } of this.#fixed) {
      const value = message[name];
      if (isInteger) {
        if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max)
          throw this.#badField(name, `an integer from 0 to ${max}`, value);
      } else if (!(value instanceof Uint8Array) || value.length !== width)
        throw this.#badField(name, `a Uint8Array of ${width} bytes`, value);
    }
    if (this.#restName === undefined) return this.#fixedBytes;
    const rest = message[this.#restName];
    if (!(rest instanceof Uint8Array)) throw this.#badField(this.#restName, "a Uint8Array", rest);
    return this.#fixedBytes + rest.length;
  }

  write(message: LayoutValue, output: ByteOutput): void {
    if (this.#fixedBytes > 0) {
      let at = output.reserve(this.#fixedBytes);
      for (const { name, isInteger, width } of this.#fixed) {
        if (isInteger) writeInteger(message[name] as number, output.bytes, at, width);
        else output.bytes.set(message[name] as Uint8Array, at);
        at += width;
      }
    }
    if (this.#restName !== undefined) output.append(message[this.#restName] as Uint8Array);
  }

  /** Reads `source[start..end)`. @throws ProtocolError when it is too short or too long. */
  read(source: Uint8Array, start: number, end: number): LayoutValue {
    const given = end - start;
    if (given < this.#fixedBytes || (given > this.#fixedBytes && this.#restName === undefined)) {
      const rule = this.#restName === undefined ? "has" : "has at least";
      throw new ProtocolError(
        "bad-message",
        `message "${this.#type}": its body ${rule} ${this.#fixedBytes} bytes; ${given} were given`,
      );
    }
    const message: LayoutValue = { type: this.#type };
    let at = start;
    for (const { name, isInteger, width } of this.#fixed) {
      message[name] = isInteger
        ? this.#readInteger(name, source, at, width)
        : source.subarray(at, at + width);
      at += width;
    }
    if (this.#restName !== undefined) message[this.#restName] = source.subarray(at, end);
    return message;
  }

  #readInteger(name: string, source: Uint8Array, at: number, width: number): number {
    let value = 0;
    for (let i = at; i < at + width; i++) value = value * 256 + source[i]!;
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    throw new ProtocolError(
      "bad-message",
      `message "${this.#type}": field "${name}" is larger than 2^53 − 1`,
    );
  }

  #badField(name: string, rule: string, value: unknown): UsageError {
    return new UsageError(
      "bad-message",
      `message "${this.#type}": field "${name}": ${rule} was expected; ${shown(value)} was given`,
    );
  }
}

function writeInteger(value: number, into: Uint8Array, at: number, width: number): void {
  for (let i = at + width - 1; i >= at; i--) {
    into[i] = value;
    value = value > 0xff ? Math.floor(value / 256) : 0;
  }
}

export function describeLayout(shape: LayoutShape): Record<string, string> {
  return Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, field.name]));
}
