// Checks the fields of one JSON message with zod, and says what is wrong in a sentence. Knows nothing of bytes.
import * as z from "zod";
import { ProtocolError, UsageError } from "../errors.ts";
import { shown } from "./codec.ts";

/** Field name to zod schema: the fields of one message, its `type` left out. */
export type Shape = Record<string, z.ZodType>;

/** What a message with the fields of `S` and the name `Type` is in TypeScript. */
export type JsonMessage<Type extends string, S extends Shape> = { type: Type } & z.output<z.ZodObject<S>>;

/**
 * Checks whole messages of one type. Values are checked where they arrive, since only the receiver must not trust;
 * what is sent is checked by the compiler, and here for completeness. Unknown fields are dropped, so that a newer
 * remote side may say more.
 */
export class MessageSchema {
  readonly #type: string;
  readonly #schema: z.ZodType<{ type: string }>;
  readonly #required: string[];

  constructor(type: string, shape: Shape) {
    this.#type = type;
    this.#schema = z.object({ type: z.literal(type), ...shape });
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
    const result = this.#schema.safeParse(value);
    if (result.success) return result.data;
    throw new ProtocolError("bad-message", `message "${this.#type}": ${whatIsWrong(result.error, value)}`);
  }
}

function whatIsWrong(error: z.ZodError, value: unknown): string {
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
    const { type, $schema: _, ...rules } = z.toJSONSchema(schema, { unrepresentable: "any", io: "input" });
    const detail = Object.entries(rules).map(([rule, value]) => `${rule} ${shown(value)}`);
    words[name] = [String(type ?? "any"), ...detail].join(", ") + (schema.isOptional() ? " (optional)" : "");
  }
  return words;
}
