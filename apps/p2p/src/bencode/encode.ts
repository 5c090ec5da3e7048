// Values to bencoded bytes (BEP 3), in the one way that there is. Knows no meaning.
import { UsageError } from "@socketlab/core/browser";

/** Text is written as UTF-8; what is undefined in an object is left out. Keys are byte strings, as in `Dictionary`. */
export type Encodable =
  | number
  | string
  | Uint8Array
  | readonly Encodable[]
  | ReadonlyMap<string, Encodable>
  | { readonly [key: string]: Encodable | undefined };

const utf8 = new TextEncoder();

/** @throws UsageError `bad-value` for a number that is no safe integer, and a key with a character above U+00FF. */
export function encode(value: Encodable): Uint8Array {
  const chunks: Uint8Array[] = [];
  write(value, chunks);
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function write(value: Encodable, chunks: Uint8Array[]): void {
  if (typeof value === "number") chunks.push(integer(value));
  else if (typeof value === "string") writeString(utf8.encode(value), chunks);
  else if (value instanceof Uint8Array) writeString(value, chunks);
  else if (isList(value)) {
    chunks.push(utf8.encode("l"));
    for (const each of value) write(each, chunks);
    chunks.push(utf8.encode("e"));
  } else writeEntries(value instanceof Map ? [...value] : Object.entries(value), chunks);
}

function writeEntries(entries: [string, Encodable | undefined][], chunks: Uint8Array[]): void {
  chunks.push(utf8.encode("d"));
  // As a character is a byte, their order is that of the bytes.
  for (const [key, value] of entries.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === undefined) continue;
    writeString(keyBytes(key), chunks);
    write(value, chunks);
  }
  chunks.push(utf8.encode("e"));
}

function writeString(bytes: Uint8Array, chunks: Uint8Array[]): void {
  chunks.push(utf8.encode(`${bytes.length}:`), bytes);
}

function integer(value: number): Uint8Array {
  if (!Number.isSafeInteger(value))
    throw new UsageError("bad-value", `${value} cannot be bencoded: only integers up to 2⁵³ − 1 can`);
  return utf8.encode(`i${value}e`);
}

function keyBytes(key: string): Uint8Array {
  const bytes = Uint8Array.from(key, (character) => character.codePointAt(0)!);
  if (String.fromCharCode(...bytes) !== key)
    throw new UsageError(
      "bad-value",
      `${JSON.stringify(key)} cannot be a key: a key has a character up to U+00FF for each byte`,
    );
  return bytes;
}

function isList(value: Encodable): value is readonly Encodable[] {
  return Array.isArray(value);
}
