// One conversation with a server, from the client's side: asks, and hands each answer to who asked. Knows no file.
import { ClosedError, giveBack, type MessageSocket } from "@socketlab/core";
import {
  CHUNK_BYTES,
  HASH_BYTES,
  SENDING_BLOCKS,
  type Entry,
  type FromClient,
  type FromServer,
  type RefusalCode,
  type Refused,
  type Verification,
} from "../protocol.ts";
import { BatchWriter, codeOf, readBatch, type SmallFile } from "../transfer/batch.ts";
import { Blocks, leaving } from "../transfer/blocks.ts";
import { Credit } from "../transfer/credit.ts";
import type { Source } from "../transfer/ends.ts";
import type { RateLimit } from "../transfer/rate-limit.ts";
import type { Lane, Receiver } from "../transfer/receiver.ts";
import { Sender } from "../transfer/sender.ts";
import type { ChunkHashes } from "../transfer/hashes.ts";
import { RefusedError } from "./refused-error.ts";
import { WaitingList, type Answer, type Waiting } from "./waiting.ts";

export type FileSocket = MessageSocket<FromServer, FromClient>;

type Question = FromClient & { type: "list" | "stat" | "remove" | "makeFolder" | "get" | "put" };
type Unnumbered<Message> = Message extends { id: number } ? Omit<Message, "id"> : never;

/** What one may do: the folders and files that may be read and written; "" is everything. */
export type Welcome = FromServer & { type: "welcome" };

export type FileToPut = Unnumbered<Question & { type: "put" }>;

export interface PutOptions {
  /** Shared by the conversations that send it together. */
  readonly hashes?: ChunkHashes;
  /** So many bytes have gone out. */
  readonly onSent?: (bytes: number) => void;
  /** So many bytes are there from an earlier attempt. */
  readonly onKept?: (bytes: number) => void;
  readonly onAccepted?: () => void;
  /** Aborted: it is not sent any more, and what has arrived is kept there for the next attempt. */
  readonly signal?: AbortSignal;
}

/** A file that a server has opened for us. To be ended. */
export interface Download {
  readonly entry: Entry;
  readonly lane: Lane;
  /** Brings it, as it is asked for. */
  readonly bring: (receiver: Receiver) => void;
  /** It is all there; or not, and why. Harmless when it has ended. */
  readonly end: (error?: Error) => void;
}

export type Advice = Partial<Record<RefusalCode, string>>;

export class Remote implements AsyncDisposable {
  readonly #socket: FileSocket;
  readonly #sender: Sender;
  readonly #limit: RateLimit | undefined;
  readonly #advice: Advice;
  readonly #credit: Credit;
  readonly #blocks = new Blocks({ count: SENDING_BLOCKS, bytes: HASH_BYTES + CHUNK_BYTES });
  readonly #waiting = new WaitingList();
  /** Why it is over, when it is. */
  readonly closed: Promise<Error>;
  readonly #over = new AbortController();
  readonly #sending = new Map<number, PutOptions>();
  readonly #welcome = Promise.withResolvers<Welcome>();

