// One file as an answer to GET or HEAD: conditions, ranges, headers, and then its bytes. Knows no path's rules and no folder.
import { createHash, randomUUID } from "node:crypto";
import { pipeline } from "node:stream/promises";
import type { HttpHandler } from "@socketlab/core/server-kit";
import { lookup } from "mrmime";
import type { OpenFile } from "../store.ts";
import { queryOf } from "./access.ts";
import { readRange } from "./body.ts";
import { evaluate, rangeApplies, type Validators } from "./conditions.ts";
import { attachment } from "./disposition.ts";
import { formatHttpDate } from "./http-date.ts";
import { multipart, type Multipart } from "./multipart.ts";
import { contentRange, selectRanges, type ByteRange } from "./range.ts";
import { refuse, type Response } from "./refusal.ts";

type Request = Parameters<HttpHandler>[0];

/** Settles when all has gone out, or the client is gone. @throws StoreError what went wrong while reading. */
export async function answerFile(
  file: OpenFile,
  request: Request,
  response: Response,
  nowMs: number,
): Promise<void> {
  const { path, size } = file.entry;
  const validators = validatorsOf(file, nowMs);
  response.setHeader("ETag", validators.etag);
  response.setHeader("Last-Modified", formatHttpDate(validators.modifiedMs));
  const outcome = evaluate(request.headers, validators);
  if (outcome === 304) return void response.writeHead(304).end();
  if (outcome === 412) return refuse(response, 412, "The file is not what the request's conditions ask for.");

  // Range means something for GET alone (RFC 9110 §14.2).
  const heedsRange = request.method === "GET" && rangeApplies(request.headers, validators, nowMs);
  const ranges = heedsRange ? selectRanges(request.headers.range, size) : "all";
  if (ranges === "unsatisfiable") {
    response.setHeader("Content-Range", contentRange(undefined, size));
    return refuse(response, 416, `This file has ${size} bytes, and not those that were asked for.`);
  }
  if (queryOf(request.url ?? "").has("download")) response.setHeader("Content-Disposition", attachment(path));
  const parts = writeHead(response, ranges, size, typeOf(path));
  if (request.method === "HEAD" || size === 0) return void response.end();
  const wanted = ranges === "all" ? [{ first: 0, last: size - 1 }] : ranges;
  try {
    // Settles only when no read is under way any more, whatever has happened: then the file may be closed.
    await pipeline(bytesOf(file, wanted, parts, response), response);
  } catch (error) {
    // Who has seen enough hangs up; that is nobody's fault.
    if (!hasLeft(error)) throw error;
  }
}

/** @returns how several parts are kept apart, if there are several. */
function writeHead(
  response: Response,
  ranges: readonly ByteRange[] | "all",
  size: number,
  type: string,
): Multipart | undefined {
  if (ranges === "all") {
    response.writeHead(200, { "Content-Type": type, "Content-Length": size });
    return undefined;
  }
  const [range, ...others] = ranges;
  if (range !== undefined && others.length === 0) {
    response.writeHead(206, {
      "Content-Type": type,
      "Content-Length": range.last - range.first + 1,
      "Content-Range": contentRange(range, size),
    });
    return undefined;
  }
  const parts = multipart(ranges, size, type, randomUUID());
  response.writeHead(206, { "Content-Type": parts.type, "Content-Length": parts.length });
  return parts;
}

async function* bytesOf(
  file: OpenFile,
  ranges: readonly ByteRange[],
  parts: Multipart | undefined,
  response: Response,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const [i, range] of ranges.entries()) {
    if (parts !== undefined) yield Buffer.from(parts.heads[i]!);
    yield* readRange(file, range, response);
  }
  if (parts !== undefined) yield Buffer.from(parts.tail);
}

function validatorsOf({ entry, version }: OpenFile, nowMs: number): Validators {
  // What a version is made of is the store's own affair.
  const etag = `"${createHash("sha256").update(version).digest("base64url").slice(0, 22)}"`;
  // Never later than the answer itself (RFC 9110 §8.8.2.1).
  return { etag, modifiedMs: Math.floor(Math.min(entry.mtimeMs, nowMs) / 1000) * 1000 };
}

function typeOf(path: string): string {
  const type = lookup(path) ?? "application/octet-stream";
  return type.startsWith("text/") ? `${type}; charset=utf-8` : type;
}

function hasLeft(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ECONNRESET" || code === "EPIPE";
}
