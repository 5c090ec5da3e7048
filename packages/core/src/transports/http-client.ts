// HTTP, the side that asks: one request on a connection of its own, every wait and every byte bounded. Knows no application.
import type { IncomingMessage, request as httpRequest, RequestOptions } from "node:http";
import { isIP } from "node:net";
import { canonicalHost } from "../address/host.ts";
import { ClosedError, LimitError, ProtocolError, TimeoutError, UsageError } from "../errors.ts";
import type { HttpRequestOptions, HttpResponse } from "../http.ts";
import { translate } from "./system-errors.ts";

const TIMEOUT_MS = 30_000;
const MAX_BYTES: number = 1024 * 1024;
const MAX_REDIRECTS = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

export async function requestHttp(url: string, options: HttpRequestOptions): Promise<HttpResponse> {
  const { method = "GET", timeoutMs = TIMEOUT_MS, maxRedirects = MAX_REDIRECTS } = options;
  const isRead = method === "GET" || method === "HEAD";
  const givenUp = new AbortController();
  const timer = setTimeout(
    () => givenUp.abort(new TimeoutError("timed-out", `${shown(url)}: no answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  const onAbort = (): void =>
    givenUp.abort(new ClosedError("aborted", "the request was given up", { cause: options.signal?.reason }));
  options.signal?.addEventListener("abort", onAbort);
  if (options.signal?.aborted) onAbort();
  try {
    for (let at = parse(url), left = maxRedirects; ; left--) {
      const answer = await requestOnce(at, options, givenUp.signal);
      const to = answer.headers["location"];
      if (!isRead || !redirects.has(answer.status) || typeof to !== "string") return answer;
      if (left === 0)
        throw new LimitError(
          "too-many-redirects",
          `${shown(url)}: sent elsewhere more than ${maxRedirects} times`,
        );
      at = redirected(to, at);
    }
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
  }
}

function requestOnce(url: URL, options: HttpRequestOptions, signal: AbortSignal): Promise<HttpResponse> {
  const { method = "GET", headers, body, maxBytes = MAX_BYTES, localHost, ca } = options;
  const family = options.family ?? (isIP(localHost ?? "") || undefined);
  const settings: RequestOptions = {
    method,
    headers: { ...headers },
    // No connection is kept: whoever is asked has many who ask, and the next question is half an hour off.
    agent: false,
    ...(localHost !== undefined && { localAddress: localHost }),
    ...(family !== undefined && { family }),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      signal.removeEventListener("abort", onAbort);
      request.destroy();
      reject(inWords(error, url));
    };
    const onAbort = (): void => fail(signal.reason as Error);
    const onResponse = (response: IncomingMessage): void => {
      const chunks: Buffer[] = [];
      let length = 0;
      const remoteHost = canonicalHost(response.socket.remoteAddress ?? "");
      response.on("data", (chunk: Buffer) => {
        length += chunk.length;
        if (length <= maxBytes) chunks.push(chunk);
        else
          fail(new LimitError("too-long", `${shown(url.href)}: the answer has more than ${maxBytes} bytes`));
      });
      response.on("error", fail);
      response.on("end", () => {
        signal.removeEventListener("abort", onAbort);
        const answer = { headers: response.headers, body: Buffer.concat(chunks), url: url.href, remoteHost };
        resolve({ status: response.statusCode ?? 0, ...answer });
      });
    };
    const request = requester(url)(url, withCa(settings, ca), onResponse);
    request.on("error", fail);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    else request.end(body);
  });
}

/** Not imported: as modules of the language they would take all that they offer with them, and so Node.js's fetch, of 16 MiB. */
function requester(url: URL): typeof httpRequest {
  if (url.protocol === "http:") return process.getBuiltinModule("node:http").request;
  return process.getBuiltinModule("node:https").request;
}

function withCa(settings: RequestOptions, ca: HttpRequestOptions["ca"]): RequestOptions {
  return ca === undefined ? settings : ({ ...settings, ca } as RequestOptions);
}

function parse(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === "http:" || parsed?.protocol === "https:") return parsed;
  throw new UsageError(
    "bad-url",
    `${JSON.stringify(url)} is no URL of HTTP: http://HOST/… or https://HOST/…`,
  );
}

function redirected(to: string, from: URL): URL {
  const next = URL.canParse(to, from.href) ? new URL(to, from) : undefined;
  // Not from https to http: what was asked in private is not asked again in the open.
  const isAllowed = next?.protocol === "https:" || (next?.protocol === "http:" && from.protocol === "http:");
  if (next !== undefined && isAllowed) return next;
  throw new ProtocolError(
    "bad-http",
    `${shown(from.href)}: the answer is a redirect to ${JSON.stringify(to.slice(0, 200))}`,
  );
}

function inWords(error: Error, url: URL): Error {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (code.startsWith("HPE_"))
    return new ProtocolError("bad-http", `${shown(url.href)}: what answers does not speak HTTP`, {
      cause: error,
    });
  return translate(error, "cannot ask", shown(url.href));
}

/** Without the query: it may be long, and secret. */
function shown(url: string): string {
  return url.split("?", 1)[0]!;
}
