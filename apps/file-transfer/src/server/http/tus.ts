// Uploads at /uploads/ for clients that speak tus 1.0 (https://tus.io/protocols/resumable-upload). Knows the store, and no disk.
import { Server, type ServerOptions } from "@tus/server";
import type { Clock } from "@socketlab/core";
import type { HttpHandler } from "@socketlab/core/server-kit";
import type { Store } from "../store.ts";
import { tokenOf, type Allow } from "./access.ts";
import { refusalOf } from "./refusal.ts";
import { TusLocks } from "./tus-locks.ts";
import { pathOf, TusUploads } from "./tus-uploads.ts";

const PREFIX = "/uploads";
/** How long a request that has to make way may take to write what it has received. */
const MAKE_WAY_MS = 100;

type Request = Parameters<NonNullable<ServerOptions["onIncomingRequest"]>>[0];

export interface TusOptions {
  /** Uploads of one address that are open at a time. */
  readonly maxTransfers: number;
  readonly allow?: Allow | undefined;
  /** Whose pages may upload, beside our own: "https://www.example.org". Default: nobody's. */
  readonly origins?: readonly string[] | undefined;
  /** Larger files are refused with 413 before anything is written. 0: no limit but the store's. */
  readonly maxFileBytes?: number | undefined;
  /** For errors that are no client's fault, and of which it is told no more than that. */
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly clock?: Clock | undefined;
  readonly idleMs?: number | undefined;
}

export interface TusHandler {
  readonly onRequest: HttpHandler;
  close(): Promise<void>;
}

/** Answers every request that it is given: those under /uploads. */
export function tusUploads(
  store: Store,
  { allow, origins = [], maxTransfers, maxFileBytes = 0, onError, clock, idleMs }: TusOptions,
): TusHandler {
  const locker = new TusLocks();
  const datastore = new TusUploads(store, {
    isBusy: (id) => locker.isHeld(id),
    maxPerClient: maxTransfers,
    ...(clock !== undefined && { clock }),
    ...(idleMs !== undefined && { idleMs }),
  });
  const assertMayWrite = async (request: Request, path: string): Promise<void> => {
    try {
      await allow?.(tokenOf(request.headers.get("authorization"), request.url), "write", path);
    } catch (error) {
      if (refusalOf(error)?.status === 401)
        request.runtime?.node?.res?.setHeader("WWW-Authenticate", "Bearer");
      throw error;
    }
  };
  const server = new Server({
    path: PREFIX,
    datastore,
    locker,
    lockDrainTimeout: MAKE_WAY_MS,
    maxSize: maxFileBytes,
    // Right behind TLS and proxies alike.
    relativeLocation: true,
    // A page of another site must not write here with the user's authority, unless it was let in. (Given as an array, the
    // library would tell every other page whose may.)
    allowedOrigins: (origin) => origins.includes(origin),
    onUploadCreate: async (request, upload) => {
      const path = pathOf(upload.metadata);
      await assertMayWrite(request, path);
      datastore.expect(upload, request.ip ?? "");
      return {};
    },
    onIncomingRequest: async (request, id) => {
      const path = datastore.pathOf(id);
      if (path !== undefined) await assertMayWrite(request, path);
    },
    onResponseError: (_request, error) => {
      // The library's own refusals have a status.
      if ("status_code" in error) return undefined;
      const refusal = refusalOf(error);
      if (refusal === undefined) onError?.(error);
      const { status, sentence } = refusal ?? { status: 500, sentence: "The server failed." };
      return { status_code: status, body: `${sentence}\n` };
    },
  });
  return {
    onRequest: async (request, response) => {
      // The library waits for ever to answer a client that has left.
      const left = new Promise((resolve) => response.once("close", resolve));
      await Promise.race([server.handle(request, response), left]);
      return true;
    },
    close: () => datastore.close(),
  };
}