  /**
   * @param token shown before anything is asked; if it is refused, so is all that was asked.
   * @param advice what a person may do about a refusal: half a sentence behind the server's.
   * @param limit how fast chunks go either way; shared with other conversations.
   */
  constructor(
    socket: FileSocket,
    {
      token,
      limit,
      advice = {},
    }: {
      readonly token?: string | undefined;
      readonly limit?: RateLimit | undefined;
      readonly advice?: Advice;
    } = {},
  ) {
    this.#advice = advice;
    this.#socket = socket;
    this.#limit = limit;
    this.#credit = new Credit(limit?.bytesPerSecond);
    void socket.closed.then(() => this.#over.abort());
    this.#sender = new Sender({
      say: (message) => socket.send(message),
      blocks: this.#blocks,
      limit,
      onFailed: (transfer, error) => this.#waiting.fail(transfer, error),
      onSent: (transfer, bytes) => this.#sending.get(transfer)?.onSent?.(bytes),
      onKept: (transfer, bytes) => this.#sending.get(transfer)?.onKept?.(bytes),
    });
    this.#welcome.promise.catch(() => {});
    if (token !== undefined) this.#say({ type: "hello", token });
    this.closed = this.#read();
  }

  get isOver(): boolean {
    return this.#waiting.reason !== undefined;
  }

  /** How much it has to do: questions and transfers that are under way. */
  get busy(): number {
    return this.#waiting.size;
  }

  /** Says who one is, and learns what one may do. @throws RefusedError, ClosedError. */
  hello(token?: string): Promise<Welcome> {
    this.#say({ type: "hello", ...(token !== undefined && { token }) });
    return this.#welcome.promise;
  }

  /** Asks one thing. @throws RefusedError, ClosedError. */
  async ask<Type extends "list" | "stat" | "remove" | "makeFolder">(
    question: Unnumbered<Question & { type: Type }>,
  ): Promise<
    Answer & { type: { list: "entries"; stat: "entry"; remove: "removed"; makeFolder: "folderMade" }[Type] }
  > {
    const id = this.#waiting.next();
    const answer = this.#waiting.answer(id);
    this.#say({ ...question, id });
    return (await answer) as never;
  }

  /**
   * Sends small files, all at once; settles when those that are not refused are verified, on disk and under their names there.
   * @param fill puts them in.
   * @returns which are refused.
   * @throws RefusedError, ClosedError; what `fill` throws.
   */
  async putBatch(
    algorithm: Verification,
    fill: (batch: BatchWriter) => Promise<void>,
  ): Promise<readonly Refused[]> {
    const { signal } = this.#over;
    const id = this.#waiting.next();
    // From now on this conversation has one more to do, so that the next batch is given to another.
    const answer = this.#waiting.answer(id);
    // If it cannot be said, the answer, which is awaited below, tells why.
    answer.catch(() => {});
    try {
      const block = await this.#blocks.take(signal);
      try {
        const batch = new BatchWriter(block, algorithm);
        await fill(batch);
        if (batch.count === 0) return [];
        await this.#sender.pass(batch.files.length);
        const said = {
          type: "batch",
          id,
          verification: codeOf(algorithm),
          files: leaving(batch.files),
        } as const;
        await this.#socket.send(said).catch(() => {});
      } finally {
        this.#blocks.give(block);
      }
      return this.#refusedOf(await answer);
    } finally {
      this.#waiting.delete(id);
    }
  }

  /**
   * Fetches small files.
   * @param take is given those that have come, some at a time; they may be overwritten when it has settled.
   * @returns which are refused.
   * @throws RefusedError, ClosedError.
   */
  async getBatch(
    paths: readonly string[],
    algorithm: Verification,
    take: (files: readonly SmallFile[]) => Promise<void>,
  ): Promise<readonly Refused[]> {
    const id = this.#waiting.next();
    const answer = this.#waiting.answer(id, take);
    this.#say({ type: "getBatch", id, paths: [...paths], algorithm });
    return this.#refusedOf(await answer);
  }

  #refusedOf(answer: Answer): Refused[] {
    const { refused } = answer as Answer & { type: "batchDone" };
    return refused.map((one) => ({ ...one, detail: this.#sentence(one) }));
  }

  /**
   * Sends a file; settles when it is complete, verified, on disk and under its name there.
   * @throws RefusedError, ClosedError, what the source throws; the signal's reason.
   */
  async put(file: FileToPut, source: Source, options: PutOptions): Promise<void> {
    const { hashes, onAccepted, signal } = options;
    signal?.throwIfAborted();
    const { algorithm } = file;
    const id = this.#waiting.next();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = (): void => reject(signal!.reason as Error);
    signal?.addEventListener("abort", abort, { once: true });
    this.#sending.set(id, options);
    const answered = ({ type }: Answer): void => {
      if (type !== "accepted") return;
      this.#sender.begin(id, source, { algorithm, ...(hashes !== undefined && { hashes }) });
      onAccepted?.();
    };
    try {
      this.#waiting.add(id, { answered, failed: reject, done: resolve });
      this.#say({ ...file, id });
      await promise;
    } catch (error) {
      this.#cancel(id, error as Error);
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#sending.delete(id);
      this.#waiting.delete(id);
      await this.#sender.end(id);
    }
  }

  /**
   * Asks for a file, which is to be ended.
   * @param onFailed it will bring nothing more, and has ended.
   * @throws RefusedError, ClosedError.
   */
  async get(path: string, algorithm: Verification, onFailed: (error: Error) => void): Promise<Download> {
    const id = this.#waiting.next();
    const offered = Promise.withResolvers<Entry>();
    const answered = (answer: Answer): void => {
      if (answer.type === "offer") offered.resolve(answer.entry);
    };
    const waiting: Waiting = { answered, failed: offered.reject };
    this.#waiting.add(id, waiting);
    this.#say({ type: "get", id, path, algorithm });
    const entry = await offered.promise;
    waiting.failed = onFailed;
    const lane: Lane = { transfer: id, credit: this.#credit, say: (message) => this.#socket.send(message) };
    return {
      entry,
      lane,
      bring: (receiver) => {
        waiting.receiver = { receiver, lane };
        receiver.join(lane);
      },
      end: (error) => {
        if (this.#waiting.get(id) !== waiting) return;
        if (error === undefined) this.#say({ type: "done", transfer: id });
        else this.#cancel(id, error);
        this.#waiting.delete(id);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#socket.close();
    await this.closed;
  }

  async #read(): Promise<Error> {
    let reason: Error = new ClosedError("closed", "the server closed the conversation");
    try {
      for await (const message of this.#socket) await this.#receive(message);
      // The server says nothing more, and nobody here has more to say.
      void this.#socket.close();
    } catch (error) {
      reason = error as Error;
      this.#socket.abort(reason);
    }
    const { error } = await this.#socket.closed;
    if (error !== undefined) reason = error;
    this.#welcome.reject(reason);
    this.#waiting.close(reason);
    await this.#sender.close();
    return reason;
  }

  async #receive(message: FromServer): Promise<void> {
    switch (message.type) {
      case "welcome":
        return this.#welcome.resolve(message);
      case "want":
      case "check":
      case "sum":
        return this.#sender.receive(message);
      case "chunk":
      case "hashes":
      case "whole": {
        // What is not read waits in TCP's window, and then at the server.
        if (message.type === "chunk")
          await this.#limit?.pass(this, message.hashAndData.length, this.#over.signal);
        const to = this.#waiting.get(message.transfer)?.receiver;
        await to?.receiver.receive(to.lane, message);
        if (message.type === "chunk") giveBack(message.hashAndData);
        return;
      }
      case "batch":
        await this.#limit?.pass(this, message.files.length, this.#over.signal);
        await this.#waiting.get(message.id)?.take?.(readBatch(message.files));
        return giveBack(message.files);
      case "done":
        return this.#waiting.get(message.transfer)?.done?.();
      case "cancel":
        return this.#waiting.fail(message.transfer, new RefusedError("failed", harmless(message.detail)));
      case "refused": {
        const error = new RefusedError(message.code, this.#sentence(message));
        if (message.id === undefined) throw error;
        return this.#waiting.fail(message.id, error);
      }
      default:
        this.#waiting.get(message.id)?.answered(message);
    }
  }

  #cancel(transfer: number, error: Error): void {
    this.#say({ type: "cancel", transfer, detail: error.message.slice(0, 1000) });
  }

  /** What a person is told of a refusal. */
  #sentence({ code, detail }: { readonly code: RefusalCode; readonly detail: string }): string {
    return `${harmless(detail)}${this.#advice[code] ?? ""}`;
  }

  /** Whoever waits learns of a broken conversation by its end. */
  #say(message: FromClient): void {
    void this.#socket.send(message).catch(() => {});
  }
}

/** What a server says is shown in a terminal, and must not steer it. */
function harmless(sentence: string): string {
  return sentence.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}
