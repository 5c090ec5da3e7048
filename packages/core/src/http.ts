// Asks somebody else's HTTP server: for protocols that are spoken over HTTP, such as BitTorrent's trackers. Loads nothing until
// it is called; knows no such protocol.
import type { Buffer } from "node:buffer";

export interface HttpRequestOptions {
  /** Default GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal | undefined;
  /** For all of it, redirects too. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** The longest body that is taken. Default 1 MiB. */
  readonly maxBytes?: number;
  /** How often a GET or HEAD is sent elsewhere. Default 5. */
  readonly maxRedirects?: number;
  /** The address of this host to speak from; it says, too, whether IPv4 or IPv6 is spoken. */
  readonly localHost?: string | undefined;
  /** Speak this, where a name has both. */
  readonly family?: 4 | 6 | undefined;
  /** https: whom to trust, in PEM, in place of the authorities that Node.js knows. */
  readonly ca?: string | Buffer | undefined;
}

export interface HttpResponse {
  /** Any but a redirect that was followed: 404 is an answer. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  /** The address of whoever answered. */
  readonly remoteHost: string;
}

/**
 * One request, one answer, one connection.
 *
 * @throws UsageError `bad-url`. ClosedError (`refused`, `name-not-found`, `aborted`, …) and TimeoutError `timed-out` when nobody
 * answers. LimitError `too-long`, `too-many-redirects`. ProtocolError `bad-http` for what is no HTTP, or a redirect to nowhere.
 */
export async function requestHttp(url: string, options: HttpRequestOptions = {}): Promise<HttpResponse> {
  return (await import("./transports/http-client.ts")).requestHttp(url, options);
}
