// The messages by which peers hand on a torrent's info dictionary (BEP 9, ut_metadata), and the side that answers.
import { ProtocolError } from "@socketlab/core/browser";
import { encode } from "../bencode/encode.ts";
import { decodePayload, integerWithin } from "./payload.ts";

export const METADATA_PART_BYTES: number = 16 * 1024;

export type MetadataMessage =
  | { readonly type: "request" | "reject"; readonly part: number }
  /** The last part is shorter. `totalBytes` is of all parts together. */
  | { readonly type: "data"; readonly part: number; readonly totalBytes: number; readonly bytes: Uint8Array };

const types = ["request", "data", "reject"] as const;

/** Of the last part too. */
export function partBytes(totalBytes: number, part: number): number {
  return Math.min(METADATA_PART_BYTES, totalBytes - part * METADATA_PART_BYTES);
}

export function partCount(totalBytes: number): number {
  return Math.ceil(totalBytes / METADATA_PART_BYTES);
}

export function encodeMetadata(message: MetadataMessage): Uint8Array {
  const start = { msg_type: types.indexOf(message.type), piece: message.part };
  if (message.type !== "data") return encode(start);
  const dictionary = encode({ ...start, total_size: message.totalBytes });
  const payload = new Uint8Array(dictionary.length + message.bytes.length);
  payload.set(dictionary);
  payload.set(message.bytes, dictionary.length);
  return payload;
}

/** @returns undefined for a type that is not known, which is to be ignored. @throws ProtocolError. */
export function decodeMetadata(payload: Uint8Array): MetadataMessage | undefined {
  const { dictionary, end } = decodePayload(payload);
  const max = Number.MAX_SAFE_INTEGER;
  const number = integerWithin(dictionary, "msg_type", 0, max);
  const part = integerWithin(dictionary, "piece", 0, max);
  if (number === undefined) throw new ProtocolError("bad-extension", "a metadata message without a type");
  const type = types[number];
  if (type === undefined) return undefined;
  if (part === undefined) throw new ProtocolError("bad-extension", `a metadata ${type} that names no piece`);
  if (type !== "data") return { type, part };
  const bytes = payload.subarray(end);
  // Some do not say it, and the text of BEP 9 itself has it wrong: whoever has asked knows what to expect.
  const totalBytes = integerWithin(dictionary, "total_size", 1, max) ?? 0;
  if (bytes.length > METADATA_PART_BYTES)
    throw new ProtocolError("bad-extension", `a piece of metadata has ${bytes.length} bytes`);
  return { type, part, totalBytes, bytes };
}

/** How often one peer is given everything: it may have lost some, or got something false from others. */
const TIMES = 3;

/** Answers one peer. */
export class MetadataAnswers {
  #sentBytes = 0;

  /**
   * @param metadata the info dictionary's bytes; undefined as long as they are not there and verified, and for a private
   *   torrent (BEP 27), which is for those alone to whom its tracker has given it.
   */
  answer(part: number, metadata: Uint8Array | undefined): MetadataMessage {
    if (metadata === undefined || part >= partCount(metadata.length)) return { type: "reject", part };
    const length = partBytes(metadata.length, part);
    if (this.#sentBytes + length > TIMES * metadata.length) return { type: "reject", part };
    this.#sentBytes += length;
    const begin = part * METADATA_PART_BYTES;
    const bytes = metadata.subarray(begin, begin + length);
    return { type: "data", part, totalBytes: metadata.length, bytes };
  }
}
