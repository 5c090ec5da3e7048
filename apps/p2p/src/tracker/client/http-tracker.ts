// Asks a tracker over HTTP: one request, its answer bounded in every way. Does not know what is asked.
import { ProtocolError, requestHttp } from "@socketlab/core";
import { TrackerError } from "../messages.ts";
import { TIMEOUT_MS, type AskOptions } from "./ask-options.ts";

/** A thousand peers, each with its id, in the longest form. */
const MAX_REPLY_BYTES: number = 256 * 1024;
const MAX_REDIRECTS = 5;

/**
 * @param decode makes the answer of its bytes.
 * @throws what `requestHttp` throws; what `decode` throws; ProtocolError `bad-status`.
 */
export async function askHttp<Reply>(
  url: string,
  decode: (bytes: Uint8Array) => Reply,
  options: AskOptions,
): Promise<{ reply: Reply; remoteHost: string }> {
  const { signal, timeoutMs = TIMEOUT_MS, localHost, family, ca } = options;
  const { status, body, remoteHost } = await requestHttp(url, {
    signal,
    timeoutMs,
    localHost,
    family,
    ca,
    maxBytes: MAX_REPLY_BYTES,
    maxRedirects: MAX_REDIRECTS,
    headers: { "User-Agent": "socketlab-p2p", Accept: "*/*" },
  });
  try {
    return { reply: decode(body), remoteHost };
  } catch (error) {
    // Some say why not, and with what status; of others the status is all that can be understood.
    if (status === 200 || error instanceof TrackerError) throw error;
    throw new ProtocolError("bad-status", `the tracker answers with HTTP status ${status}`, { cause: error });
  }
}
