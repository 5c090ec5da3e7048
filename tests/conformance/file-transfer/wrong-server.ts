// A small file-transfer server that can be wrong on purpose, in one way: the checks must catch each. Arguments: the way, its
// folder. It knows just enough of the protocol to fail in earnest, over TCP, and SHA-256 alone.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import {
  batched,
  CHUNK_BYTES,
  chunksOf,
  filesOf,
  Frames,
  sha256,
  SMALL_BYTES,
  wholeOf,
  withLength,
  type SmallFile,
} from "../../file-wire.ts";

const [way = "", root = ""] = process.argv.slice(2);
const ways = [
  "nothing",
  "believes-chunks", // takes a chunk whatever its hash says
  "believes-the-whole",
  "names-early", // under its name from the beginning
  "climbs", // takes ".." and all other names
  "sends-unwanted", // sends one chunk more than was wanted
  "flips", // sends a wrong byte, with the hash of the right ones
  "begins-anew", // forgets what had arrived
  "trusts-what-it-has", // does not compare what had arrived
  "mixes", // takes two writers of one name
  "takes-all", // takes chunks that it has not asked for
  "wants-all", // asks for a whole file at once
  "waits-for-one", // serves a transfer only when the one before it has ended
  "acknowledges-early", // says done, and writes a moment later
  "forgets-pages", // lists the first page for ever
  "believes-small", // takes a small file whatever its hash says
  "swaps-small", // gives small files each other's content
  "takes-half", // of a batch that is broken it takes what comes before
  "lives-on", // ends no conversation, whatever is said in it
];
if (!ways.includes(way)) throw new Error(`${way} is none of ${ways.join(", ")}`);
const is = (fault: string): boolean => way === fault;

/** Kept of an interrupted attempt, by path: its chunks. */
const kept = new Map<string, (Buffer | undefined)[]>();
const writing = new Map<string, unknown>();

class Refusal extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`this cannot be done: ${code}`);
    this.code = code;
  }
}

function place(path: string): string {
  if (is("climbs")) return join(root, "x", path.replaceAll("..", "up").replaceAll("\0", "0").slice(0, 100));
  const isBad =
    path !== "" && (path.includes("\\") || path.split("/").some((name) => /^\.{0,2}$/u.test(name)));
  if (isBad) throw new Refusal("bad-path");
  return join(root, path);
}

function entry(path: string): object {
  const at = place(path);
  if (!existsSync(at)) throw new Refusal("not-found");
  const stats = statSync(at);
  const kind = stats.isFile() ? "file" : "folder";
  return {
    path,
    kind,
    size: stats.isFile() ? stats.size : 0,
    mtimeMs: stats.mtimeMs,
    mode: stats.mode & 0o777,
  };
}

interface Request {
  readonly id: number;
  readonly path: string;
  readonly paths: string[];
  readonly after?: string;
  readonly transfer: number;
  readonly hash: string;
  readonly size: number;
  readonly mtimeMs: number;
}

interface Put {
  readonly id: number;
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly chunks: (Buffer | undefined)[];
  readonly wanted: Set<number>;
  next: number;
}

class Talk {
  readonly #socket: Socket;
  readonly #puts = new Map<number, Put>();
  readonly #gets = new Map<number, Buffer[]>();

  constructor(socket: Socket) {
    this.#socket = socket;
    const frames = new Frames();
    socket.on("data", (piece) => {
      for (const frame of frames.push(piece)) this.#hear(frame);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      for (const put of this.#puts.values()) this.#keep(put);
    });
  }

