// The two ends of a transfer as its engines see them: what is read from, and what is written to. Knows no disk.

/** What a sender sends: all of one version. */
export interface Source {
  /** Bytes. */
  readonly size: number;
  /**
   * Fills `into` from `offset`, up to the end.
   * @returns how many bytes that were. @throws what keeps it from being read, or that it has changed.
   */
  read(into: Uint8Array, offset: number): Promise<number>;
}

/** Where a receiver puts what arrives. */
export interface Sink {
  /** Bytes. */
  readonly size: number;
  /** How many bytes are there from an earlier attempt. What they are worth, their hashes must tell. */
  readonly had: number;
  /** Reads what is there, as a source does. */
  read(into: Uint8Array, offset: number): Promise<number>;
  /** `bytes` may be used again as soon as this settles. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
}
