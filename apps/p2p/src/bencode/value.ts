// What bencoding can say (BEP 3): integers, byte strings, lists, dictionaries. Knows nothing of how it is written.
import { ProtocolError } from "@socketlab/core/browser";

export type Value = number | Uint8Array | readonly Value[] | Dictionary;
/** A key is a byte string: one character, U+0000 to U+00FF, for each byte. */
export type Dictionary = ReadonlyMap<string, Value>;

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** A byte string as UTF-8; what is none becomes U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

/** The value of a key; undefined where there is none. @throws ProtocolError `bad-bencode` if it is of another kind. */
export function integerAt(dictionary: Dictionary, key: string): number | undefined {
  const value = dictionary.get(key);
  return value === undefined || typeof value === "number" ? value : wrong(key, "an integer", value);
}

export function bytesAt(dictionary: Dictionary, key: string): Uint8Array | undefined {
  const value = dictionary.get(key);
  return value === undefined || value instanceof Uint8Array ? value : wrong(key, "a string", value);
}

export function textAt(dictionary: Dictionary, key: string): string | undefined {
  const bytes = bytesAt(dictionary, key);
  return bytes && textOf(bytes);
}

export function listAt(dictionary: Dictionary, key: string): readonly Value[] | undefined {
  const value = dictionary.get(key);
  return value === undefined || isList(value) ? value : wrong(key, "a list", value);
}

export function dictionaryAt(dictionary: Dictionary, key: string): Dictionary | undefined {
  const value = dictionary.get(key);
  return value === undefined || isDictionary(value) ? value : wrong(key, "a dictionary", value);
}

export function isDictionary(value: Value): value is Dictionary {
  return value instanceof Map;
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** With its article. */
export function kindOf(value: Value): string {
  if (typeof value === "number") return "an integer";
  if (value instanceof Uint8Array) return "a string";
  return isList(value) ? "a list" : "a dictionary";
}

function wrong(key: string, expected: string, value: Value): never {
  throw new ProtocolError(
    "bad-bencode",
    `${JSON.stringify(key)} is ${kindOf(value)}, where ${expected} belongs`,
  );
}
