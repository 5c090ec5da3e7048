// Bytes as people look at them: offset, hexadecimal, text. Knows nothing of what they mean.
import type { Payload } from "../framing/framing.ts";

const BYTES_PER_ROW = 16;

/**
 * Rows as `hexdump -C` writes them. Text is shown as its UTF-8 bytes.
 * @param maxBytes what lies beyond is counted, not shown.
 */
export function hexDump(payload: Payload, maxBytes = 256): string {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const rows: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, maxBytes); at += BYTES_PER_ROW) {
    const row = [...bytes.subarray(at, Math.min(at + BYTES_PER_ROW, maxBytes))];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0"));
    const halves = `${hex.slice(0, 8).join(" ").padEnd(23)}  ${hex.slice(8).join(" ").padEnd(23)}`;
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
    rows.push(`${at.toString(16).padStart(8, "0")}  ${halves}  |${text}|`);
  }
  if (bytes.length > maxBytes) rows.push(`… and ${bytes.length - maxBytes} bytes more`);
  return rows.join("\n");
}

/**
 * The beginning of a payload on one line: text in quotes with control characters escaped (nobody paints our terminal),
 * bytes that are no text in hexadecimal.
 */
export function excerpt(payload: Payload, maxCharacters = 32): string {
  const text =
    typeof payload === "string" ? payload : textOf(payload.subarray(0, maxCharacters * 4), payload.length);
  if (text === undefined) {
    const shown = (payload as Uint8Array).subarray(0, Math.floor(maxCharacters / 3));
    const hex = [...shown].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return shown.length < payload.length ? `${hex} …` : hex;
  }
  const characters = Array.from(text.slice(0, maxCharacters * 2));
  const cut = characters.length > maxCharacters || text.length > maxCharacters * 2;
  return (
    JSON.stringify(characters.slice(0, maxCharacters).join("")).replaceAll(/[\p{Cc}\p{Cf}]/gu, escaped) +
    (cut ? "…" : "")
  );
}

function escaped(character: string): string {
  return `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`;
}

function textOf(start: Uint8Array, length: number): string | undefined {
  try {
    // The piece may end inside a character; what follows is not known to be broken.
    return new TextDecoder("utf-8", { fatal: true }).decode(start, { stream: start.length < length });
  } catch {
    return undefined;
  }
}
