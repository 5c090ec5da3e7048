import { expect, test } from "vitest";
import { broadcastAddresses, readDoors } from "../src/server/doors.ts";
import { UdpGuard } from "../src/server/udp-guard.ts";

function guardAt(clock: { ms: number }, ratePerSecond = 10): UdpGuard {
  const guard = new UdpGuard({ ratePerSecond, broadcasts: new Set(["192.168.1.255"]), now: () => clock.ms });
  guard.ownPorts.add(7007);
  return guard;
}
const from = (host: string, port: number) => ({ transport: "udp", host, port, path: "" }) as const;

test("an ordinary client is accepted", () => {
  expect(guardAt({ ms: 0 }).accepts(from("192.168.1.7", 50_000))).toBe(true);
});

test.each([
  ["echo (RFC 862)", "192.168.1.7", 7],
  ["chargen (RFC 864)", "192.168.1.7", 19],
  ["DNS", "192.168.1.7", 53],
  ["this server itself", "127.0.0.1", 7007],
  ["port 0, which nobody can be answered at", "192.168.1.7", 0],
  ["everybody on the network", "255.255.255.255", 50_000],
  ["everybody on one of this machine's networks", "192.168.1.255", 50_000],
  ["a multicast group", "224.0.0.1", 50_000],
  ["an IPv6 multicast group", "ff02::1", 50_000],
])("a datagram that says it comes from %s is not answered", (_who, host, port) => {
  expect(guardAt({ ms: 0 }).accepts(from(host, port))).toBe(false);
});

test("a source gets its rate as a burst, then at the pace of the rate", () => {
  const clock = { ms: 0 };
  const guard = guardAt(clock);
  const answered = (): number =>
    Array.from({ length: 100 }, () => guard.mayAnswerNow("10.0.0.1")).filter(Boolean).length;
  expect(answered()).toBe(10);
  clock.ms += 500;
  expect(answered()).toBe(5);
  clock.ms += 3_600_000;
  expect(answered()).toBe(10);
  expect(guard.limited).toBe(300 - 25);
});

test("one source's rate is not another's", () => {
  const guard = guardAt({ ms: 0 }, 1);
  expect([
    guard.mayAnswerNow("10.0.0.1"),
    guard.mayAnswerNow("10.0.0.1"),
    guard.mayAnswerNow("10.0.0.2"),
  ]).toEqual([true, false, true]);
});

test("a flood of forged sources takes no memory without end, and is over a second after it ended", () => {
  const clock = { ms: 0 };
  const guard = guardAt(clock);
  const answered = Array.from({ length: 20_000 }, (_, source) =>
    guard.mayAnswerNow(`source ${source}`),
  ).filter(Boolean).length;
  expect(answered).toBe(10_000);
  clock.ms += 1000;
  expect(guard.mayAnswerNow("a newcomer")).toBe(true);
});

test.each(["udp://0.0.0.0:7007", "udp://[::]:7007"])(
  "%s is refused, since broadcasts would arrive there; the error names another",
  (door) => {
    expect(() => readDoors([door])).toThrow(
      /would receive broadcasts.*name the address of one interface, such as udp:\/\/(127\.0\.0\.1|\[::1\]):7007/,
    );
  },
);

test("all interfaces may be listened at over TCP", () => {
  expect(readDoors(["tcp://0.0.0.0:7007"])).toHaveLength(1);
});

test("a multicast group, a broadcast address and a door inside the process are no doors", () => {
  for (const door of ["udp://224.0.0.1:7007", "udp://255.255.255.255:7007", "udp://127.255.255.255:7007"]) {
    expect(() => readDoors([door])).toThrow("the address of many");
  }
  expect(() => readDoors(["mem://x:1"])).toThrow("inside one process");
});

test("a network's broadcast address follows from an interface's address and mask", () => {
  const ipv4 = { family: "IPv4" as const, mac: "", internal: false };
  const addresses = broadcastAddresses({
    eth0: [{ ...ipv4, address: "192.168.1.7", netmask: "255.255.255.0", cidr: "192.168.1.7/24" }],
    tun0: [{ ...ipv4, address: "10.0.0.1", netmask: "255.255.255.255", cidr: "10.0.0.1/32" }],
  });
  expect([...addresses]).toEqual(["192.168.1.255"]);
});
