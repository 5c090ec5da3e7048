// Bytes as rows of offset, hexadecimal and text. Knows nothing of what they mean.
import type { Payload } from "@socketlab/core";

const BYTES_PER_ROW = 8;

export interface HexRow {
  /** Of its first byte, in hexadecimal. */
  readonly offset: string;
  readonly hex: string;
  /** Printable ASCII; a dot for everything else. */
  readonly text: string;
}

/** Text is shown as its UTF-8 bytes. */
export function hexRows(payload: Payload): HexRow[] {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const rows: HexRow[] = [];
  for (let at = 0; at < bytes.length; at += BYTES_PER_ROW) {
    const row = [...bytes.subarray(at, at + BYTES_PER_ROW)];
    rows.push({
      offset: at.toString(16).padStart(4, "0"),
      hex: row.map((byte) => byte.toString(16).padStart(2, "0")).join(" "),
      text: row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join(""),
    });
  }
  return rows;
}

/** The payload as text: JSON laid out, text as it is, bytes as text where they are valid UTF-8. */
export function decodedText(payload: Payload): string | undefined {
  try {
    const text =
      typeof payload === "string" ? payload : new TextDecoder("utf-8", { fatal: true }).decode(payload);
    return /^\s*[[{]/.test(text) ? laidOut(text) : text;
  } catch {
    return undefined;
  }
}

function laidOut(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
