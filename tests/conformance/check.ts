// What a check of an echo server is, and how it says what went wrong. Knows no transport.

/** One promise of an echo server. */
export interface Check {
  /** By which a failed check is known: `tcp-same-bytes`. */
  readonly name: string;
  /** The promise, in a sentence. */
  readonly promise: string;
  /** @throws Mismatch when the promise is broken. */
  readonly run: () => Promise<void>;
}

/** What was sent, what should have come, and what came. */
export class Mismatch extends Error {
  readonly sent: string;
  readonly expected: string;
  readonly came: string;

  constructor(sent: string, expected: string, came: string) {
    super(`sent ${sent}, expected ${expected}, came ${came}`);
    this.sent = sent;
    this.expected = expected;
    this.came = came;
  }
}

/** What the check is about is optional, and whoever is checked does without it. */
export class NotSpoken extends Error {}

/** Bytes for people: printable ones as text, others as \x00; long ones cut. */
export function shown(bytes: Uint8Array): string {
  const text = Array.from(bytes.subarray(0, 40), (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`,
  ).join("");
  return `${bytes.length} bytes "${text}${bytes.length > 40 ? "…" : ""}"`;
}

/** @throws Mismatch when `came` is not `expected`; says where they part if they are long. */
export function assertSame(sent: Uint8Array, expected: Uint8Array, came: Uint8Array, ending = ""): void {
  if (Buffer.compare(expected, came) === 0) return;
  let at = 0;
  while (at < expected.length && expected[at] === came[at]) at++;
  const where = expected.length > 40 ? `; they part at byte ${at}: ${shown(came.subarray(at, at + 20))}` : "";
  throw new Mismatch(shown(sent), shown(expected), `${shown(came)}${ending}${where}`);
}

export const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** `count` bytes that look random and are the same every time (xorshift32, George Marsaglia 2003). */
export function someBytes(count: number, seed = 862): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: count }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}
