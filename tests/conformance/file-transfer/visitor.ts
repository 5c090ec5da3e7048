// The visitor of one check: a folder that nobody else has, questions and their answers. Checks nothing by itself.
import { FileClient, describe, matches, type Wanted } from "../../file-client.ts";
import { chunksOf, sha256, wholeOf, type FileMessage } from "../../file-wire.ts";
import { Mismatch, type Check } from "../check.ts";

/** The server may keep what earlier runs sent: no folder is used twice. */
const run = `conformance-${process.pid.toString(36)}${(Date.now() % 2 ** 31).toString(36)}`;
let used = 0;

export interface PutFile {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs?: number;
  readonly mode?: number;
  readonly algorithm?: string;
  readonly upload?: string;
}

export class Visitor implements AsyncDisposable {
  readonly url: string;
  readonly timeoutMs: number;
  /** A folder of this check's own, which is removed afterwards. */
  readonly folder: string = `${run}-${++used}`;
  readonly #clients: FileClient[] = [];

  constructor(url: string, timeoutMs: number) {
    this.url = url;
    this.timeoutMs = timeoutMs;
  }

  path(name: string): string {
    return `${this.folder}/${name}`;
  }

  /** Somebody who is connected and has said hello. */
  async client(): Promise<FileClient> {
    const client = await FileClient.open(this.url, this.timeoutMs);
    this.#clients.push(client);
    await ask(client, { type: "hello" }, { type: "welcome" });
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const broom = await FileClient.open(this.url, this.timeoutMs).catch(() => undefined);
    broom?.send({ type: "hello" });
    broom?.send({ type: "remove", id: 1, path: this.folder, recursive: true });
    await broom?.take((came) => came.type === "removed" || came.type === "refused").catch(() => {});
    for (const client of [...this.#clients, ...(broom === undefined ? [] : [broom])]) client.reset();
    await Promise.all(this.#clients.map((client) => client.ended()));
  }
}

type MakeCheck = (name: string, promise: string, body: (visitor: Visitor) => Promise<void>) => Check;

/** Makes checks of the server at `url`. */
export function checksWith(url: string, timeoutMs: number): MakeCheck {
  return (name, promise, body) => ({
    name,
    promise,
    run: async () => {
      await using visitor = new Visitor(url, timeoutMs);
      await body(visitor);
    },
  });
}

/** Sends, and waits for an answer with the same number. @throws Mismatch for another one. */
export async function ask(client: FileClient, message: FileMessage, wanted: Wanted): Promise<FileMessage> {
  client.send(message);
  const id = message["id"];
  const answer = await client
    .take(
      (came) => matches(came, wanted) || (came.type === "refused" && (id === undefined || came["id"] === id)),
    )
    .catch((error: Error) => error);
  if (answer instanceof Error) throw new Mismatch(describe(message), shown(wanted), answer.message);
  if (matches(answer, wanted)) return answer;
  throw new Mismatch(describe(message), shown(wanted), describe(answer));
}

/** Asks a question with a number of its own. */
export function question(
  client: FileClient,
  message: FileMessage,
  wanted: string | Partial<FileMessage>,
): Promise<FileMessage> {
  const id = client.number();
  return ask(client, { ...message, id }, { ...(typeof wanted === "string" ? { type: wanted } : wanted), id });
}

/** @throws Mismatch unless it is refused with one of these codes and a sentence. */
export async function refused(
  client: FileClient,
  message: FileMessage,
  ...codes: readonly string[]
): Promise<FileMessage> {
  const id = message["id"] ?? client.number();
  client.send({ ...message, id });
  const answer = await client
    .take((came) => (came["id"] ?? came["transfer"]) === id)
    .catch((error: Error) => error);
  if (answer instanceof Error)
    throw new Mismatch(describe(message), `refused: ${codes.join(", ")}`, answer.message);
  return assertRefused(describe(message), answer, ...codes);
}

export function assertRefused(sent: string, came: FileMessage, ...codes: readonly string[]): FileMessage {
  const isRight = came.type === "refused" && (codes.length === 0 || codes.includes(came["code"] as string));
  if (!isRight || !/\w+ \w+/u.test(String(came["detail"])))
    throw new Mismatch(
      sent,
      `refused, ${codes.join(" or ") || "whatever the code"}, and a sentence`,
      describe(came),
    );
  return came;
}

/** Announces a file. @returns its number. */
export function announce(client: FileClient, file: PutFile): number {
  const id = client.number();
  const usual = { mtimeMs: 1_700_000_000_000, mode: 0o644, algorithm: "sha256", upload: "one" };
  client.send({ type: "put", id, ...usual, ...file });
  return id;
}

export function sendChunk(client: FileClient, transfer: number, index: number, data: Uint8Array): void {
  client.send({ type: "chunk", transfer, index, hash: sha256(data), data });
}

const isAbout =
  (transfer: number, ...types: readonly string[]) =>
  (came: FileMessage): boolean =>
    (came["transfer"] === transfer || came["id"] === transfer) &&
    (types.length === 0 || types.includes(came.type));

/** The next thing that the server says of a transfer. */
export function about(
  client: FileClient,
  transfer: number,
  ...types: readonly string[]
): Promise<FileMessage> {
  return client.take(isAbout(transfer, ...types));
}

/**
 * Brings a file that has been announced, as asked for, until `stop` says so or it is done.
 * @returns the last message, and the chunks that were asked for, in order.
 */
export async function bring(
  client: FileClient,
  transfer: number,
  content: Uint8Array,
  stop: (asked: readonly number[]) => boolean = () => false,
): Promise<{ last: FileMessage; asked: number[]; checked: number }> {
  const chunks = chunksOf(content);
  const asked: number[] = [];
  let checked = 0;
  for (;;) {
    const last = await about(client, transfer);
    const { type } = last;
    if (type === "want") {
      const { first, count } = last as unknown as { first: number; count: number };
      for (let index = first; index < first + count; index++) {
        asked.push(index);
        const chunk = chunks[index];
        if (chunk === undefined) throw new Mismatch("put", "only chunks that there are", describe(last));
        sendChunk(client, transfer, index, chunk);
        if (!stop(asked)) continue;
        const left = first + count - index - 1;
        // For who goes on with it.
        if (left > 0) client.inbox.unshift({ type, transfer, first: index + 1, count: left });
        return { last, asked, checked };
      }
    } else if (type === "check") {
      const { first, count } = last as unknown as { first: number; count: number };
      checked += count;
      const hashes = Buffer.concat(chunks.slice(first, first + count).map((chunk) => sha256(chunk)));
      client.send({ type: "hashes", transfer, first, hashes });
    } else if (type === "sum") client.send({ type: "whole", transfer, hash: wholeOf(content) });
    else if (type !== "accepted") return { last, asked, checked };
  }
}

/** Puts a file as it should be done. @returns which chunks were asked for. */
export async function put(
  client: FileClient,
  path: string,
  content: Uint8Array,
  more: Partial<PutFile> = {},
): Promise<number[]> {
  const transfer = announce(client, { path, size: content.length, ...more });
  const { last, asked } = await bring(client, transfer, content);
  if (last.type !== "done") throw new Mismatch(`put of ${content.length} bytes`, "done", describe(last));
  return asked;
}

/** Asks for a file. */
export async function offer(client: FileClient, path: string): Promise<{ transfer: number; size: number }> {
  const answer = await question(client, { type: "get", path, algorithm: "sha256" }, "offer");
  const { size } = answer["entry"] as { size: number };
  return { transfer: answer["id"] as number, size };
}

/** Takes one chunk, and checks its hash. */
export async function takeChunk(client: FileClient, transfer: number, index: number): Promise<Buffer> {
  const { data, hash } = (await client.take({ type: "chunk", transfer, index })) as unknown as {
    data: Buffer;
    hash: Buffer;
  };
  if (!sha256(data).equals(hash))
    throw new Mismatch(
      `want chunk ${index}`,
      `the hash of its bytes, ${sha256(data).toString("hex")}`,
      hash.toString("hex"),
    );
  return data;
}

/** Gets a file as it should be done. */
export async function get(client: FileClient, path: string): Promise<Buffer> {
  const { transfer, size } = await offer(client, path);
  const pieces: Buffer[] = [];
  const count = Math.ceil(size / (512 * 1024));
  for (let index = 0; index < count; index++) {
    client.send({ type: "want", transfer, first: index, count: 1 });
    pieces.push(await takeChunk(client, transfer, index));
  }
  const content = Buffer.concat(pieces);
  client.send({ type: "sum", transfer });
  const { hash } = await client.take({ type: "whole", transfer });
  if (hash !== wholeOf(content)) throw new Mismatch("sum", wholeOf(content), String(hash));
  client.send({ type: "done", transfer });
  return content;
}

/** What is directly in a folder: the names, page by page. */
export async function list(
  client: FileClient,
  path: string,
): Promise<{ path: string; kind: string; size: number }[]> {
  const all: { path: string; kind: string; size: number }[] = [];
  for (let more = true; more;) {
    const after = all.at(-1)?.path;
    const page = await question(
      client,
      { type: "list", path, ...(after !== undefined && { after }) },
      "entries",
    );
    const entries = page["entries"] as typeof all;
    if (after !== undefined && entries[0]?.path === all[0]?.path)
      throw new Mismatch(`list after ${after}`, "the next page", "the first page again");
    all.push(...entries);
    more = page["more"] === true && entries.length > 0;
  }
  return all;
}

export async function names(client: FileClient, path: string): Promise<string[]> {
  return (await list(client, path)).map((entry) => entry.path);
}

/** @throws Mismatch unless both are the same as JSON. */
export function assertEqual(sent: string, expected: unknown, came: unknown): void {
  if (JSON.stringify(expected) !== JSON.stringify(came))
    throw new Mismatch(sent, shown(expected), shown(came));
}

export function assertBytes(sent: string, expected: Uint8Array, came: Uint8Array): void {
  if (Buffer.compare(expected, came) !== 0) {
    const at = expected.findIndex((byte, index) => byte !== came[index]);
    throw new Mismatch(sent, `${expected.length} bytes`, `${came.length} bytes, which part at byte ${at}`);
  }
}

function shown(value: unknown): string {
  return typeof value === "function" ? "the right answer" : describe(value ?? "nothing");
}
