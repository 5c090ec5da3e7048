// All that a file-transfer server answers over HTTP: links to files, and uploads. Knows no socket.
import { realClock } from "@socketlab/core";
import type { HttpHandler } from "@socketlab/core/server-kit";
import { MAX_TRANSFERS } from "../../protocol.ts";
import type { Store } from "../store.ts";
import { fileLinks } from "./links.ts";
import type { TusHandler, TusOptions } from "./tus.ts";

export type FileHttpOptions = Partial<TusOptions>;

export interface FileHttp {
  /** For `runServer`. */
  readonly onRequest: HttpHandler;
  /** Keeps what has arrived of uploads. To be called when the server has closed, before the store is. */
  close(): Promise<void>;
}

export function fileHttp(store: Store, options: FileHttpOptions = {}): FileHttp {
  const { clock = realClock, allow, maxTransfers = MAX_TRANSFERS } = options;
  const links = fileLinks(store, { allow, maxTransfers, now: () => clock.now() });
  let tus: Promise<TusHandler> | undefined;
  return {
    onRequest: async (request, response) => {
      if (await links(request, response)) return true;
      if (!/^\/uploads(?:[/?]|$)/.test(request.url ?? "")) return false;
      // Its library is loaded when somebody asks for it.
      tus ??= import("./tus.ts").then(({ tusUploads }) => tusUploads(store, { ...options, maxTransfers }));
      return (await tus).onRequest(request, response);
    },
    close: async () => (await tus)?.close(),
  };
}
