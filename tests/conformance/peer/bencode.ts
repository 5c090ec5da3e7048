// Bencoding (BEP 3), as little of it as a tester needs; of its own, so that it shares no mistake. Knows no torrent.

export type Bencoded = number | Buffer | Bencoded[] | BencodedDictionary;
/** Keys as latin1: one character per byte. */
export type BencodedDictionary = Map<string, Bencoded>;
export type Encodable =
  number | string | Uint8Array | readonly Encodable[] | { readonly [key: string]: Encodable };

export function bencode(value: Encodable): Buffer {
  if (typeof value === "number") return Buffer.from(`i${value}e`);
  if (typeof value === "string") return bencode(Buffer.from(value));
  if (value instanceof Uint8Array) return Buffer.concat([Buffer.from(`${value.length}:`), value]);
  const inside = Array.isArray(value)
    ? (value as readonly Encodable[]).map(bencode)
    : Object.entries(value)
        .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .flatMap(([key, each]) => [bencode(key), bencode(each)]);
  return Buffer.concat([Buffer.from(Array.isArray(value) ? "l" : "d"), ...inside, Buffer.from("e")]);
}

/** The value at the beginning, and where it ends: what follows may be something else (BEP 9). @throws Error */
export function bdecode(bytes: Buffer, at = 0): { value: Bencoded; end: number } {
  const kind = String.fromCharCode(bytes[at] ?? 0);
  if (kind === "i") {
    const end = bytes.indexOf("e", at);
    const digits = bytes.toString("latin1", at + 1, end);
    if (!/^(?:0|-?[1-9]\d*)$/u.test(digits)) throw new Error(`${JSON.stringify(digits)} is no number`);
    return { value: Number(digits), end: end + 1 };
  }
  if (kind === "l" || kind === "d") {
    const values: Bencoded[] = [];
    let next = at + 1;
    while (bytes[next] !== 0x65) {
      const { value, end } = bdecode(bytes, next);
      values.push(value);
      next = end;
    }
    return { value: kind === "l" ? values : dictionaryOf(values), end: next + 1 };
  }
  const colon = bytes.indexOf(":", at);
  const length = bytes.toString("latin1", at, colon);
  const end = colon + 1 + Number(length);
  if (colon < 0 || !/^(?:0|[1-9]\d*)$/u.test(length) || end > bytes.length)
    throw new Error(`this is not bencoded: ${JSON.stringify(bytes.toString("latin1", at, at + 30))}`);
  return { value: bytes.subarray(colon + 1, end), end };
}

function dictionaryOf(values: readonly Bencoded[]): BencodedDictionary {
  const dictionary: BencodedDictionary = new Map();
  for (let at = 0; at < values.length; at += 2) {
    const [key, value] = [values[at], values[at + 1]];
    if (!Buffer.isBuffer(key) || value === undefined) throw new Error("a dictionary's keys are strings");
    dictionary.set(key.toString("latin1"), value);
  }
  return dictionary;
}

/** For people. */
export function worded(value: Bencoded | undefined): string {
  if (value === undefined || typeof value === "number") return String(value);
  if (Buffer.isBuffer(value)) return value.toString("latin1").slice(0, 60);
  return Array.isArray(value)
    ? `[${value.map(worded).join(", ")}]`
    : `{${[...value].map(([key, each]) => `${key}: ${worded(each)}`).join(", ")}}`;
}
