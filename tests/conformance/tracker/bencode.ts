// Reads bencoding (BEP 3), strictly: what is not written in the one way that there is, is wrong. Its own on purpose: what is under
// test is not used to test it.

/** A string is latin1: a character for each byte. */
export type Bencoded = number | string | Bencoded[] | Map<string, Bencoded>;

/** @throws Error with what is wrong, and where. */
export function readBencode(bytes: Buffer): Bencoded {
  const text = bytes.toString("latin1");
  let at = 0;
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const [all, group = ""] = pattern.exec(text) ?? [];
    if (all === undefined)
      throw new Error(`no bencoding at byte ${at}: ${JSON.stringify(text.slice(at, at + 30))}`);
    at += all.length;
    return group;
  };
  const string = (): string => {
    const length = Number(take(/(0|[1-9]\d*):/y));
    if (at + length > text.length) throw new Error(`a string of ${length} bytes is cut off`);
    at += length;
    return text.slice(at - length, at);
  };
  const value = (): Bencoded => {
    const kind = text[at];
    if (kind === "i") return Number(take(/i(0|-?[1-9]\d*)e/y));
    if (kind !== "l" && kind !== "d") return string();
    at++;
    const list: Bencoded[] = [];
    const entries = new Map<string, Bencoded>();
    let last = "";
    while (text[at] !== "e") {
      if (kind === "l") list.push(value());
      else {
        const key = string();
        if (entries.size > 0 && key <= last) throw new Error(`the key ${JSON.stringify(key)} is not sorted`);
        entries.set((last = key), value());
      }
    }
    at++;
    return kind === "l" ? list : entries;
  };
  const read = value();
  if (at !== text.length) throw new Error(`${text.length - at} bytes follow the value`);
  return read;
}

/** @throws Error if it is none, or something else. */
export function readDictionary(bytes: Buffer): Map<string, Bencoded> {
  const read = readBencode(bytes);
  if (!(read instanceof Map)) throw new Error("it is no dictionary");
  return read;
}
