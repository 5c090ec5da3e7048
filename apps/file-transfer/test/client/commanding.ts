// put and get in this process, against a server over a network with virtual time: who tests says what goes wrong on the way.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { connect, listen, VirtualClock, VirtualNetwork } from "@socketlab/core";
import type { Terminal } from "@socketlab/core/terminal";
import { test as base, type TestAPI } from "vitest";
import { Connections } from "../../src/client/connections.ts";
import type { Reach } from "../../src/client/dial.ts";
import { connectionsOf, retriesOf } from "../../src/client/flags.ts";
import { getCommand } from "../../src/client/get.ts";
import { putCommand } from "../../src/client/put.ts";
import { Remote, type FileSocket as ClientSocket } from "../../src/client/remote.ts";
import {
  BATCH_BYTES,
  fileTransfer,
  verifications,
  type FromClient,
  type FromServer,
} from "../../src/protocol.ts";
import { parseRate } from "../../src/rate.ts";
import { converse, type FileSocket } from "../../src/server/conversation.ts";
import { BatchWriter, readBatch, type SmallFile } from "../../src/transfer/batch.ts";
import { RateLimit } from "../../src/transfer/rate-limit.ts";
import { hallOf } from "../hall.ts";
import { MemoryStore } from "../memory-store.ts";

/** What a command prints with --json. */
export interface Event {
  readonly event: string;
  readonly path: string;
  readonly [more: string]: unknown;
}

export interface Commanding {
  readonly clock: VirtualClock;
  /** What the server has. */
  readonly store: MemoryStore;
  /** Where files of this side are, and nothing else. */
  readonly here: string;
  /** What comes between: called with each message that the server hears, or says; of connection 0, 1, 2… in their order. */
  hear: (message: FromClient, connection: number) => Promise<FromClient> | FromClient;
  /** @returns what is said instead; undefined: nothing. */
  say: (message: FromServer, connection: number) => Promise<FromServer | undefined> | FromServer | undefined;
  /** Called with each message that the client hears. */
  arrived: (message: FromServer) => void;
  /** Called when it is known what is to be sent, and before anything is. */
  meanwhile: () => void;
  /** Breaks a connection. */
  cut(connection: number): void;
  put(name: string, content: string | Uint8Array): void;
  /** Runs it with --json. @throws what ends it. */
  run(command: "put" | "get", ...flags: string[]): Promise<{ code: number; events: Event[]; ms: number }>;
}

export function commandTest(): TestAPI<{ commanding: Commanding }> {
  return base.extend<{ commanding: Commanding }>({
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads from the pattern what a fixture needs: nothing
    commanding: async ({}, use) => {
      const top = mkdtempSync(join(tmpdir(), "commanding-"));
      mkdirSync(join(top, "here"));
      await use(await begin(join(top, "here")));
      rmSync(top, { recursive: true });
    },
  });
}

