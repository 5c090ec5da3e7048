// The host part of an endpoint: an IPv4 address, an IPv6 address or a name. Resolves nothing.

import { integerToIpv4, isIpv4 } from "./ipv4.ts";
import { formatIpv6, mappedIpv4, parseIpv6 } from "./ipv6.ts";
import { problem, type Problem } from "./endpoint-hints.ts";
import { quote } from "./quote.ts";

const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i;
/** What systems read as a number, in whatever base: a host whose last part is one is meant as an IPv4 address. */
const numeric = /^(?:\d+|0x[0-9a-f]*)$/i;

/**
 * The host in the one form in which equal hosts are equal strings, to count by or to look up: names in lower case,
 * IPv6 as RFC 5952 writes it (the zone kept), IPv4-mapped IPv6 as the IPv4 address that it is.
 * Takes hosts without brackets. Does not judge: what is neither address nor name comes back in lower case.
 */
export function canonicalHost(host: string): string {
  if (!host.includes(":")) return host.toLowerCase();
  const ipv6 = parseIpv6(host);
  return ipv6 === undefined ? host.toLowerCase() : (mappedIpv4(ipv6) ?? formatIpv6(ipv6));
}

/** What is wrong with a host that stands without brackets, if anything: it is IPv4, or a name as RFC 1123, 2.1 has it. */
export function hostProblem(host: string): Problem | undefined {
  if (host === "" || host === "*") {
    return problem(
      "the host is missing: an IP address or a name (to listen on all interfaces, 0.0.0.0 or [::])",
    );
  }
  const parts = host.replace(/\.$/, "").split(".");
  if (numeric.test(parts.at(-1) ?? "")) return isIpv4(host) ? undefined : ipv4Problem(host, parts);
  if (/[^\p{ASCII}]/u.test(host)) return nonAsciiProblem(host);
  if (host.length > 253) {
    return problem(
      `the host ${quote(host)} has ${host.length} characters; a name has 253 at most (RFC 1123)`,
    );
  }
  for (const part of parts) {
    if (part.length > 63) {
      return problem(
        `the host has a part of ${part.length} characters, ${quote(part)}; 63 is the most (RFC 1123)`,
      );
    }
    if (part === "") return problem(`the host ${quote(host)} has nothing before, between or after its dots`);
    if (!label.test(part)) {
      const rule = "each part has letters, digits and inner hyphens only (RFC 1123)";
      return problem(`the host ${quote(host)} is not a name: ${rule}`);
    }
  }
  return undefined;
}

function ipv4Problem(host: string, parts: readonly string[]): Problem {
  const rule = "an IPv4 address is four decimal numbers from 0 to 255";
  const given = `the host ${quote(host)}`;
  if (parts.some((part) => /^0[\dx]/i.test(part))) {
    return problem(
      `${given} has a leading zero, which some programs read as octal or hexadecimal and others do not; ${rule}`,
    );
  }
  if (parts.length === 1 && Number(host) <= 0xffff_ffff) {
    return problem(`${given} is a bare number; ${rule}`, integerToIpv4(Number(host)));
  }
  if (parts.length !== 4)
    return problem(`${given} has ${parts.length === 1 ? "one part" : `${parts.length} parts`}; ${rule}`);
  const wrong = parts.find((part) => !/^\d+$/.test(part) || Number(part) > 255);
  return problem(
    wrong === undefined ? `${given} ends in a dot; ${rule}` : `${given} has ${quote(wrong)} in it; ${rule}`,
  );
}

function nonAsciiProblem(host: string): Problem {
  const url = `ws://${host}`;
  // IDNA is behind URL, in browsers too. It also maps look-alikes to each other, so it only advises.
  const ascii = URL.canParse(url) ? [new URL(url).hostname] : [];
  return problem(
    `the host ${quote(host)} has characters outside ASCII; write a name in its ASCII form, xn--…`,
    ...ascii,
  );
}
