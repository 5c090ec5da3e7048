// A conversation with a server's side that goes on until it is told to end, without a socket; and batches to say in it.
import {
  BATCH_BYTES,
  type FromClient,
  type FromServer,
  type Refused,
  type Verification,
} from "../src/protocol.ts";
import { converse, type FileSocket, type Hall } from "../src/server/conversation.ts";
import type { Store } from "../src/server/store.ts";
import { BatchWriter, codeOf, readBatch } from "../src/transfer/batch.ts";
import { hallOf } from "./hall.ts";

export interface Talk {
  readonly answers: FromServer[];
  /** How many messages the server has read. */
  readonly heard: number;
  /** Settles when nothing of it is open any more; with what it was aborted with. */
  readonly over: Promise<Error | undefined>;
  say(message: FromClient): void;
  /** Until it is answered. @returns which are refused, as "index code", in their order. */
  ask(message: FromClient & { type: "batch" | "getBatch" }): Promise<string[]>;
  /** The client is gone: nothing can be said to it any more. */
  end(): void;
}

/**
 * @param isReadOnly as a server is that was told so.
 * @param more what is not as `hallOf` makes it.
 */
export function talk(
  store: Store,
  { isReadOnly = false, ...more }: Partial<Hall> & { readonly isReadOnly?: boolean } = {},
): Talk {
  const hall = hallOf(store, isReadOnly ? { ...more, arrivals: undefined } : more);
  const answers: FromServer[] = [];
  const said: FromClient[] = [];
  let [heard, isOver] = [0, false];
  let error: Error | undefined;
  let wake = (): void => {};
  const socket = {
    send(message: FromServer) {
      if (isOver) return Promise.reject(new Error("closed"));
      // What it says may be written over when it has been said.
      answers.push(
        message.type === "batch" ? { ...message, files: Uint8Array.from(message.files) } : message,
      );
      wake();
      return Promise.resolve();
    },
    abort: (why: Error) => void (error = why),
    close: () => Promise.resolve(),
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (said[heard] === undefined && !isOver) await new Promise(setImmediate);
        if (isOver) return;
        yield said[heard++]!;
      }
    },
  };
  const over = converse(socket as unknown as FileSocket, hall).then(
    () => error,
    (why: Error) => why,
  );
  return {
    answers,
    over,
    get heard() {
      return heard;
    },
    say: (message) => void said.push(message),
    async ask(message) {
      said.push(message);
      for (;;) {
        const done = answers.find((one) => one.type === "batchDone" && one.id === message.id);
        if (done?.type === "batchDone") return shown(done.refused);
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    end: () => void (isOver = true),
  };
}

export interface NamedContent {
  readonly path: string;
  readonly content: Uint8Array | string;
}

export async function batchOf(
  id: number,
  files: readonly NamedContent[],
  algorithm: Verification = "blake3",
): Promise<FromClient & { type: "batch" }> {
  const batch = new BatchWriter(new Uint8Array(BATCH_BYTES), algorithm);
  for (const { path, content } of files) {
    const bytes = Buffer.from(content);
    const file = { path, size: bytes.length, mtimeMs: 1_700_000_000_000, mode: 0o644 };
    await batch.add(file, async (into) => into.set(bytes));
  }
  return { type: "batch", id, verification: codeOf(algorithm), files: batch.files };
}

export function getBatch(id: number, paths: readonly string[]): FromClient & { type: "getBatch" } {
  return { type: "getBatch", id, paths: [...paths], algorithm: "blake3" };
}

/** What has come of small files, by their paths. */
export function filesOf(answers: readonly FromServer[]): Record<string, string> {
  const files = answers.flatMap((one) => (one.type === "batch" ? readBatch(one.files) : []));
  return Object.fromEntries(files.map(({ path, data }) => [path, Buffer.from(data).toString()]));
}

function shown(refused: readonly Refused[]): string[] {
  return refused.toSorted((a, b) => a.index - b.index).map(({ index, code }) => `${index} ${code}`);
}
