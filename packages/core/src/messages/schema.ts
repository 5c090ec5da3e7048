// Checks the fields of one JSON message with zod, and says what is wrong in a sentence. Knows nothing of bytes.
import * as z from "zod";
import { UsageError } from "../errors.ts";
import { shown } from "./codec.ts";

/** Field name to zod schema: the fields of one message, its `type` left out. */
export type Shape = Record<string, z.ZodType>;

/** What a message with the fields of `S` and the name `Type` is in TypeScript. */
export type JsonMessage<Type extends string, S extends Shape> = { type: Type } & ([keyof S] extends [never]
  ? unknown
  : z.output<z.ZodObject<S>>);

/** The schema of a whole message. Unknown fields are dropped, so that a newer remote side may say more. */
export function messageSchema(type: string, shape: Shape): z.ZodType<{ type: string }> {
  assertFieldNames(type, shape);
  return z.object({ type: z.literal(type), ...shape });
}

/** @throws UsageError `bad-protocol`: a message's own name is in its `type`, so no field can have that name. */
export function assertFieldNames(type: string, shape: object): void {
  if (!("type" in shape)) return;
  throw new UsageError("bad-protocol", `message "${type}": a field cannot be called "type", which is the message's own name`);
}

/** Whether `value` is a message, or what is wrong with it; what is nested beyond the stack is wrong, too. */
export function check<T>(schema: z.ZodType<T>, value: unknown): z.ZodSafeParseResult<T> {
  try {
    return schema.safeParse(value);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const issue = { code: "custom" as const, path: [], message: "it is nested too deeply", input: undefined };
    return { success: false, error: new z.ZodError([issue]) as z.ZodError<T> };
  }
}

/** `message` as JSON. @throws UsageError `bad-message` when JSON cannot say it: a bigint, a circle. */
export function toJson(type: string, message: object): string {
  try {
    return JSON.stringify(message);
  } catch (cause) {
    throw new UsageError("bad-message", `message "${type}": JSON cannot say it (${(cause as Error).message})`, { cause });
  }
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
