// How a process is addressed: transport, host and port, written as a URL. Knows no socket and resolves no name.

import { UsageError } from "../errors.ts";
import { isPort, readAuthority, readPort } from "./authority.ts";
import { nearestTransport, problem, withScheme, type Problem } from "./endpoint-hints.ts";
import { quote } from "./quote.ts";

/** What lies behind the door. "mem" joins two sockets inside one process. */
export type Transport = "tcp" | "tls" | "udp" | "ws" | "wss" | "mem";

/** All transports, in the order in which messages list them. */
export const transports: readonly Transport[] = ["tcp", "tls", "udp", "ws", "wss", "mem"];

/** How a process is addressed. Made by {@link parseEndpoint}, written by {@link formatEndpoint}. */
export interface Endpoint {
  readonly transport: Transport;
  /** IPv4, IPv6 without brackets (a zone is kept: `fe80::1%eth0`), or a name; in lower case but for the zone. */
  readonly host: string;
  /** 0..65535. 0 asks a listener for any free port, and is nothing to connect to. */
  readonly port: number;
  /** "" or "/…"; only "ws" and "wss" have one. */
  readonly path: string;
}

/** RFC 6455, 3. */
const schemePorts: Readonly<Partial<Record<Transport, number>>> = { ws: 80, wss: 443 };
/** RFC 3986, 3.3. */
const pathRule = /^\/(?:[\w.~!$&'()*+,;=:@/-]|%[0-9a-f]{2})*$/i;

/**
 * Reads `tcp://127.0.0.1:7007`, `tls://example.com:7`, `udp://[::1]:echo`, `ws://localhost:8080/path`.
 *
 * The port is a number, or the IANA name of a well-known service. It may be missing where there is a default: 80 and
 * 443 for "ws" and "wss" as everywhere else, `defaultPort` for the others. The host is taken as written, not resolved;
 * IPv6 comes back in the text form of RFC 5952.
 *
 * @throws UsageError "bad-endpoint": the text is not an endpoint; the message names the part that is wrong, the rule,
 *   what was given, and a text to try. Programs need no finer code: whoever wrote the text must read the message.
 */
export function parseEndpoint(text: string, options: { readonly defaultPort?: number } = {}): Endpoint {
  const { defaultPort } = options;
  if (defaultPort !== undefined && !isPort(defaultPort)) {
    throw new UsageError("bad-endpoint", `defaultPort is ${defaultPort}, not a whole number from 0 to 65535`);
  }
  const result = read(text, defaultPort);
  if (!("what" in result)) return result;
  const example =
    result.meant.find((other) => !("what" in read(other, defaultPort))) ?? "tcp://127.0.0.1:7007";
  // What stands before an "@" is often a password, and messages end up in logs.
  const at = text.lastIndexOf("@");
  const given = quote(at < 0 ? text : `…${text.slice(at)}`);
  throw new UsageError("bad-endpoint", `endpoint ${given}: ${result.what}; try ${quote(example)}`);
}

/** Writes the endpoint as {@link parseEndpoint} reads it: IPv6 in brackets, the port always there, as a number. */
export function formatEndpoint({ transport, host, port, path }: Endpoint): string {
  return `${transport}://${host.includes(":") ? `[${host}]` : host}:${port}${path}`;
}

function read(text: string, defaultPort: number | undefined): Endpoint | Problem {
  if (text === "") return problem("it is empty");
  if (/[\s\p{Cc}]/u.test(text)) {
    const clean = text.replaceAll(/[\s\p{Cc}]/gu, "");
    return problem("it has white space or control characters in it", clean, ...withScheme(clean));
  }
  const schemeEnd = text.indexOf("://");
  const known = `one of ${transports.join(", ")}`;
  if (schemeEnd < 0)
    return problem(`the transport is missing: begin with ${known} and "://"`, ...withScheme(text));

  const scheme = text.slice(0, schemeEnd);
  const transport = transports.find((name) => name === scheme.toLowerCase());
  const [, authority = "", tail = ""] = /^([^/?#]*)(.*)$/u.exec(text.slice(schemeEnd + 3)) ?? [];
  if (transport === undefined) {
    const near = nearestTransport(scheme, transports);
    return problem(
      `the transport ${quote(scheme)} is not ${known}`,
      `${near}://${authority}${tail}`,
      `${near}://${authority}`,
    );
  }

  const bare = `${transport}://${authority}`;
  const [path = ""] = tail.split(/[?#]/, 1);
  const extra = /[?#]/.exec(tail)?.[0];
  if (extra !== undefined) {
    const name = extra === "?" ? "query" : "fragment";
    return problem(`it has a ${name} (from the "${extra}" on), and endpoints have none`, bare + path, bare);
  }
  if (path !== "" && schemePorts[transport] === undefined) {
    return problem(`the path ${quote(path)} has no meaning here: only ws and wss endpoints have one`, bare);
  }
  if (path !== "" && !pathRule.test(path)) {
    return problem(
      `the path ${quote(path)} has characters that must be percent-encoded in a URL (RFC 3986, 3.3)`,
      bare + encodeURI(path.toWellFormed()),
    );
  }

  const parts = readAuthority(authority);
  if ("what" in parts) {
    return problem(parts.what, ...parts.meant.map((other) => `${transport}://${other}${path}`));
  }
  const port = readPort(parts.port, transport, schemePorts[transport] ?? defaultPort);
  if (typeof port === "number") return { transport, host: parts.host, port, path };
  return problem(port, formatEndpoint({ transport, host: parts.host, port: 7007, path }));
}
