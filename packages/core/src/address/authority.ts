// The part of an endpoint between "://" and the path: host and port. Knows no transport but by its port names.

import type { Transport } from "./endpoint.ts";
import { problem, type Problem } from "./endpoint-hints.ts";
import { hostProblem } from "./host.ts";
import { formatIpv6, parseIpv6 } from "./ipv6.ts";
import { portByName } from "./ports.ts";
import { quote } from "./quote.ts";

/** Host as {@link formatIpv6} or lower case has it; port as written, undefined if there is not even its colon. */
export interface Authority {
  readonly host: string;
  readonly port: string | undefined;
}

export function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 65_535;
}

/** Splits host and port and checks the host. What it offers to try instead is again an authority. */
export function readAuthority(text: string): Authority | Problem {
  const at = text.lastIndexOf("@");
  if (at >= 0) {
    return problem(`it has user information (before the "@"), and endpoints have none`, text.slice(at + 1));
  }
  if (/[[\]]/.test(text)) return readBracketed(text);

  const colon = text.lastIndexOf(":");
  const host = colon < 0 ? text : text.slice(0, colon);
  const port = colon < 0 ? undefined : text.slice(colon + 1);
  if (host.includes(":")) return unbracketed(text, host, port ?? "");
  const wrong = hostProblem(host);
  if (wrong === undefined) return { host: host.toLowerCase(), port };
  const after = port === undefined ? "" : `:${port}`;
  return problem(wrong.what, ...[...wrong.meant, "127.0.0.1"].map((other) => other + after));
}

function readBracketed(text: string): Authority | Problem {
  const [, inner, after = ""] = /^\[([^[\]]*)\](.*)$/u.exec(text) ?? [];
  if (inner === undefined) {
    return problem(`${quote(text)} has brackets, but not one pair around an IPv6 address`, "[::1]:7007");
  }
  if (after !== "" && !after.startsWith(":")) {
    return problem(
      `${quote(after)} follows the "]", where only ":" and a port may stand`,
      `[${inner}]:${after}`,
    );
  }
  const ipv6 = parseIpv6(inner);
  if (ipv6 !== undefined && !/^25[a-z]/i.test(ipv6.zone)) {
    return { host: formatIpv6(ipv6), port: after === "" ? undefined : after.slice(1) };
  }
  // RFC 6874 had the zone's "%" written as "%25"; RFC 9844, which replaces it, has it as it is.
  const plainZone = `[${inner.replace("%25", "%")}]${after}`;
  if (ipv6 !== undefined) {
    return problem(`the zone ${quote(ipv6.zone)} is percent-encoded; write its "%" as it is`, plainZone);
  }
  return problem(
    `${quote(inner)} in brackets is not an IPv6 address, and nothing else stands in brackets`,
    inner + after,
  );
}

function unbracketed(text: string, host: string, port: string): Problem {
  const isAll = parseIpv6(text) !== undefined;
  const isBeforePort = parseIpv6(host) !== undefined;
  if (isAll && isBeforePort) {
    return problem(
      `${quote(text)} could be an IPv6 address, or one and a port; put brackets around the address`,
      `[::1]:7007`,
    );
  }
  if (isAll)
    return problem(`the IPv6 address ${quote(text)} stands without brackets`, `[${text}]`, `[${text}]:7007`);
  if (isBeforePort)
    return problem(
      `the IPv6 address ${quote(host)} stands without brackets`,
      `[${host}]:${port}`,
      `[${host}]:7007`,
    );
  return problem(`${quote(text)} has more than one ":", and is not an IPv6 address in brackets either`);
}

/** The port as a number, or what is wrong with it. */
export function readPort(
  text: string | undefined,
  transport: Transport,
  defaultPort: number | undefined,
): number | string {
  if (text === undefined)
    return defaultPort ?? "the port is missing: a number from 0 to 65535 after the host and a colon";
  if (text === "") return "the port after the colon is missing: a number from 0 to 65535";
  if (/^(?:0|[1-9]\d{0,4})$/.test(text) && isPort(Number(text))) return Number(text);
  const beneath = transport === "udp" ? "udp" : "tcp";
  const byName = portByName(text, beneath);
  if (byName !== undefined) return byName;
  const rule = "a whole number from 0 to 65535 in plain digits";
  return /^[a-z]/i.test(text)
    ? `the port ${quote(text)} is neither ${rule} nor the name of a well-known ${beneath} service`
    : `the port ${quote(text)} is not ${rule}`;
}
