// What HTTP says where a store refuses: a status and a sentence. Knows no request.
import { SocketlabError } from "@socketlab/core";
import type { HttpHandler } from "@socketlab/core/server-kit";
import type { RefusalCode } from "../../protocol.ts";

const statuses: Readonly<Record<RefusalCode, number>> = {
  "bad-message": 400,
  "bad-path": 400,
  "not-found": 404,
  "not-a-file": 404,
  "not-empty": 409,
  exists: 409,
  busy: 423,
  changed: 409,
  "bad-hash": 422,
  "too-large": 413,
  "too-many": 503,
  "no-space": 507,
  "not-allowed": 403,
  "token-needed": 401,
  "bad-token": 401,
  failed: 503,
};

export interface Refusal {
  readonly status: number;
  readonly sentence: string;
}

/** Undefined for a fault of our own, of which nobody outside is told. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof SocketlabError) || !Object.hasOwn(statuses, error.code)) return undefined;
  return { status: statuses[error.code as RefusalCode], sentence: error.message };
}

export type Response = Parameters<HttpHandler>[1];

/** The whole of an answer: a status and a sentence. */
export function refuse(response: Response, status: number, sentence: string): void {
  const body = `${sentence}\n`;
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
  });
  response.end(body);
}
