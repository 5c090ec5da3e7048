// Which addresses are loopback, unspecified, multicast, broadcast.

import { describe, expect, it } from "vitest";
import { isLimitedBroadcast, isLoopback, isMulticast, isUnspecified } from "../../src/address/kinds.ts";

const kinds = { isLoopback, isUnspecified, isMulticast, isLimitedBroadcast };

describe("an address is of one kind at most", () => {
  it.each<[string, keyof typeof kinds | "none"]>([
    ["127.0.0.1", "isLoopback"],
    ["127.255.255.255", "isLoopback"],
    ["::1", "isLoopback"],
    ["0:0:0:0:0:0:0:1", "isLoopback"],
    ["::ffff:127.0.0.1", "isLoopback"],
    ["126.255.255.255", "none"],
    ["128.0.0.1", "none"],
    ["::2", "none"],
    ["1::1", "none"],
    ["localhost", "none"],
    ["0.0.0.0", "isUnspecified"],
    ["::", "isUnspecified"],
    ["::ffff:0.0.0.0", "isUnspecified"],
    ["0.0.0.1", "none"],
    ["223.255.255.255", "none"],
    ["224.0.0.0", "isMulticast"],
    ["239.255.255.255", "isMulticast"],
    ["::ffff:224.0.0.1", "isMulticast"],
    ["ff02::fb%eth0", "isMulticast"],
    ["fe80::1%eth0", "none"],
    ["ff::1", "none"],
    ["240.0.0.0", "none"],
    ["255.255.255.254", "none"],
    ["255.255.255.255", "isLimitedBroadcast"],
    ["::ffff:255.255.255.255", "isLimitedBroadcast"],
    ["", "none"],
  ])("%s: %s", (address, expected) => {
    const found = Object.entries(kinds)
      .filter(([, is]) => is(address))
      .map(([name]) => name);
    expect(found).toEqual(expected === "none" ? [] : [expected]);
  });
});
