// The HTTP request and answer by which a TCP connection becomes a WebSocket (RFC 6455 §4). Knows nothing of frames.
import { createHash, randomBytes } from "node:crypto";
import { request, STATUS_CODES, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { formatEndpoint, type Endpoint } from "../address/endpoint.ts";
import { ClosedError } from "../errors.ts";
import type { DialOptions, ListenOptions } from "./network.ts";
import { isSameOrigin } from "./same-origin.ts";

// RFC 6455 §1.3: proof that the server read the request as a WebSocket handshake.
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const VERSION = "13";
// 16 bytes in base64.
const KEY_PATTERN = /^[+/\dA-Za-z]{22}==$/u;

/** Why a request is refused: an HTTP status and a sentence. */
interface Refusal {
  readonly status: 400 | 403 | 405 | 426;
  readonly why: string;
}

function acceptOf(key: string): string {
  return createHash("sha1")
    .update(key + GUID)
    .digest("base64");
}

/**
 * Answers a client's request on the server's side.
 * @returns whether the connection is a WebSocket now; if not, the client has been told why.
 */
export function answerUpgrade(incoming: IncomingMessage, socket: Duplex, options: ListenOptions): boolean {
  const refusal = refusalOf(incoming, options);
  if (refusal !== undefined) {
    const body = `${refusal.why}\n`;
    socket.end(
      `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\nConnection: close\r\nContent-Type: text/plain\r\n` +
        `Sec-WebSocket-Version: ${VERSION}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      () => socket.destroy(),
    );
    return false;
  }
  const offered = incoming.headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim()) ?? [];
  const { subprotocol } = options;
  const agreed =
    subprotocol !== undefined && offered.includes(subprotocol)
      ? `Sec-WebSocket-Protocol: ${subprotocol}\r\n`
      : "";
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Accept: ${acceptOf(incoming.headers["sec-websocket-key"]!)}\r\n${agreed}\r\n`,
  );
  return true;
}

function refusalOf(
  { method, headers, httpVersion }: IncomingMessage,
  options: ListenOptions,
): Refusal | undefined {
  if (method !== "GET") return { status: 405, why: `a WebSocket begins with GET, not ${method}` };
  if (headers.upgrade?.toLowerCase() !== "websocket")
    return { status: 426, why: "only an upgrade to websocket is known here" };
  if (headers["sec-websocket-version"] !== VERSION)
    return { status: 426, why: `only WebSocket version ${VERSION} is known here` };
  if (httpVersion !== "1.1" || headers.host === undefined)
    return { status: 400, why: "a WebSocket begins with HTTP/1.1 and a Host" };
  if (!KEY_PATTERN.test(headers["sec-websocket-key"] ?? ""))
    return { status: 400, why: "Sec-WebSocket-Key must be 16 bytes in base64" };
  const { origin, host = "" } = headers;
  // A page of another site must not speak with the user's authority (RFC 6455 §10.2).
  if (origin !== undefined && !(options.allowOrigin ?? isSameOrigin)(origin, host)) {
    return { status: 403, why: `pages of ${origin} may not speak to this server` };
  }
  return undefined;
}

/** Asks for a WebSocket on the client's side. The socket is the connection to speak on; `head` has come already. */
export async function requestUpgrade(
  socket: Socket,
  endpoint: Endpoint,
  options: DialOptions,
): Promise<{ socket: Socket; head: Buffer }> {
  const key = randomBytes(16).toString("base64");
  const { host, port, path, transport } = endpoint;
  const standardPort = transport === "ws" ? 80 : 443;
  const name = host.includes(":") ? `[${host}]` : host;
  const upgrade = request({
    createConnection: () => socket,
    path: path === "" ? "/" : path,
    headers: {
      Host: port === standardPort ? name : `${name}:${port}`,
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": VERSION,
      "Sec-WebSocket-Key": key,
      ...(options.subprotocol !== undefined && { "Sec-WebSocket-Protocol": options.subprotocol }),
      ...options.headers,
    },
  });
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: Error): void => {
      socket.destroy();
      reject(
        new ClosedError("not-a-websocket", `cannot connect to ${formatEndpoint(endpoint)}: ${why}`, {
          cause,
        }),
      );
    };
    upgrade.once("error", (error) => fail(`no WebSocket answers (${error.message})`, error));
    upgrade.once("response", (response) => {
      const { statusCode, statusMessage } = response;
      response.setEncoding("utf8").once("data", (body: string) => {
        fail(`the server answered ${statusCode} ${statusMessage}: ${body.slice(0, 200).trim()}`);
      });
      response.once("end", () => fail(`the server answered ${statusCode} ${statusMessage}`));
    });
    upgrade.once("upgrade", (response, connection, head) => {
      const { headers } = response;
      const subprotocol = headers["sec-websocket-protocol"];
      const extensions = headers["sec-websocket-extensions"];
      // What was not offered cannot be agreed to (RFC 6455 §4.1).
      if (extensions !== undefined) fail(`the server wants extensions (${extensions}) that were not offered`);
      else if (subprotocol !== undefined && subprotocol !== options.subprotocol)
        fail(`the server wants the subprotocol ${subprotocol}, which was not offered`);
      else if (headers["sec-websocket-accept"] === acceptOf(key)) resolve({ socket: connection, head });
      else fail("the server's Sec-WebSocket-Accept does not answer our key");
    });
    upgrade.end();
  });
}
