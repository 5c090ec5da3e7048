import { expect, test } from "vitest";
import type { DoorState, TraceEvent } from "../../src/index.ts";
import {
  drawDoors,
  excerpt,
  hexDump,
  SequenceDiagram,
  summarize,
  traceLine,
} from "../../src/terminal/index.ts";

const loopback = { host: "127.0.0.1", addressInteger: 2_130_706_433 };
const client: DoorState = {
  id: 1,
  role: "client",
  pid: 4711,
  protocol: "echo",
  transport: "tcp",
  local: { ...loopback, port: 54_321, portName: undefined },
  remote: { ...loopback, port: 7, portName: "echo" },
  messagesIn: 1,
  messagesOut: 2,
  bytesIn: 5,
  bytesOut: 2048,
  receiveQueueBytes: 0,
  sendQueueBytes: 3,
  noDelay: true,
  keepAlive: false,
};
const event: TraceEvent = {
  socket: 1,
  role: "client",
  direction: "out",
  local: { transport: "tcp", host: "127.0.0.1", port: 54_321, path: "" },
  remote: { transport: "tcp", host: "::1", port: 7, path: "" },
  timeMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  type: "text",
  bytes: 5,
  payload: "hello",
};

test("two houses, their doors, and what passes between them", () => {
  expect(`\n${drawDoors(client)}\n`).toBe(`
┌─ client process, pid 4711 ────┐              ┌─ server process ──────────────┐
│ socket #1                     │              │ socket                        │
│   127.0.0.1                   │              │   127.0.0.1                   │
│   = 2130706433                │              │   = 2130706433                │
│   port 54321                  │              │   port 7 (echo)               │
├─ TCP ─────────────────────────┤              ├───────────────────────────────┤
│ sent      2 messages, 2 KiB   │ ─── 2 ─────▶ │ (its side has not told us)    │
│ received  1 message, 5 B      │ ◀─── 1 ───── │                               │
│ waiting   3 B out, 0 B in     │              │                               │
│ Nagle off, keep-alive off     │              │                               │
└───────────────────────────────┘              └───────────────────────────────┘
`);
});

test("the client's house stands on the left on the server's side too, and each side fills its own", () => {
  const server: DoorState = {
    ...client,
    role: "server",
    local: client.remote,
    remote: client.local,
    messagesIn: 2,
    messagesOut: 1,
  };
  const lines = drawDoors(server, client).split("\n");
  expect(lines[0]).toMatch(/client process, pid 4711 .*server process, pid 4711/);
  expect(lines[6]).toMatch(/─── 2 ─────▶/);
  expect(lines[7]).toMatch(/◀─── 1 ─────/);
  expect(new Set(lines.map((line) => line.length))).toEqual(new Set([80]));
});

test("what is too long for a house is cut off, and the walls stay straight", () => {
  const far = {
    host: "2001:db8:1111:2222:3333:4444:5555:6666",
    port: 7,
    addressInteger: undefined,
    portName: undefined,
  };
  const lines = drawDoors({ ...client, remote: far, bytesOut: 2 ** 60, messagesOut: 10 ** 15 }).split("\n");
  expect(new Set(lines.map((line) => line.length))).toEqual(new Set([80]));
  expect(lines[2] + lines[3]!).toMatch(/2001:db8:1111:2222:3333:444 .*4:5555:6666 /s);
});

test("a trace line has time, socket, role, direction, place, type, size and the beginning", () => {
  expect(traceLine(event)).toBe('03:04:05.006 #1 client ─▶ tcp://[::1]:7 text 5 bytes "hello"');
});

test("an excerpt is on one line and cannot steer the terminal", () => {
  expect(excerpt("a\n\u001b[2J\u0085")).toBe(String.raw`"a\n\u001b[2J\u0085"`);
  expect(excerpt("x".repeat(40))).toBe(`"${"x".repeat(32)}"…`);
  expect(excerpt(Uint8Array.of(0xff, 0x00))).toBe("ff 00");
  expect(excerpt(new Uint8Array(100).fill(0xfe))).toBe(`${"fe ".repeat(10)}…`);
});

test("a sequence diagram names who speaks, and escapes what Mermaid would read", () => {
  const diagram = new SequenceDiagram();
  diagram.add(event);
  diagram.add({ ...event, direction: "in", payload: "a;b#<i>", bytes: 7 });
  expect(diagram.toString()).toBe(
    `sequenceDiagram
  participant client1 as client tcp://127.0.0.1:54321
  participant server2 as server tcp://[#58;#58;1]:7
  client1->>server2: text, 5 B: "hello"
  server2->>client1: text, 7 B: "a#59;b#35;#60;i#62;"
`.replaceAll("#58;", ":"),
  );
});

test("a sequence diagram stays bounded, and says what it left out", () => {
  const diagram = new SequenceDiagram();
  for (let message = 0; message < 310; message++) diagram.add(event);
  expect(diagram.toString().trimEnd().split("\n").at(-1)).toBe("  Note over server2: and 10 messages more");
});

test("a hex dump has offset, bytes and text", () => {
  expect(hexDump("hello wörld, again")).toBe(
    [
      "00000000  68 65 6c 6c 6f 20 77 c3  b6 72 6c 64 2c 20 61 67  |hello w..rld, ag|",
      "00000010  61 69 6e                                          |ain|",
    ].join("\n"),
  );
  expect(hexDump(new Uint8Array(300), 16)).toMatch(/… and 284 bytes more$/);
});

test("a summary is that of ping: mdev is √(mean of squares − square of mean), percentiles are nearest ranks", () => {
  expect(summarize([4, 2, 1, 3])).toEqual({
    count: 4,
    min: 1,
    avg: 2.5,
    max: 4,
    mdev: Math.sqrt(1.25),
    p50: 2,
    p90: 4,
    p99: 4,
  });
  expect(summarize([])).toBeUndefined();
});
