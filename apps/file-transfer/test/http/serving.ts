// A file-transfer server's HTTP alone, before a store in memory: what the tests of HTTP share.
import { formatEndpoint } from "@socketlab/core";
import { createLog, serve } from "@socketlab/core/server-kit";
import { fileTransfer } from "../../src/protocol.ts";
import { fileHttp, type FileHttpOptions } from "../../src/server/http/http.ts";
import { MemoryStore } from "../memory-store.ts";

export interface Serving extends AsyncDisposable {
  readonly store: MemoryStore;
  /** http://127.0.0.1:PORT */
  readonly url: string;
  /** What was logged. */
  readonly entries: Record<string, unknown>[];
}

export async function serveHttp(options: Partial<FileHttpOptions> = {}): Promise<Serving> {
  const store = new MemoryStore();
  const entries: Record<string, unknown>[] = [];
  const log = createLog({
    pretty: false,
    destination: { write: (line) => void entries.push(JSON.parse(line) as Record<string, unknown>) },
  });
  const http = fileHttp(store, options);
  const server = await serve(fileTransfer, ["ws://127.0.0.1:0"], () => Promise.resolve(), {
    name: "file-transfer",
    log,
    onRequest: http.onRequest,
  });
  return {
    store,
    entries,
    url: formatEndpoint(server.endpoints[0]!).replace(/^ws/, "http").replace(/\/$/, ""),
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await http.close();
    },
  };
}

/** Bytes that differ everywhere, from a seed: what is misplaced is seen. */
export function randomBytes(length: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed;
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}
