// Well-known ports by number and by name, and the UDP ports that an echo server must not answer.

import { describe, expect, it } from "vitest";
import { portByName, wellKnownPort } from "../../src/address/ports.ts";
import { isUdpReflectorPort } from "../../src/address/reflectors.ts";

describe("well-known ports", () => {
  it.each([
    [7, "tcp", "echo"],
    [7, "udp", "echo"],
    [25, "tcp", "smtp"],
    [25, "udp", undefined],
    [53, "udp", "domain"],
    [514, "tcp", "shell"],
    [514, "udp", "syslog"],
    [7007, "tcp", undefined],
  ] as const)("%i over %s is %s", (port, transport, name) => {
    expect(wellKnownPort(port, transport)).toBe(name);
  });

  it("gives every name its port back, and no port two names", () => {
    for (const transport of ["tcp", "udp"] as const) {
      for (let port = 0; port <= 65_535; port++) {
        const name = wellKnownPort(port, transport);
        if (name !== undefined) expect(portByName(name.toUpperCase(), transport), name).toBe(port);
      }
    }
  });

  it("knows no names but those of services", () => {
    for (const name of ["", "constructor", "__proto__", "7"]) expect(portByName(name, "tcp")).toBeUndefined();
  });
});

describe("UDP reflectors", () => {
  it.each([7, 13, 17, 19, 37, 53, 69, 123, 161, 1900, 5353, 11_211])("port %i is one", (port) => {
    expect(isUdpReflectorPort(port)).toBe(true);
  });

  it("a service that never answers is none, nor is a port that systems give to clients", () => {
    expect([9, 162, 514].filter(isUdpReflectorPort)).toEqual([]);
    for (let port = 32_768; port <= 65_535; port++) expect(isUdpReflectorPort(port)).toBe(false);
  });

  it("each has a name, so that a log can say which service it is", () => {
    for (let port = 0; port <= 65_535; port++) {
      if (isUdpReflectorPort(port)) expect(wellKnownPort(port, "udp"), `${port}`).toBeDefined();
    }
  });
});
