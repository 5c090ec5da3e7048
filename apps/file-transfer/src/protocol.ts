// What a file-transfer client and a file-transfer server may say to each other. Knows neither.
import * as z from "zod";
import {
  bytes,
  defineProtocol,
  json,
  layout,
  lengthPrefixed,
  u32,
  type MessageFromClient,
  type MessageFromServer,
} from "@socketlab/core/browser";

/** A file is cut into chunks of this size; only its last may be shorter. */
export const CHUNK_BYTES = 512 * 1024;
/** BLAKE3 and SHA-256 alike. */
export const HASH_BYTES = 32;
/** A file of at most so many bytes is small: it goes with others in one message. */
export const SMALL_BYTES = 64 * 1024;
/** Small files in one message, and their bytes with what is said of them: no more than a chunk has. */
export const MAX_BATCH_FILES = 64;
export const BATCH_BYTES: number = HASH_BYTES + CHUNK_BYTES;
/** 8 TiB: both sides have the hashes of a file's chunks in memory, and those of such a one have 512 MiB. */
export const MAX_FILE_BYTES = 2 ** 43;
/** Entries in one answer to `list`. */
export const MAX_PAGE_ENTRIES = 500;
/** Transfers of one conversation at a time, each of which has a few chunks on their way at most. */
export const MAX_TRANSFERS = 64;

/** Chunks that one conversation's sender has in memory. */
export const SENDING_BLOCKS = 4;

