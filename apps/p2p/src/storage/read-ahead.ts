// Reads more than was asked for, since what lies behind a block is mostly asked for next. Knows no disk.

/** Four blocks: a read, and what goes with it, costs as much for one. More at a time outlives its use, and costs more to collect. */
const CHUNK_BYTES: number = 64 * 1024;
/** As many peers as are usually served at a time, and some. */
const MAX_CHUNKS = 16;

/** Reads a part of a piece. @throws when it is not there. */
export type ReadPart = (piece: number, begin: number, length: number) => Promise<Uint8Array>;

export class ReadAhead {
  readonly #read: ReadPart;
  readonly #bytesOf: (piece: number) => number;
  /** What was asked for last is last. */
  readonly #chunks = new Map<string, { readonly piece: number; readonly bytes: Promise<Uint8Array> }>();

  /** @param bytesOf how long a piece is. */
  constructor(read: ReadPart, bytesOf: (piece: number) => number) {
    this.#read = read;
    this.#bytesOf = bytesOf;
  }

  /** A view of what was read, not to be changed. */
  async readBlock(piece: number, begin: number, length: number): Promise<Uint8Array> {
    const start = begin - (begin % CHUNK_BYTES);
    const end = Math.min(start + CHUNK_BYTES, this.#bytesOf(piece));
    // Nobody asks for blocks that lie across.
    if (begin + length > end) return this.#read(piece, begin, length);
    const bytes = await this.#chunk(piece, start, end - start);
    return bytes.subarray(begin - start, begin - start + length);
  }

  /** What was read of it counts no longer. */
  forget(piece: number): void {
    for (const [key, chunk] of this.#chunks) if (chunk.piece === piece) this.#chunks.delete(key);
  }

  #chunk(piece: number, start: number, length: number): Promise<Uint8Array> {
    const key = `${piece} ${start}`;
    const known = this.#chunks.get(key);
    const bytes = known?.bytes ?? this.#read(piece, start, length);
    this.#chunks.delete(key);
    this.#chunks.set(key, { piece, bytes });
    // What failed may be there the next time.
    if (known === undefined) bytes.catch(() => this.#chunks.delete(key));
    for (const oldest of this.#chunks.keys()) {
      if (this.#chunks.size <= MAX_CHUNKS) break;
      this.#chunks.delete(oldest);
    }
    return bytes;
  }
}
