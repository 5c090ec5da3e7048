// Masks and unmasks WebSocket payloads in place (RFC 6455 §5.3). Knows nothing of frames.

// Shorter runs are done before a view over whole words would be made.
const WORDWISE_FROM_BYTES = 96;

/** XORs `bytes[start..end)` with `key` (4 bytes, repeated); done twice it restores them. */
export function mask(bytes: Uint8Array, start: number, end: number, key: Uint8Array): void {
  if ((key[0]! | key[1]! | key[2]! | key[3]!) === 0) return;
  let at = start;
  if (end - start >= WORDWISE_FROM_BYTES) {
    // Up to a word boundary, byte by byte; then a word at a time, with the key turned to start where the words do.
    while (((bytes.byteOffset + at) & 3) !== 0) {
      bytes[at]! ^= key[(at - start) & 3]!;
      at++;
    }
    const turned = new Uint8Array(4);
    for (let i = 0; i < 4; i++) turned[i] = key[(at - start + i) & 3]!;
    const word = new Int32Array(turned.buffer)[0]!;
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, (end - at) >> 2);
    for (let i = 0; i < words.length; i++) words[i]! ^= word;
    at += words.length * 4;
  }
  const [k0, k1, k2, k3] = key as unknown as [number, number, number, number];
  const phase = (at - start) & 3;
  if (phase !== 0) {
    for (; at < end; at++) bytes[at]! ^= key[(at - start) & 3]!;
    return;
  }
  for (; at + 4 <= end; at += 4) {
    bytes[at]! ^= k0;
    bytes[at + 1]! ^= k1;
    bytes[at + 2]! ^= k2;
    bytes[at + 3]! ^= k3;
  }
  for (; at < end; at++) bytes[at]! ^= key[(at - start) & 3]!;
}