/** Why something is refused. The conversation goes on, except after `bad-message`. */
export const refusalCodes = [
  "bad-message", // what was said is no message of this protocol, or not now; the conversation ends
  "bad-path", // no name that a file may have here: see `parsePath`
  "not-found", // there is nothing of that name
  "not-a-file", // it is a folder, a link, a device
  "not-empty", // a folder with something in it is removed only if that is asked for
  "exists", // something else is there already: a folder where a file is to be, or a name that differs only by case
  "busy", // somebody else is writing that file now
  "changed", // the file changed while it was being read
  "bad-hash", // a chunk, or the whole, is not what its hash says, again and again
  "too-large", // one file, or all files together, would be larger than the server allows
  "too-many", // files, or transfers at a time
  "no-space", // the disk is full
  "not-allowed", // the server may not read or write there, or the token does not allow it
  "token-needed", // this server asks for a token
  "bad-token", // not signed with this server's secret, or expired
  "failed", // the store failed; to try again is harmless
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

// Rough bounds are checked here; what a person can get wrong (a path, say) the server checks, and refuses in a sentence.
/** Chosen by the client for each thing that it asks; a transfer keeps it until its end. */
const Id = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
const Path = z.string().max(8192);
const Size = z.int().min(0);
/** Milliseconds since 1970. */
const Time = z.number();
/** The permission bits: rwxrwxrwx. */
const Mode = z.int().min(0).max(0o777);
const Hash = z.string().regex(/^[0-9a-f]{64}$/);
export const hashAlgorithms = ["blake3", "sha256"] as const;
export type HashAlgorithm = (typeof hashAlgorithms)[number];
const Algorithm = z.enum(hashAlgorithms);
/** How what arrives is verified. `none`: nothing is, and what stands for hashes is zeros. */
export const verifications = [...hashAlgorithms, "none"] as const;
export type Verification = (typeof verifications)[number];
const Verification = z.enum(verifications);

const Entry = z.object({
  path: Path,
  kind: z.enum(["file", "folder"]),
  size: Size,
  mtimeMs: Time,
  mode: Mode,
});
export type Entry = z.infer<typeof Entry>;

/** One of several files: not done, and why. */
const Refused = z.object({ index: z.int().min(0), code: z.enum(refusalCodes), detail: z.string() });
export type Refused = z.infer<typeof Refused>;

/**
 * A transfer has a sending and a receiving side, and either may be the client. The receiver asks for chunks with `want`,
 * never for more than it has room for: that is all the flow control there is above TCP's own. It asks again for a chunk
 * that is not what its hash says. What it has from an interrupted attempt it first compares with the sender's hashes. When
 * it has all, it asks for the hash of the whole.
 */
const transfer = {
  /** Receiver: send me these chunks. They may come in another order. */
  want: layout(16, { transfer: u32, first: u32, count: u32 }),
  /** Sender: a chunk's number, its hash (32 bytes), and the chunk. */
  chunk: layout(17, { transfer: u32, index: u32, hashAndData: bytes }),
  /** Receiver: I have something of these chunks from before; what are their hashes? */
  check: layout(23, { transfer: u32, first: u32, count: u32 }),
  /** Sender: the hashes (32 bytes each) of the chunks that one `check` asked for. */
  hashes: layout(18, { transfer: u32, first: u32, hashes: bytes }),
  /** Receiver: I have every chunk; what is the hash of the whole? */
  sum: layout(19, { transfer: u32 }),
  /** Sender: the hash of all chunks' hashes in their order. */
  whole: json(20, { transfer: Id, hash: Hash }),
  /** Receiver: complete, verified, on disk, and under its name. */
  done: layout(21, { transfer: u32 }),
  /** Either: this transfer ends here; what has arrived is kept for the next attempt. */
  cancel: json(22, { transfer: Id, detail: z.string().max(1000) }),
  /** Either: small files, whole. A client's are to be put under their names; a server's are what `getBatch` asked for. */
  batch: layout(24, { id: u32, verification: u32, files: bytes }),
};

export const fileTransfer = defineProtocol({
  name: "file-transfer",
  version: 1,
  framing: lengthPrefixed({ maxBytes: CHUNK_BYTES + 1024 }),
  client: {
    /** First of all; with a token where the server asks for one. */
    hello: json(1, { token: z.string().max(8192).optional() }),
    /** What is directly in a folder (path "": in the one that is served): those after `after`. */
    list: json(2, { id: Id, path: Path, after: Path.optional() }),
    /** What is there of that name; with `hash`, also the hash of the whole file. */
    stat: json(3, { id: Id, path: Path, hash: Algorithm.optional() }),
    /** Take it away; a folder with something in it only if `recursive`. */
    remove: json(4, { id: Id, path: Path, recursive: z.boolean() }),
    /** With those above it; one that is there already stays. */
    makeFolder: json(5, { id: Id, path: Path, mtimeMs: Time.optional(), mode: Mode.optional() }),
    /** I want to receive a file. */
    get: json(6, { id: Id, path: Path, algorithm: Verification }),
    /** I want to send a file. `upload`: made by the client; connections that give the same one write the same file together. */
    put: json(7, {
      id: Id,
      path: Path,
      size: Size,
      mtimeMs: Time,
      mode: Mode,
      algorithm: Verification,
      upload: z.string().min(1).max(64),
    }),
    /** I want to receive small files. */
    getBatch: json(8, { id: Id, paths: z.array(Path).min(1).max(MAX_BATCH_FILES), algorithm: Verification }),
    ...transfer,
  },
  server: {
    /** The folders and files that this client may read and write; "" is everything. `expiresAtMs`: until then. */
    welcome: json(1, {
      canWrite: z.boolean(),
      read: z.array(Path),
      write: z.array(Path),
      expiresAtMs: Time.optional(),
    }),
    /** To `list`: in order; `more`: ask again, `after` the last of them. */
    entries: json(2, { id: Id, entries: z.array(Entry).max(MAX_PAGE_ENTRIES), more: z.boolean() }),
    /** To `stat`. */
    entry: json(3, { id: Id, entry: Entry, hash: Hash.optional() }),
    /** To `remove`: how many files and folders that were. */
    removed: json(4, { id: Id, count: Size }),
    /** To `makeFolder`. */
    folderMade: json(5, { id: Id }),
    /** To `get`: the file as it is now. */
    offer: json(6, { id: Id, entry: Entry }),
    /** To `put`: the server is ready for it. */
    accepted: json(7, { id: Id }),
    /** Not done, and why: `code` for programs, `detail` for people; `id` is that of what was asked. */
    refused: json(8, { id: Id.optional(), code: z.enum(refusalCodes), detail: z.string() }),
    /** All of a `batch` is done, or all that `getBatch` asked for has come, but these: `index` is a file's place in it. */
    batchDone: json(9, { id: Id, refused: z.array(Refused).max(MAX_BATCH_FILES) }),
    ...transfer,
  },
  farewell: ({ message }) => ({ type: "refused", code: "bad-message", detail: message }),
});

export type FromClient = MessageFromClient<typeof fileTransfer>;
export type FromServer = MessageFromServer<typeof fileTransfer>;
