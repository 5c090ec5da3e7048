// Says where what came back is not what was sent. Pure.
import type { Payload } from "@socketlab/core";
import { excerpt } from "@socketlab/core/terminal";

export function bytesOf(payload: Payload): Buffer {
  return typeof payload === "string"
    ? Buffer.from(payload)
    : Buffer.from(payload.buffer, payload.byteOffset, payload.length);
}

/** Undefined: `received` is what `sent` begins with. `at` is where `received` stands in what was sent. */
export function differenceAt(sent: Uint8Array, received: Uint8Array, at = 0): string | undefined {
  const expected = sent.subarray(at, at + received.length);
  if (Buffer.compare(expected, received.subarray(0, expected.length)) === 0) {
    return received.length > expected.length
      ? `${received.length - expected.length} bytes more came back than were sent`
      : undefined;
  }
  const first = expected.findIndex((byte, index) => byte !== received[index]);
  const around = (bytes: Uint8Array): string => excerpt(bytes.subarray(Math.max(0, first - 4), first + 12));
  return `byte ${at + first} differs: ${around(expected)} was sent, ${around(received)} came back`;
}

/** The same for whole messages, of transports that keep them whole: shorter is different too, and so is bytes for text. */
export function differenceOf(sent: Payload, received: Payload): string | undefined {
  const [expected, got] = [bytesOf(sent), bytesOf(received)];
  const difference = differenceAt(expected, got);
  if (difference !== undefined) return difference;
  return got.length < expected.length
    ? `${got.length} bytes came back of the ${expected.length} that were sent`
    : undefined;
}
