// A conversation with a server's side, without a socket: what is said goes in, what is answered comes out.
import type { FromClient, FromServer } from "../src/protocol.ts";
import { converse, type FileSocket } from "../src/server/conversation.ts";
import type { Gate } from "../src/server/gate.ts";
import type { OpenFile, Store, Upload } from "../src/server/store.ts";
import { StoreError } from "../src/server/store.ts";
import { hallOf } from "./hall.ts";
import { MemoryStore } from "./memory-store.ts";

/** Says these one after the other, each when the last one has been answered; a function is called in its turn. */
export async function converseWith(
  { store = new MemoryStore(), ...more }: { store?: Store; gate?: Gate; maxTransfers?: number },
  say: readonly (FromClient | (() => void))[],
): Promise<FromServer[]> {
  const answers: FromServer[] = [];
  const socket = {
    send(message: FromServer) {
      answers.push(message);
      return Promise.resolve();
    },
    abort(error: Error) {
      throw error;
    },
    async *[Symbol.asyncIterator]() {
      for (const one of say) {
        if (typeof one === "function") one();
        else yield one;
        await new Promise(setImmediate);
      }
    },
  };
  await converse(socket as unknown as FileSocket, hallOf(store, more));
  return answers;
}

/** Has nothing, does nothing, and remembers what was asked of it. */
export class RecordingStore implements Store {
  readonly touched: { action: "read" | "write"; path: string }[] = [];

  list(path: string): ReturnType<Store["list"]> {
    this.touched.push({ action: "read", path });
    return Promise.resolve({ entries: [], more: false });
  }
  stat(path: string): Promise<never> {
    return this.#touch("read", path);
  }
  open(path: string): Promise<OpenFile> {
    return this.#touch("read", path);
  }
  write(path: string): Promise<Upload> {
    return this.#touch("write", path);
  }
  makeFolder(path: string): Promise<void> {
    return this.#touch("write", path);
  }
  remove(path: string): Promise<number> {
    return this.#touch("write", path);
  }
  close(): Promise<void> {
    return Promise.resolve();
  }

  #touch(action: "read" | "write", path: string): Promise<never> {
    this.touched.push({ action, path });
    return Promise.reject(new StoreError("not-found", `there is no ${path}`));
  }
}
