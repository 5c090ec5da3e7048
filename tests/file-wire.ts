// File transfer's bytes as a stranger would write them from its README: a length, a number, JSON or a fixed layout. Its own
// on purpose: it imports nothing of what is under test. Knows no socket.
import { createHash } from "node:crypto";

export const CHUNK_BYTES = 512 * 1024;
/** A file of at most so many bytes may go in a batch. */
export const SMALL_BYTES = 64 * 1024;
const HASH_BYTES = 32;

/** Numbers on the wire. Those from 16 on are the same in both directions. */
export const requestIds: Record<string, number> = {
  hello: 1,
  list: 2,
  stat: 3,
  remove: 4,
  makeFolder: 5,
  get: 6,
  put: 7,
  getBatch: 8,
};
const answerNames: Record<number, string> = {
  1: "welcome",
  2: "entries",
  3: "entry",
  4: "removed",
  5: "folderMade",
  6: "offer",
  7: "accepted",
  8: "refused",
  9: "batchDone",
};
const WANT = 16;
const CHUNK = 17;
const HASHES = 18;
const SUM = 19;
const WHOLE = 20;
const DONE = 21;
const CANCEL = 22;
const CHECK = 23;
const BATCH = 24;
/** By their numbers in a batch. */
const verifications = ["blake3", "sha256", "none"];

/** Of a batch. */
export interface SmallFile {
  readonly path: string;
  readonly mtimeMs: number;
  readonly mode: number;
  readonly hash: Buffer;
  readonly data: Uint8Array;
}

/** Any message, of either direction. */
export interface FileMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

export function sha256(...pieces: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}

/** The chunks of a file's content. */
export function chunksOf(content: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(content.length / CHUNK_BYTES) }, (_, index) =>
    content.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
  );
}

/** The hash of the whole: that of the chunks' hashes, in order. */
export function wholeOf(content: Uint8Array): string {
  return sha256(...chunksOf(content).map((chunk) => sha256(chunk))).toString("hex");
}

function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, 4 * at);
  return bytes;
}

/** A message with its number, without its length: over WebSocket each is one binary message. */
export function encode(message: FileMessage): Buffer {
  const { type, ...fields } = message;
  const { transfer, first, count, index } = fields as Record<string, number>;
  const layout = (id: number, ...parts: readonly Uint8Array[]): Buffer =>
    Buffer.concat([Uint8Array.of(id), ...parts]);
  switch (type) {
    case "want":
      return layout(WANT, u32(transfer!, first!, count!));
    case "check":
      return layout(CHECK, u32(transfer!, first!, count!));
    case "sum":
      return layout(SUM, u32(transfer!));
    case "done":
      return layout(DONE, u32(transfer!));
    case "chunk":
      return layout(CHUNK, u32(transfer!, index!), fields["hash"] as Buffer, fields["data"] as Buffer);
    case "batch": {
      const head = u32(fields["id"] as number, verifications.indexOf("sha256"));
      return layout(BATCH, head, fields["bytes"] as Buffer);
    }
    case "hashes":
      return layout(HASHES, u32(transfer!, first!), fields["hashes"] as Buffer);
    default: {
      const id = requestIds[type] ?? (type === "whole" ? WHOLE : type === "cancel" ? CANCEL : undefined);
      if (id === undefined) throw new Error(`no message is called ${type}`);
      return layout(id, Buffer.from(JSON.stringify(fields)));
    }
  }
}

export function withLength(message: Uint8Array): Buffer {
  return Buffer.concat([u32(message.length), message]);
}

export function decode(bytes: Buffer): FileMessage {
  const id = bytes[0]!;
  const body = bytes.subarray(1);
  const at = (offset: number): number => body.readUInt32BE(offset);
  switch (id) {
    case WANT:
    case CHECK:
      return { type: id === WANT ? "want" : "check", transfer: at(0), first: at(4), count: at(8) };
    case CHUNK: {
      const [hash, data] = [body.subarray(8, 8 + HASH_BYTES), body.subarray(8 + HASH_BYTES)];
      return { type: "chunk", transfer: at(0), index: at(4), hash, data };
    }
    case HASHES:
      return { type: "hashes", transfer: at(0), first: at(4), hashes: body.subarray(8) };
    case BATCH: {
      const verification = verifications[at(4)];
      return {
        type: "batch",
        id: at(0),
        verification,
        bytes: body.length,
        files: [...filesOf(body.subarray(8))],
      };
    }
    case SUM:
      return { type: "sum", transfer: at(0) };
    case DONE:
      return { type: "done", transfer: at(0) };
    default: {
      const type = id === WHOLE ? "whole" : id === CANCEL ? "cancel" : answerNames[id];
      if (type === undefined)
        throw new Error(`a message with the number ${id} came, which is none of a server's`);
      return { type, ...(JSON.parse(body.toString()) as object) };
    }
  }
}

/** A file as it stands in a batch: time, mode, the lengths of its path and of its content, its hash, its path, its content. */
export function batched({ path, mtimeMs, mode, hash, data }: SmallFile): Buffer {
  const name = Buffer.from(path);
  const head = Buffer.alloc(16);
  head.writeDoubleBE(mtimeMs, 0);
  head.writeUInt16BE(mode, 8);
  head.writeUInt16BE(name.length, 10);
  head.writeUInt32BE(data.length, 12);
  return Buffer.concat([head, hash, name, data]);
}

export function* filesOf(bytes: Buffer): Generator<SmallFile> {
  for (let at = 0; at < bytes.length;) {
    const pathAt = at + 16 + HASH_BYTES;
    const dataAt = pathAt + bytes.readUInt16BE(at + 10);
    const end = dataAt + bytes.readUInt32BE(at + 12);
    if (end > bytes.length) throw new Error("a batch ends within a file");
    yield {
      path: bytes.toString("utf8", pathAt, dataAt),
      mtimeMs: bytes.readDoubleBE(at),
      mode: bytes.readUInt16BE(at + 8),
      hash: bytes.subarray(at + 16, pathAt),
      data: bytes.subarray(dataAt, end),
    };
    at = end;
  }
}

/** Cuts a stream of bytes into messages. */
export class Frames {
  #pieces: Buffer[] = [];
  #length = 0;

  push(piece: Buffer): Buffer[] {
    this.#pieces.push(piece);
    this.#length += piece.length;
    const frames: Buffer[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      if (frame.length > 0) frames.push(frame);
    }
    return frames;
  }

  #next(): Buffer | undefined {
    if (this.#length < 4) return undefined;
    if (this.#pieces[0]!.length < 4) this.#pieces = [Buffer.concat(this.#pieces)];
    const size = 4 + this.#pieces[0]!.readUInt32BE(0);
    if (this.#length < size) return undefined;
    const all = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    this.#pieces = [all.subarray(size)];
    this.#length -= size;
    return all.subarray(4, size);
  }
}
