// Checks the fields of one JSON message with zod, and says what is wrong in a sentence. Knows nothing of bytes.
import * as z from "zod";
import { shown } from "./codec.ts";

/** Field name to zod schema: the fields of one message, its `type` left out. */
export type Shape = Record<string, z.ZodType>;

/** What a message with the fields of `S` and the name `Type` is in TypeScript. */
export type JsonMessage<Type extends string, S extends Shape> = { type: Type } & z.output<z.ZodObject<S>>;

/** The schema of a whole message. Unknown fields are dropped, so that a newer remote side may say more. */
export function messageSchema(type: string, shape: Shape): z.ZodType<{ type: string }> {
  return z.object({ type: z.literal(type), ...shape });
}

/** One sentence: the field, the rule, and what was given. */
export function whatIsWrong(error: z.ZodError, value: unknown): string {
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
