// Several ranges in one answer: multipart/byteranges (RFC 9110 §14.6). Knows no file.
import { contentRange, type ByteRange } from "./range.ts";

export interface Multipart {
  /** The value of Content-Type. */
  readonly type: string;
  /** The value of Content-Length. */
  readonly length: number;
  /** What stands before each part, in the order of the ranges. */
  readonly heads: readonly string[];
  readonly tail: string;
}

/** @param boundary must not occur in the file: a random one does not. */
export function multipart(
  ranges: readonly ByteRange[],
  size: number,
  type: string,
  boundary: string,
): Multipart {
  const heads = ranges.map(
    (range) =>
      `\r\n--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${contentRange(range, size)}\r\n\r\n`,
  );
  const tail = `\r\n--${boundary}--\r\n`;
  const length = ranges.reduce(
    (sum, { first, last }, i) => sum + heads[i]!.length + last - first + 1,
    tail.length,
  );
  return { type: `multipart/byteranges; boundary=${boundary}`, length, heads, tail };
}
