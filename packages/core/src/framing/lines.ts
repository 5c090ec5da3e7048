// One message per line, UTF-8, so that `nc` and a person can speak it. Knows nothing of what a line says.
import { ProtocolError } from "../errors.ts";
import { ByteInput } from "./byte-input.ts";
import { utf8Length, type ByteOutput } from "./byte-output.ts";
import {
  emptySpan,
  type FrameDecoder,
  type FrameEncoder,
  type Framing,
  type Outgoing,
  type Span,
} from "./framing.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const NEWLINE = 0x0a;

const encoder: FrameEncoder = {
  encode(payload: Outgoing, output: ByteOutput): void {
    payload.write(output);
    output.appendText("\n");
  },
};

class LinesDecoder implements FrameDecoder {
  readonly #maxBytes: number;
  readonly #span: Span = emptySpan();
  /** Regions of whole lines, each ending in a newline, not yet decoded. */
  #regions: Uint8Array[] = [];
  /** The bytes after the last newline. */
  readonly #tail = new ByteInput();
  /** The region being handed out, decoded once, and where in it the next line starts. */
  #text = "";
  #at = 0;
  #regionBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bufferedBytes(): number {
    return this.#regionBytes + this.#tail.length + (this.#text.length - this.#at);
  }

  push(chunk: Uint8Array): void {
    const last = chunk.lastIndexOf(NEWLINE);
    if (last < 0) return this.#tail.push(chunk);
    if (this.#tail.length === 0) this.#pushRegion(chunk.subarray(0, last + 1));
    else {
      this.#tail.push(chunk.subarray(0, last + 1));
      const { bytes, start, end } = this.#tail.take(this.#tail.length);
      this.#pushRegion(bytes.subarray(start, end));
    }
    // A copy (a Buffer's `slice` is none), so that a few bytes do not keep a whole chunk in memory.
    if (last + 1 < chunk.length) this.#tail.push(new Uint8Array(chunk.subarray(last + 1)));
  }

  next(): Span | undefined {
    for (;;) {
      while (this.#at >= this.#text.length) {
        if (!this.#decodeRegion()) return undefined;
      }
      const newline = this.#text.indexOf("\n", this.#at);
      const line = this.#text.slice(this.#at, newline);
      this.#at = newline + 1;
      if (line.length * 3 > this.#maxBytes) this.#check(utf8Length(line));
      // A blank line says nothing: a person pressed Enter.
      if (line !== "" && line !== "\r") {
        this.#span.text = line;
        return this.#span;
      }
    }
  }

  end(): void {
    if (this.#tail.length === 0) return;
    throw new ProtocolError(
      "truncated-message",
      `the stream ended inside a line, ${this.#tail.length} bytes into it: each message ends with a newline`,
    );
  }

  #pushRegion(region: Uint8Array): void {
    this.#regions.push(region);
    this.#regionBytes += region.length;
  }

  /** Decodes the oldest region; false when there is none. */
  #decodeRegion(): boolean {
    const region = this.#regions.shift();
    if (region === undefined) {
      this.#check(this.#tail.length);
      return false;
    }
    this.#regionBytes -= region.length;
    this.#at = 0;
    try {
      this.#text = utf8.decode(region);
    } catch (cause) {
      this.#text = "";
      const each = linesOf(region);
      if (each.length === 1) {
        throw new ProtocolError("invalid-utf8", `a line of ${region.length - 1} bytes is not valid UTF-8`, {
          cause,
        });
      }
      // One of several lines is bad: those before it still count, so go on line by line.
      this.#regions = [...each, ...this.#regions];
      this.#regionBytes += region.length;
    }
    return true;
  }

  #check(lineBytes: number): void {
    if (lineBytes <= this.#maxBytes) return;
    throw new ProtocolError(
      "message-too-long",
      `a line of ${lineBytes} bytes or more arrived; at most ${this.#maxBytes} are allowed`,
    );
  }
}

function linesOf(region: Uint8Array): Uint8Array[] {
  const found = [];
  for (let start = 0; start < region.length;) {
    const end = region.indexOf(NEWLINE, start) + 1;
    found.push(region.subarray(start, end));
    start = end;
  }
  return found;
}

/** Lines of at most `maxBytes` bytes of UTF-8, each ended by LF (a CR before it is left to JSON as white space). */
export function lines({ maxBytes }: { maxBytes: number }): Framing<"text"> {
  return {
    name: "lines",
    kind: "text",
    maxBytes,
    encoder: () => encoder,
    decoder: () => new LinesDecoder(maxBytes),
  };
}
