// Cuts standard input into messages, for transports that keep messages whole. Knows nothing of sockets.
import { isUtf8 } from "node:buffer";
import type { Readable } from "node:stream";
import { LimitError, UsageError, type Payload } from "@socketlab/core";

const NEWLINE = 10;

/** Cuts input into messages: lines with their newline, or, if it is binary, pieces of a size. */
export async function* messagesOf(
  input: Readable,
  pieceBytes: number,
  { binary, maxMessageBytes }: { readonly binary: boolean; readonly maxMessageBytes: number },
): AsyncGenerator<Payload> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const end = binary ? (rest.length >= pieceBytes ? pieceBytes : 0) : rest.indexOf(NEWLINE) + 1;
      if (end === 0) break;
      yield binary ? rest.subarray(0, end) : textOf(rest.subarray(0, end), line++);
      rest = rest.subarray(end);
    }
    if (rest.length > maxMessageBytes) {
      throw new LimitError(
        "message-too-long",
        `line ${line} is longer than the ${maxMessageBytes} bytes that a message may have; --binary cuts by size instead`,
      );
    }
  }
  if (rest.length > 0) yield binary ? rest : textOf(rest, line);
}

function textOf(line: Buffer, number: number): string {
  if (isUtf8(line)) return line.toString();
  throw new UsageError("not-text", `line ${number} of the input is not UTF-8 text; send it with --binary`);
}
