// Memory for large messages, used again when its reader says so. Knows nothing of frames.

// A smaller chunk is not worth the call.
const FREE_FROM_BYTES = 4096;
/**
 * From this size on a message is large: it is received in a block of its own, which can be given back; and who has
 * awaited `send` of so many bytes may write over them.
 */
export const LARGE_BYTES: number = 64 * 1024;
// What busy readers have in hand at a time, with room to spare; what is given back beyond it is left to the collector.
const MOST_IDLE_BYTES = 8 * 1024 * 1024;

// Not set to zero: a page that nothing has arrived for costs nothing.
const allocate: (bytes: number) => Uint8Array =
  typeof Buffer === "function" ? (bytes) => Buffer.allocUnsafeSlow(bytes) : (bytes) => new Uint8Array(bytes);

const lent = new WeakSet<ArrayBufferLike>();
const idle: Uint8Array[] = [];
let idleBytes = 0;

/** A block of at least `bytes` bytes. Whoever never gives it back costs a new one, and nothing else. */
export function takeBlock(bytes: number): Uint8Array {
  // Not one that is far too large: who keeps a message should not keep much more.
  const at = idle.findLastIndex(({ length }) => length >= bytes && length <= 2 * bytes);
  const block = at < 0 ? allocate(bytes) : idle.splice(at, 1)[0]!;
  if (at >= 0) idleBytes -= block.length;
  lent.add(block.buffer);
  return block;
}

/**
 * Says that nobody will look at `view`, the bytes of a message received, any more: the next large message may be put
 * there. To be called at most once for each message, by its only reader. Nobody has to: what is not given back is left
 * to the garbage collector. What does not lie in a block of its own is ignored, so the caller need not know its size.
 */
export function giveBack(view: Uint8Array): void {
  const { buffer } = view;
  if (!lent.delete(buffer)) return;
  const block = new Uint8Array(buffer);
  idle.push(block);
  idleBytes += block.length;
  while (idleBytes > MOST_IDLE_BYTES) idleBytes -= idle.shift()!.length;
}

/**
 * Frees a chunk that was copied, and that nobody else has seen, at once, if its memory is its own. Left to the
 * collector, chunks would be so much memory that it collects the whole heap once for each 64 MB that arrive.
 */
export function free(chunk: Uint8Array): void {
  const { buffer } = chunk;
  const isItsOwn = chunk.length === buffer.byteLength && buffer instanceof ArrayBuffer;
  if (isItsOwn && chunk.length >= FREE_FROM_BYTES) buffer.transfer(0);
}
