// The files of a page, read once at the start and answered from memory: on request there is no folder to escape from.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { UsageError } from "../errors.ts";

// All of it stays in memory; our pages have a thousandth of this.
const MAX_TOTAL_BYTES = 64 * 1024 * 1024;

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};
const compressible = /^(text|application)\/|\+xml|^image\/svg/;

const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

type Coding = "br" | "gzip" | "identity";

interface StaticFile {
  readonly type: string;
  readonly etag: string;
  readonly cacheControl: string;
  readonly bodies: ReadonlyMap<Coding, Buffer>;
}

/** Answers a request for one of the files; false if there is none of that name. */
export type StaticFiles = (request: IncomingMessage, response: ServerResponse, pathname: string) => boolean;

/**
 * Reads every file below `folder`; what gains by it is compressed, unless the build has done so (`name.br`, `name.gz`).
 * @throws UsageError `page-missing` when there is no such folder, `page-too-large`.
 */
export async function staticFiles(folder: string): Promise<StaticFiles> {
  const contents = new Map<string, Buffer>();
  let totalBytes = 0;
  for (const path of await pathsBelow(folder)) {
    const content = await readFile(path);
    totalBytes += content.length;
    if (totalBytes > MAX_TOTAL_BYTES) {
      throw new UsageError(
        "page-too-large",
        `the page folder ${folder} has more than ${MAX_TOTAL_BYTES} bytes: give the folder of the built page`,
      );
    }
    contents.set(`/${relative(folder, path).split(sep).join("/")}`, content);
  }
  const files = new Map<string, StaticFile>();
  for (const [path, content] of contents) {
    // `index.js.br` is not a file of the page but another form of `index.js`.
    if (!contents.has(path.replace(/\.(br|gz)$/, "")) || !/\.(br|gz)$/.test(path)) {
      files.set(
        path,
        await toStaticFile(path, content, contents.get(`${path}.br`), contents.get(`${path}.gz`)),
      );
    }
  }
  return (request, response, pathname) => {
    const file = files.get(pathname.endsWith("/") ? `${pathname}index.html` : pathname);
    if (file === undefined) return false;
    answer(file, request, response);
    return true;
  };
}

async function pathsBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    // Neither links, which may lead outside, nor hidden files.
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter(
        (path) =>
          !relative(folder, path)
            .split(sep)
            .some((part) => part.startsWith(".")),
      );
  } catch (cause) {
    throw new UsageError("page-missing", `the page folder ${folder} cannot be read: build the page first`, {
      cause,
    });
  }
}

/** @param br, gz what the build has compressed, with more patience than a start has. */
async function toStaticFile(path: string, content: Buffer, br?: Buffer, gz?: Buffer): Promise<StaticFile> {
  const type = types[extname(path)] ?? "application/octet-stream";
  const bodies = new Map<Coding, Buffer>([["identity", content]]);
  if (compressible.test(type) && content.length > 1024) {
    bodies.set("br", br ?? (await promisify(brotliCompress)(content, quick)));
    bodies.set("gzip", gz ?? (await promisify(gzip)(content)));
  }
  const etag = createHash("sha256").update(content).digest("base64url").slice(0, 22);
  // A build names what it may keep for ever by its content.
  const cacheControl = /-[\w-]{8,}\.\w+$/.test(path) ? "public, max-age=31536000, immutable" : "no-cache";
  return { type, etag, cacheControl, bodies };
}

function answer(file: StaticFile, request: IncomingMessage, response: ServerResponse): void {
  const coding = codingFor(file, request.headers["accept-encoding"] ?? "");
  const body = file.bodies.get(coding)!;
  // A tag per coding: they are different bytes (RFC 9110 §8.8.3.3).
  const etag = `"${file.etag}-${coding}"`;
  response.setHeader("ETag", etag);
  response.setHeader("Cache-Control", file.cacheControl);
  response.setHeader("Vary", "Accept-Encoding");
  if (matches(request.headers["if-none-match"], etag)) {
    response.writeHead(304).end();
    return;
  }
  if (coding !== "identity") response.setHeader("Content-Encoding", coding);
  response.writeHead(200, { "Content-Type": file.type, "Content-Length": body.length });
  response.end(request.method === "HEAD" ? undefined : body);
}

function codingFor({ bodies }: StaticFile, accepted: string): Coding {
  const refused = (coding: string): boolean =>
    new RegExp(`\\b${coding}\\s*;\\s*q=0(\\.0*)?\\s*(,|$)`).test(accepted);
  for (const coding of ["br", "gzip"] as const) {
    if (bodies.has(coding) && new RegExp(`\\b${coding}\\b`).test(accepted) && !refused(coding)) return coding;
  }
  return "identity";
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === "*" || header.split(",").some((one) => one.trim().replace(/^W\//, "") === etag);
}
