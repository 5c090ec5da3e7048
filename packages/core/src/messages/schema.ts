// Checks the fields of one JSON message with zod, and says what is wrong in a sentence. Knows nothing of bytes.
import type * as z from "zod";
// zod's core alone: what is not used here is not in a page that has no schemas of its own.
import { $ZodLiteral, $ZodObjectJIT, safeParse, type $ZodType } from "zod/v4/core";
import { ProtocolError, UsageError } from "../errors.ts";
import { shown } from "./codec.ts";

/** Field name to zod schema: the fields of one message, its `type` left out. */
export type Shape = Record<string, z.ZodType>;

/** What a message with the fields of `S` and the name `Type` is in TypeScript. */
export type JsonMessage<Type extends string, S extends Shape> = { type: Type } & ([keyof S] extends [never]
  ? unknown
  : z.output<z.ZodObject<S>>);

/**
 * Checks whole messages of one type. Values are checked where they arrive, since only the receiver must not trust;
 * what is sent is checked by the compiler, and here for completeness. Unknown fields are dropped, so that a newer
 * remote side may say more.
 */
export class MessageSchema {
  readonly #type: string;
  readonly #schema: $ZodType<{ type: string }>;
  readonly #required: string[];

  constructor(type: string, shape: Shape) {
    assertFieldNames(type, shape);
    this.#type = type;
    // The kind of object that zod compiles: several times as fast as one that is walked.
    const itsType = new $ZodLiteral({ type: "literal", values: [type] });
    this.#schema = new $ZodObjectJIT({
      type: "object",
      shape: { type: itsType, ...shape },
    }) as unknown as $ZodType<{
      type: string;
    }>;
    this.#required = Object.keys(shape).filter((name) => !shape[name]!.safeParse(undefined).success);
  }

  /** @throws UsageError `bad-message` when a field that must be there is missing. */
  assertComplete(message: Readonly<Record<string, unknown>>): void {
    for (const name of this.#required) {
      if (message[name] !== undefined) continue;
      throw new UsageError("bad-message", `message "${this.#type}": field "${name}" is missing`);
    }
  }

  /** @throws ProtocolError `bad-message`: the field, the rule, and what was given. */
  parse(value: unknown): { type: string } {
    let result: z.core.util.SafeParseResult<{ type: string }>;
    try {
      result = safeParse(this.#schema, value);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new ProtocolError("bad-message", `message "${this.#type}": it is nested too deeply`, { cause });
    }
    if (result.success) return result.data;
    throw new ProtocolError("bad-message", `message "${this.#type}": ${whatIsWrong(result.error, value)}`);
  }
}

/** @throws UsageError `bad-protocol`: a message's own name is in its `type`, so no field can have that name. */
export function assertFieldNames(type: string, shape: object): void {
  if (!("type" in shape)) return;
  throw new UsageError(
    "bad-protocol",
    `message "${type}": a field cannot be called "type", which is the message's own name`,
  );
}

/** `message` as JSON. @throws UsageError `bad-message` when JSON cannot say it: a bigint, a circle. */
export function toJson(type: string, message: object): string {
  try {
    return JSON.stringify(message);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new UsageError("bad-message", `message "${type}": JSON cannot say it (${why})`, { cause });
  }
}

function whatIsWrong(error: z.core.$ZodError, value: unknown): string {
  const issue = error.issues[0];
  if (issue === undefined) return "it does not match its schema";
  let given = value;
  for (const key of issue.path) given = (given as Record<PropertyKey, unknown> | undefined)?.[key];
  const field = issue.path.length === 0 ? "" : `field "${issue.path.join(".")}": `;
  return `${field}${issue.message}; ${given === undefined ? "nothing" : shown(given)} was given`;
}

/** A short word for each field's type, for a generated table. */
export function describeShape(shape: Shape): Record<string, string> {
  const words: Record<string, string> = {};
  for (const [name, schema] of Object.entries(shape)) {
    const { type, $schema: _, ...rules } = schema.toJSONSchema({ unrepresentable: "any", io: "input" });
    const detail = Object.entries(rules).map(([rule, value]) => `${rule} ${shown(value)}`);
    words[name] = [String(type ?? "any"), ...detail].join(", ") + (schema.isOptional() ? " (optional)" : "");
  }
  return words;
}