async function begin(here: string): Promise<Commanding> {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, faults: { delayMs: 2, splitBytes: 32 * 1024 } });
  const listener = await listen(fileTransfer, "tcp://127.0.0.1:0", { network });
  const url = `tcp://127.0.0.1:${listener.endpoint.port}`;
  const store = new MemoryStore();
  const hall = hallOf(store);
  const sockets: FileSocket[] = [];
  const commanding: Commanding = {
    clock,
    store,
    here,
    hear: (message) => message,
    say: (message) => message,
    arrived: () => {},
    meanwhile: () => {},
    cut: (connection) => sockets[connection]!.abort(),
    put(name, content) {
      mkdirSync(dirname(join(here, name)), { recursive: true });
      writeFileSync(join(here, name), content);
    },
    async run(command, ...flags) {
      const beganMs = clock.now();
      const stdout = new PassThrough();
      const signal = new AbortController().signal;
      const terminal = { stdout, stderr: new PassThrough().resume(), stdin: new PassThrough(), signal };
      const args = command === "put" ? [here, url, ...flags] : [`${url}/`, here, ...flags];
      const act = command === "put" ? putCommand : getCommand;
      const code = await inTime(clock, act([...args, "--json"], terminal as unknown as Terminal, reach));
      const lines = String(stdout.read() ?? "")
        .trim()
        .split("\n");
      const events = lines.filter(Boolean).map((line) => JSON.parse(line) as Event);
      return { code, events, ms: clock.now() - beganMs };
    },
  };
  const reach: Reach = {
    one: () => Promise.reject(new Error("nobody asks for that here")),
    async many(_endpoint, flags, { signal }, _progress, act) {
      const rate = flags.read("rate", parseRate);
      const limit = rate === undefined ? undefined : new RateLimit(rate, clock);
      const dial = async (): Promise<Remote> =>
        new Remote(watched(await connect(fileTransfer, url, { network }), commanding), { limit });
      const [count, retries] = [connectionsOf(flags), retriesOf(flags)];
      const random = (): number => 1;
      await using connections = new Connections({
        dial,
        count,
        retries,
        signal,
        clock,
        random,
        onRetry() {},
      });
      commanding.meanwhile();
      return await act(connections);
    },
  };
  void (async () => {
    for await (const socket of listener) {
      const connection = sockets.push(socket) - 1;
      void converse(between(socket, connection, commanding), hall)
        .catch(() => {})
        .then(() => socket.close());
    }
  })();
  return commanding;
}

/** Lets virtual time pass until `promise` settles; it stands still while the disk works, which takes real time. */
async function inTime<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const mark = (): void => void (isSettled = true);
  promise.then(mark, mark);
  while (!isSettled) {
    const isDiskBusy = process.getActiveResourcesInfo().some((what) => what.startsWith("FSReq"));
    await (isDiskBusy ? new Promise(setImmediate) : clock.advance(1));
  }
  return promise;
}

function between(socket: FileSocket, connection: number, commanding: Commanding): FileSocket {
  const other = {
    async send(message: FromServer) {
      const said = await commanding.say(message, connection);
      if (said !== undefined) await socket.send(said);
    },
    close: (reason?: string) => socket.close(reason),
    abort: (error?: Error) => socket.abort(error),
    async *[Symbol.asyncIterator]() {
      for await (const message of socket) yield await commanding.hear(message, connection);
    },
  };
  return other as unknown as FileSocket;
}

function watched(socket: ClientSocket, commanding: Commanding): ClientSocket {
  const other = {
    closed: socket.closed,
    send: (message: FromClient) => socket.send(message),
    close: () => socket.close(),
    abort: (error?: Error) => socket.abort(error),
    async *[Symbol.asyncIterator]() {
      for await (const message of socket) {
        commanding.arrived(message);
        yield message;
      }
    },
  };
  return other as unknown as ClientSocket;
}

/** A batch with other files in it; what is said of those that are left as they are stays, their hashes too. */
export async function altered<Message extends FromServer & { type: "batch" }>(
  message: Message,
  alter: (files: SmallFile[]) => readonly SmallFile[],
): Promise<Message> {
  const batch = new BatchWriter(new Uint8Array(BATCH_BYTES), verifications[message.verification]!);
  const files = alter(readBatch(Uint8Array.from(message.files)));
  for (const file of files) {
    const start = batch.files.length;
    await batch.add({ ...file, size: file.data.length }, async (into) => into.set(file.data));
    batch.files.set(file.hash, start + 16);
  }
  return { ...message, files: batch.files };
}

/** With a bit of its content turned over. */
export function spoiled(file: SmallFile): SmallFile {
  const data = Uint8Array.from(file.data);
  data[0]! ^= 1;
  return { ...file, data };
}

/** All files of a folder, by their paths in it. */
export function filesIn(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true }) as string[];
  const files = names.filter((name) => statSync(join(folder, name)).isFile()).toSorted();
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}
