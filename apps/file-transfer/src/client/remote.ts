// One conversation with a server, from the client's side: asks, and hands each answer to who asked. Knows no file.
import { ClosedError, giveBack, type MessageSocket } from "@socketlab/core";
import {
  CHUNK_BYTES,
  HASH_BYTES,
  SENDING_BLOCKS,
  type FromClient,
  type FromServer,
  type RefusalCode,
  type Refused,
  type Verification,
} from "../protocol.ts";
import { readBatch, type BatchWriter, type SmallFile } from "../transfer/batch.ts";
import { Blocks } from "../transfer/blocks.ts";
import { Credit } from "../transfer/credit.ts";
import type { Source } from "../transfer/ends.ts";
import type { RateLimit } from "../transfer/rate-limit.ts";
import { Sender } from "../transfer/sender.ts";
import { getTransfer, type Download } from "./get-transfer.ts";
import { getBatch, putBatch } from "./one-batch.ts";
import { putTransfer, type FileToPut, type PutOptions } from "./put-transfer.ts";
import { RefusedError } from "./refused-error.ts";
import type { Talk, Unnumbered } from "./talk.ts";
import { WaitingList, type Answer } from "./waiting.ts";

export type FileSocket = MessageSocket<FromServer, FromClient>;

type Question = FromClient & { type: "list" | "stat" | "remove" | "makeFolder" };
/** What one may do: the folders and files that may be read and written; "" is everything. */
export type Welcome = FromServer & { type: "welcome" };

export type Advice = Partial<Record<RefusalCode, string>>;

export class Remote implements AsyncDisposable {
  readonly #socket: FileSocket;
  readonly #talk: Talk;
  readonly #limit: RateLimit | undefined;
  readonly #advice: Advice;
  /** Why it is over, when it is. */
  readonly closed: Promise<Error>;
  readonly #over = new AbortController();
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
    void socket.closed.then(() => this.#over.abort());
    const waiting = new WaitingList();
    const blocks = new Blocks({ count: SENDING_BLOCKS, bytes: HASH_BYTES + CHUNK_BYTES });
    const send = (message: FromClient): Promise<void> => socket.send(message);
    const sender = new Sender({
      say: send,
      blocks,
      limit,
      onFailed: (transfer, error) => waiting.fail(transfer, error),
      onSent: (transfer, bytes) => waiting.get(transfer)?.sent?.(bytes),
      onKept: (transfer, bytes) => waiting.get(transfer)?.kept?.(bytes),
    });
    this.#talk = {
      waiting,
      sender,
      blocks,
      credit: new Credit(limit?.bytesPerSecond),
      send,
      say: (message) => void send(message).catch(() => {}),
      signal: this.#over.signal,
    };
    this.#welcome.promise.catch(() => {});
    if (token !== undefined) this.#talk.say({ type: "hello", token });
    this.closed = this.#read();
  }

  get isOver(): boolean {
    return this.#talk.waiting.reason !== undefined;
  }

  /** How much it has to do: questions and transfers that are under way. */
  get busy(): number {
    return this.#talk.waiting.size;
  }

  /** Says who one is, and learns what one may do. @throws RefusedError, ClosedError. */
  hello(token?: string): Promise<Welcome> {
    this.#talk.say({ type: "hello", ...(token !== undefined && { token }) });
    return this.#welcome.promise;
  }

  /** Asks one thing. @throws RefusedError, ClosedError. */
  async ask<Type extends "list" | "stat" | "remove" | "makeFolder">(
    question: Unnumbered<Question & { type: Type }>,
  ): Promise<
    Answer & { type: { list: "entries"; stat: "entry"; remove: "removed"; makeFolder: "folderMade" }[Type] }
  > {
    const id = this.#talk.waiting.next();
    const answer = this.#talk.waiting.answer(id);
    this.#talk.say({ ...question, id });
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
    return this.#told(await putBatch(this.#talk, algorithm, fill));
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
    return this.#told(await getBatch(this.#talk, paths, algorithm, take));
  }

  /**
   * Sends a file; settles when it is complete, verified, on disk and under its name there.
   * @throws RefusedError, ClosedError, what the source throws; the signal's reason.
   */
  put(file: FileToPut, source: Source, options: PutOptions): Promise<void> {
    return putTransfer(this.#talk, file, source, options);
  }

  /**
   * Asks for a file, which is to be ended.
   * @param onFailed it will bring nothing more, and has ended.
   * @throws RefusedError, ClosedError.
   */
  get(path: string, algorithm: Verification, onFailed: (error: Error) => void): Promise<Download> {
    return getTransfer(this.#talk, path, algorithm, onFailed);
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
    this.#talk.waiting.close(reason);
    await this.#talk.sender.close();
    return reason;
  }

  async #receive(message: FromServer): Promise<void> {
    switch (message.type) {
      case "welcome":
        return this.#welcome.resolve(message);
      case "want":
      case "check":
      case "sum":
        return this.#talk.sender.receive(message);
      case "chunk":
      case "hashes":
      case "whole": {
        // What is not read waits in TCP's window, and then at the server.
        if (message.type === "chunk")
          await this.#limit?.pass(this, message.hashAndData.length, this.#over.signal);
        const to = this.#talk.waiting.get(message.transfer)?.receiver;
        await to?.receiver.receive(to.lane, message);
        if (message.type === "chunk") giveBack(message.hashAndData);
        return;
      }
      case "batch":
        await this.#limit?.pass(this, message.files.length, this.#over.signal);
        await this.#talk.waiting.get(message.id)?.take?.(readBatch(message.files));
        return giveBack(message.files);
      case "done":
        return this.#talk.waiting.get(message.transfer)?.done?.();
      case "cancel":
        return this.#talk.waiting.fail(
          message.transfer,
          new RefusedError("failed", harmless(message.detail)),
        );
      case "refused": {
        const error = new RefusedError(message.code, this.#sentence(message));
        if (message.id === undefined) throw error;
        return this.#talk.waiting.fail(message.id, error);
      }
      default:
        this.#talk.waiting.get(message.id)?.answered(message);
    }
  }

  #told(refused: readonly Refused[]): Refused[] {
    return refused.map((one) => ({ ...one, detail: this.#sentence(one) }));
  }

  /** What a person is told of a refusal. */
  #sentence({ code, detail }: { readonly code: RefusalCode; readonly detail: string }): string {
    return `${harmless(detail)}${this.#advice[code] ?? ""}`;
  }
}

/** What a server says is shown in a terminal, and must not steer it. */
function harmless(sentence: string): string {
  return sentence.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}
