// The dictionary that an extension's message begins with, and how to read one from somebody careless. Knows no extension.
import { ProtocolError } from "@socketlab/core/browser";
import { decodePrefix } from "../bencode/decode.ts";
import { isDictionary, type Dictionary } from "../bencode/value.ts";

/** What such a dictionary may take: two lists of fifty IPv6 addresses are a thirtieth of it. */
const MAX_BYTES: number = 64 * 1024;
const limits = { maxDepth: 8, maxTokens: 2000, unsortedKeys: true };

/** @returns the dictionary, and where it ends. @throws ProtocolError `bad-extension`, or `bad-bencode`. */
export function decodePayload(payload: Uint8Array): {
  readonly dictionary: Dictionary;
  readonly end: number;
} {
  if (payload.length > MAX_BYTES)
    throw new ProtocolError("bad-extension", `a message of an extension has ${payload.length} bytes`);
  const { value, end } = decodePrefix(payload, limits);
  if (!isDictionary(value))
    throw new ProtocolError("bad-extension", "an extension's message is a dictionary");
  return { dictionary: value, end };
}

/** The integer of a key, if it is one and within these bounds: what is optional and wrong is as good as absent. */
export function integerWithin(
  dictionary: Dictionary,
  key: string,
  min: number,
  max: number,
): number | undefined {
  const value = dictionary.get(key);
  return typeof value === "number" && value >= min && value <= max ? value : undefined;
}

export function bytesOrNone(dictionary: Dictionary, key: string): Uint8Array | undefined {
  const value = dictionary.get(key);
  return value instanceof Uint8Array ? value : undefined;
}
