// The query of a URL, whose values are bytes and not text: an info-hash is 20 of them. Knows no parameter.
import { ProtocolError } from "@socketlab/core/browser";

/** What a URL may have as it is (RFC 3986, 2.3); all else is percent-encoded. */
const unreserved = /[\w.~-]/;

/** `a=1&b=%00`. What is undefined is left out. */
export function encodeQuery(
  parameters: Readonly<Record<string, string | number | Uint8Array | undefined>>,
): string {
  return Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value instanceof Uint8Array ? escapeBytes(value) : value}`)
    .join("&");
}

export function escapeBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    text += unreserved.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}

/**
 * The values of each name, in order; each character of a value is a byte, U+0000 to U+00FF.
 * @throws ProtocolError `bad-query`: a percent sign without two digits, or a character that no URL has.
 */
export function decodeQuery(query: string): Map<string, string[]> {
  const parameters = new Map<string, string[]>();
  for (const pair of query.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = unescape(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? "" : unescape(pair.slice(equals + 1));
    const values = parameters.get(name);
    if (values === undefined) parameters.set(name, [value]);
    else values.push(value);
  }
  return parameters;
}

/** A plus is a space, as in forms: a plus that is meant is percent-encoded by all who encode anything. */
function unescape(text: string): string {
  if (/%(?![\da-f]{2})/i.test(text) || /[^\x21-\x7e]/.test(text))
    throw new ProtocolError("bad-query", "the query is not percent-encoded as it should be");
  return text
    .replaceAll("+", " ")
    .replaceAll(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** A character a byte. */
export function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function latin1Text(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
