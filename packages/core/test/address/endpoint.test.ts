// Endpoints as people write them: what is read, what is refused, and what the refusal advises.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatEndpoint, parseEndpoint, transports, type Endpoint } from "../../src/address/endpoint.ts";
import { formatIpv6 } from "../../src/address/ipv6.ts";
import { UsageError } from "../../src/errors.ts";
import { groups, hostName, ipv4, zone } from "./arbitraries.ts";

function refusal(text: string, defaultPort?: number): UsageError {
  try {
    parseEndpoint(text, defaultPort === undefined ? {} : { defaultPort });
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe("what is read", () => {
  it.each<[string, Endpoint]>([
    ["tcp://127.0.0.1:7007", { transport: "tcp", host: "127.0.0.1", port: 7007, path: "" }],
    ["udp://0.0.0.0:0", { transport: "udp", host: "0.0.0.0", port: 0, path: "" }],
    ["tls://example.com:65535", { transport: "tls", host: "example.com", port: 65_535, path: "" }],
    ["mem://server:1", { transport: "mem", host: "server", port: 1, path: "" }],
    ["tcp://[::1]:7007", { transport: "tcp", host: "::1", port: 7007, path: "" }],
    ["tcp://[fe80::1%eth0]:7007", { transport: "tcp", host: "fe80::1%eth0", port: 7007, path: "" }],
    ["TCP://Example.COM.:7", { transport: "tcp", host: "example.com.", port: 7, path: "" }],
    ["udp://[2001:DB8:0:0:0:0:0:1]:7", { transport: "udp", host: "2001:db8::1", port: 7, path: "" }],
    ["tcp://127.0.0.1:echo", { transport: "tcp", host: "127.0.0.1", port: 7, path: "" }],
    ["udp://127.0.0.1:SYSLOG", { transport: "udp", host: "127.0.0.1", port: 514, path: "" }],
    ["ws://localhost", { transport: "ws", host: "localhost", port: 80, path: "" }],
    ["wss://localhost/", { transport: "wss", host: "localhost", port: 443, path: "/" }],
    ["ws://[::1]:8080/a/b%20c@d:e", { transport: "ws", host: "::1", port: 8080, path: "/a/b%20c@d:e" }],
    [
      "tcp://xn--mnchen-3ya.example:1",
      { transport: "tcp", host: "xn--mnchen-3ya.example", port: 1, path: "" },
    ],
    ["tcp://3com.example:1", { transport: "tcp", host: "3com.example", port: 1, path: "" }],
  ])("%s", (text, endpoint) => {
    expect(parseEndpoint(text)).toEqual(endpoint);
  });

  it("takes the default port only where the scheme has none of its own", () => {
    expect(parseEndpoint("tcp://localhost", { defaultPort: 7007 }).port).toBe(7007);
    expect(parseEndpoint("tcp://[::1]", { defaultPort: 0 }).port).toBe(0);
    expect(parseEndpoint("tcp://localhost:1", { defaultPort: 7007 }).port).toBe(1);
    expect(parseEndpoint("ws://localhost", { defaultPort: 7007 }).port).toBe(80);
  });

  it("refuses a default port that is none", () => {
    for (const port of [-1, 65_536, 1.5, Number.NaN])
      expect(refusal("tcp://localhost", port).message).toContain(`${port}`);
  });
});

/** The text, a part of what must be said about it, and what to try instead. */
const refused: readonly [text: string, says: string, advises: string][] = [
  ["", "empty", "tcp://127.0.0.1:7007"],
  ["tcp://127.0.0.1:7007\n", "white space", "tcp://127.0.0.1:7007"],
  ["tcp://local host:1", "white space", "tcp://localhost:1"],
  ["127.0.0.1:7007", "transport is missing", "tcp://127.0.0.1:7007"],
  ["localhost:7007", "transport is missing", "tcp://localhost:7007"],
  [":7007", "transport is missing", "tcp://127.0.0.1:7007"],
  ["7007", "transport is missing", "tcp://127.0.0.1:7007"],
  ["udp:localhost:7", "transport is missing", "udp://localhost:7"],
  ["[::1]:7007", "transport is missing", "tcp://[::1]:7007"],
  ["http://localhost:8080/chat", `transport "http" is not one of tcp, tls`, "ws://localhost:8080/chat"],
  ["https://localhost/", `transport "https"`, "wss://localhost/"],
  ["tpc://localhost:7", `transport "tpc"`, "tcp://localhost:7"],
  ["upd://localhost:7", `transport "upd"`, "udp://localhost:7"],
  ["wsss://localhost", `transport "wsss"`, "wss://localhost"],
  ["ssl://localhost:7", `transport "ssl"`, "tls://localhost:7"],
  ["constructor://localhost:7", `transport "constructor"`, "tcp://localhost:7"],
  ["tcp://localhost", "port is missing", "tcp://localhost:7007"],
  ["ws://localhost:/x", "port after the colon is missing", "ws://localhost:7007/x"],
  ["tcp://[::1]:", "port after the colon is missing", "tcp://[::1]:7007"],
  ["tcp://localhost:65536", `port "65536" is not a whole number from 0 to 65535`, "tcp://localhost:7007"],
  ["tcp://localhost:-1", `port "-1" is not a whole`, "tcp://localhost:7007"],
  ["tcp://localhost:+1", `port "+1" is not a whole`, "tcp://localhost:7007"],
  ["tcp://localhost:1.5", `port "1.5" is not a whole`, "tcp://localhost:7007"],
  ["tcp://localhost:007", `port "007" is not a whole`, "tcp://localhost:7007"],
  ["tcp://localhost:7x", `port "7x" is not a whole`, "tcp://localhost:7007"],
  ["tcp://localhost:x7", `port "x7" is neither`, "tcp://localhost:7007"],
  ["udp://localhost:smtp", "name of a well-known udp service", "udp://localhost:7007"],
  ["tcp://::1", `IPv6 address "::1" stands without brackets`, "tcp://[::1]:7007"],
  ["tcp://::1:7007", "could be an IPv6 address, or one and a port", "tcp://[::1]:7007"],
  ["tcp://::1:65535", `IPv6 address "::1" stands without brackets`, "tcp://[::1]:65535"],
  ["tcp://localhost:1:2", `more than one ":"`, "tcp://127.0.0.1:7007"],
  ["tcp://[::1", "brackets", "tcp://[::1]:7007"],
  ["tcp://[localhost]:7", `"localhost" in brackets is not an IPv6 address`, "tcp://localhost:7"],
  ["tcp://[::1]7007", `"7007" follows the "]"`, "tcp://[::1]:7007"],
  ["tcp://[fe80::1%25eth0]:7", "percent-encoded", "tcp://[fe80::1%eth0]:7"],
  ["tcp://:7007", "host is missing", "tcp://127.0.0.1:7007"],
  ["tcp://*:7007", "to listen on all interfaces", "tcp://127.0.0.1:7007"],
  ["tcp://256.0.0.1:7", `"256" in it; an IPv4 address is four decimal numbers`, "tcp://127.0.0.1:7"],
  ["tcp://127.1:7", "has 2 parts; an IPv4 address is four", "tcp://127.0.0.1:7"],
  ["tcp://1.2.3.4.5:7", "has 5 parts; an IPv4 address is four", "tcp://127.0.0.1:7"],
  ["tcp://1.2.3.4.:7", "ends in a dot", "tcp://127.0.0.1:7"],
  ["tcp://010.0.0.1:7", "leading zero", "tcp://127.0.0.1:7"],
  ["tcp://0x7f.0.0.1:7", "leading zero", "tcp://127.0.0.1:7"],
  ["tcp://2130706434:7", "bare number", "tcp://127.0.0.2:7"],
  ["tcp://4294967296:7", "has one part", "tcp://127.0.0.1:7"],
  ["tcp://my_host:7", `host "my_host" is not a name`, "tcp://127.0.0.1:7"],
  ["tcp://-a.example:7", "is not a name", "tcp://127.0.0.1:7"],
  ["tcp://a..b:7", "nothing before, between or after its dots", "tcp://127.0.0.1:7"],
  [`tcp://${"a".repeat(64)}:7`, "64 characters", "tcp://127.0.0.1:7"],
  [`tcp://${"a.".repeat(127)}b:7`, "255 characters", "tcp://127.0.0.1:7"],
  ["tcp://münchen.example:7", "outside ASCII", "tcp://xn--mnchen-3ya.example:7"],
  ["tcp://localhost:7/", "only ws and wss", "tcp://localhost:7"],
  ["ws://localhost/a?b=c", "query", "ws://localhost/a"],
  ["tcp://localhost:7#top", "fragment", "tcp://localhost:7"],
  ["ws://localhost/é", "percent-encoded", "ws://localhost/%C3%A9"],
  ["ws://localhost/%zz", "percent-encoded", "ws://localhost/%25zz"],
  ["tcp://ann:secret@localhost:7", "user information", "tcp://localhost:7"],
];

describe("what is refused", () => {
  it.each(refused)("%j, because: %s", (text, says, advises) => {
    const error = refusal(text);
    expect(error.code).toBe("bad-endpoint");
    expect(error.message).toContain(says);
    expect(error.message.endsWith(`; try ${JSON.stringify(advises)}`), error.message).toBe(true);
  });

  it("advises only what it would accept", () => {
    for (const [, , advises] of refused) expect(() => parseEndpoint(advises)).not.toThrow();
  });

  it("does not repeat a password", () => {
    for (const text of [
      "tcp://ann:secret@h:7",
      "http://ann:secret@h:7",
      "ann:secret@h:7",
      "tcp://ann:secret@ h:7",
    ]) {
      expect(refusal(text).message).not.toContain("secret");
    }
  });

  it("says it on one line of bounded length, whatever was given", () => {
    expect(refusal("tcp://h:7\nERROR forged").message).not.toContain("\n");
    expect(refusal(`tcp://${"a".repeat(1_000_000)}:7`).message.length).toBeLessThan(1000);
  });
});

describe("for all endpoints", () => {
  const host = fc.oneof(ipv4, hostName, fc.record({ groups, zone }).map(formatIpv6));
  const path = fc
    .webUrl({ withQueryParameters: false, withFragments: false })
    .map((url) => new URL(url).pathname);
  const endpoint: fc.Arbitrary<Endpoint> = fc
    .record({
      transport: fc.constantFrom(...transports),
      host,
      port: fc.nat(65_535),
      path: fc.oneof(fc.constant(""), path),
    })
    .map((any) => (any.transport === "ws" || any.transport === "wss" ? any : { ...any, path: "" }));

  it("parsing what was formatted gives the same endpoint", () => {
    fc.assert(
      fc.property(endpoint, (one) => {
        expect(parseEndpoint(formatEndpoint(one))).toEqual(one);
      }),
    );
  });

  it("any text is an endpoint, or a UsageError that says so; nothing else happens", () => {
    const pieces = fc.constantFrom(
      "tcp",
      "ws",
      "udp",
      ":",
      "//",
      "/",
      "[",
      "]",
      "@",
      "%",
      ".",
      "::",
      "1",
      "255",
      "0x",
      "é",
      " ",
      "?",
      "-",
    );
    const likeEndpoints = fc
      .array(fc.oneof(pieces, fc.string({ maxLength: 3 })))
      .map((some) => some.join(""));
    const afterScheme = fc
      .tuple(fc.constantFrom(...transports), likeEndpoints)
      .map(([scheme, rest]) => `${scheme}://${rest}`);
    const text = fc.oneof(fc.string({ unit: "binary" }), likeEndpoints, afterScheme);
    fc.assert(
      fc.property(text, (garbage) => {
        try {
          const read = parseEndpoint(garbage);
          expect(parseEndpoint(formatEndpoint(read))).toEqual(read);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