  #keep(put: Put): void {
    writing.delete(put.path);
    if (!is("begins-anew")) kept.set(put.path, put.chunks);
    this.#puts.delete(put.id);
  }

  #say(id: number, body: object): void {
    this.#socket.write(withLength(Buffer.concat([Uint8Array.of(id), Buffer.from(JSON.stringify(body))])));
  }

  #layout(id: number, numbers: readonly number[], ...rest: Uint8Array[]): void {
    const head = Buffer.alloc(1 + 4 * numbers.length);
    head[0] = id;
    for (const [at, number] of numbers.entries()) head.writeUInt32BE(number, 1 + 4 * at);
    this.#socket.write(withLength(Buffer.concat([head, ...rest])));
  }

  #hear(frame: Buffer): void {
    const id = frame[0]!;
    try {
      if (id === 24) return this.#takeBatch(frame.subarray(1));
      if (id >= 16 && id !== 20 && id !== 22) return this.#hearNumbers(id, frame.subarray(1));
      const body = JSON.parse(frame.subarray(1).toString()) as Request;
      try {
        this.#answer(id, body);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.#say(8, { id: body.id, code: error.code, detail: error.message });
      }
    } catch (error) {
      this.#say(8, { code: "bad-message", detail: (error as Error).message });
      if (!is("lives-on")) this.#socket.end();
    }
  }

  #answer(type: number, body: Request): void {
    const { id, path } = body;
    switch (type) {
      case 1:
        return this.#say(1, { canWrite: true });
      case 2: {
        const all = readdirSync(place(path))
          .toSorted()
          .map((name) => (path === "" ? name : `${path}/${name}`));
        const after: string = is("forgets-pages") ? "" : (body.after ?? "");
        const left = all.filter((one) => one > after);
        return this.#say(2, { id, entries: left.slice(0, 500).map(entry), more: left.length > 500 });
      }
      case 3:
        return this.#say(3, { id, entry: entry(path) });
      case 4: {
        entry(path);
        rmSync(place(path), { recursive: true });
        return this.#say(4, { id, count: 1 });
      }
      case 5:
        mkdirSync(place(path), { recursive: true });
        return this.#say(5, { id });
      case 6: {
        this.#say(6, { id, entry: entry(path) });
        this.#gets.set(
          id,
          chunksOf(readFileSync(place(path))).map((chunk) => Buffer.from(chunk)),
        );
        return;
      }
      case 7:
        return this.#begin(body);
      case 8:
        return this.#giveBatch(body);
      case 20: {
        const put = this.#puts.get(body.transfer)!;
        const content = Buffer.concat(put.chunks as Buffer[]);
        if (!is("believes-the-whole") && body.hash !== wholeOf(content)) {
          this.#puts.delete(put.id);
          writing.delete(put.path);
          return this.#say(8, {
            id: put.id,
            code: "bad-hash",
            detail: "the whole is not what its hash says",
          });
        }
        return this.#finish(put);
      }
      case 22:
        this.#gets.delete(body.transfer);
        return;
      default:
        throw new Error(`no message has the number ${type}`);
    }
  }

  #takeBatch(body: Buffer): void {
    const id = body.readUInt32BE(0);
    const refused: object[] = [];
    const each = (file: SmallFile, index: number): void => {
      const refuse = (code: string): number => refused.push({ index, code, detail: `not done: ${code}` });
      try {
        place(file.path);
        if (writing.has(file.path)) refuse("busy");
        else if (!is("believes-small") && !sha256(file.data).equals(file.hash)) refuse("bad-hash");
        else this.#write(file, file.data);
      } catch (error) {
        refuse((error as Refusal).code);
      }
    };
    const bytes = body.subarray(8);
    if (is("takes-half")) for (const file of filesOf(bytes)) each(file, 0);
    const files = [...filesOf(bytes)];
    if (files.some(({ mode, data }) => mode > 0o777 || data.length > SMALL_BYTES))
      throw new Error("no batch");
    files.forEach(each);
    this.#say(9, { id, refused });
  }

  #giveBatch({ id, paths }: Request): void {
    const refused: object[] = [];
    const files = paths.flatMap((path, index) => {
      try {
        const { mtimeMs, mode } = entry(path) as SmallFile;
        const data = readFileSync(place(path));
        if (data.length > SMALL_BYTES) throw new Refusal("too-large");
        return [{ path, mtimeMs, mode, hash: sha256(data), data }];
      } catch (error) {
        refused.push({ index, code: (error as Refusal).code, detail: "not to be had" });
        return [];
      }
    });
    if (is("swaps-small")) files.push(files.shift()!);
    for (const [at, file] of files.entries()) {
      const { path } = is("swaps-small") ? files.at(at - 1)! : file;
      this.#layout(24, [id, 1], batched({ ...file, path }));
    }
    this.#say(9, { id, refused });
  }

  #begin({ id, path, size, mtimeMs }: Request): void {
    place(path);
    if (writing.has(path) && !is("mixes")) throw new Refusal("busy");
    writing.set(path, this);
    const count = Math.ceil(size / CHUNK_BYTES);
    const had = kept.get(path) ?? [];
    const chunks = Array.from({ length: count }, (_, index) => had[index]);
    const put: Put = { id, path, size, mtimeMs, chunks, wanted: new Set(), next: 0 };
    this.#puts.set(id, put);
    if (is("names-early")) this.#write(put, Buffer.alloc(size));
    this.#say(7, { id });
    if (count === 0) return this.#finish(put);
    if (had.some((chunk) => chunk !== undefined) && !is("trusts-what-it-has"))
      this.#layout(23, [id, 0, count]);
    else this.#want(put);
  }

  #want(put: Put): void {
    const most = is("wants-all") ? Infinity : 8;
    for (; put.next < put.chunks.length && put.wanted.size < most; put.next++) {
      if (put.chunks[put.next] !== undefined) continue;
      put.wanted.add(put.next);
      this.#layout(16, [put.id, put.next, 1]);
    }
    if (put.chunks.some((chunk) => chunk === undefined)) return;
    if (put.chunks.length === 1) this.#finish(put);
    else this.#layout(19, [put.id]);
  }

  #finish(put: Put): void {
    const write = (): void => this.#write(put, Buffer.concat(put.chunks as Buffer[]));
    if (is("acknowledges-early")) setTimeout(write, 300);
    else write();
    this.#puts.delete(put.id);
    kept.delete(put.path);
    writing.delete(put.path);
    this.#layout(21, [put.id]);
  }

  #write({ path, mtimeMs }: { path: string; mtimeMs: number }, content: Uint8Array): void {
    mkdirSync(dirname(place(path)), { recursive: true });
    writeFileSync(place(path), content, { flush: true });
    utimesSync(place(path), mtimeMs / 1000, mtimeMs / 1000);
  }

  #hearNumbers(type: number, body: Buffer): void {
    const transfer = body.readUInt32BE(0);
    const put = this.#puts.get(transfer);
    if (type === 17 && put !== undefined) return this.#take(put, body);
    if (type === 18 && put !== undefined) {
      const hashes = body.subarray(8);
      for (const [index, chunk] of put.chunks.entries()) {
        const hash = hashes.subarray(index * 32, index * 32 + 32);
        if (chunk !== undefined && !sha256(chunk).equals(hash)) put.chunks[index] = undefined;
      }
      return this.#want(put);
    }
    const get = this.#gets.get(transfer);
    if (get === undefined) return;
    if (type === 19) return this.#say(20, { transfer, hash: wholeOf(Buffer.concat(get)) });
    if (type === 21) return void this.#gets.delete(transfer);
    if (type !== 16) return;
    // A queue for all, in which the first must end before the next is served.
    if (is("waits-for-one") && this.#gets.keys().next().value !== transfer) return;
    const [first, count] = [body.readUInt32BE(4), body.readUInt32BE(8)];
    if (count === 0 || first + count > get.length) throw new Error("the file has no such chunk");
    for (let index = first; index < first + count + (is("sends-unwanted") ? 1 : 0); index++) {
      const data = get[index];
      if (data === undefined) continue;
      const sent = Buffer.from(data);
      if (is("flips")) sent[sent.length >> 1]! ^= 4;
      this.#layout(17, [transfer, index], sha256(data), sent);
    }
  }

  #take(put: Put, body: Buffer): void {
    const index = body.readUInt32BE(4);
    const [hash, data] = [body.subarray(8, 40), body.subarray(40)];
    const right = Math.min(CHUNK_BYTES, put.size - index * CHUNK_BYTES);
    if (!is("takes-all") && (!put.wanted.delete(index) || data.length !== right)) {
      this.#keep(put);
      throw new Error(`chunk ${index} was not asked for, or not so`);
    }
    put.wanted.delete(index);
    if (is("believes-chunks") || sha256(data).equals(hash)) put.chunks[index] = Buffer.from(data);
    else {
      put.wanted.add(index);
      return this.#layout(16, [put.id, index, 1]);
    }
    this.#want(put);
  }
}

mkdirSync(root, { recursive: true });
// What it does not understand ends it in a real server; here it must live on for the other checks.
process.on("uncaughtException", () => {});
const server = createServer((socket) => void new Talk(socket));
server.listen(0, "127.0.0.1", () =>
  console.log(`tcp://127.0.0.1:${(server.address() as { port: number }).port}`),
);
