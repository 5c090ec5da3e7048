import { expect, test, vi } from "vitest";
import type { TraceEvent } from "@socketlab/core";
import { MessageLog } from "../src/message-log.ts";

const end = { transport: "ws", host: "127.0.0.1", port: 1, path: "" } as const;

function event(payload: TraceEvent["payload"], direction: "in" | "out" = "out"): TraceEvent {
  const type = typeof payload === "string" ? "text" : "bytes";
  return {
    socket: 1,
    role: "client",
    direction,
    local: end,
    remote: end,
    timeMs: 0,
    type,
    bytes: 0,
    payload,
  };
}

test("however many messages come at once, those who watch are told once", () => {
  vi.useFakeTimers();
  const log = new MessageLog();
  const told = vi.fn();
  log.subscribe(told);
  for (let i = 0; i < 100; i++) log.add(event(String(i)));
  expect(told).not.toHaveBeenCalled();
  vi.runAllTimers();
  expect(told).toHaveBeenCalledOnce();
  expect(log.snapshot().messages).toHaveLength(100);
  vi.useRealTimers();
});

test("the last ten thousand are kept, and each knows its number", () => {
  vi.useFakeTimers();
  const log = new MessageLog();
  for (let i = 0; i < 25_000; i++) log.add(event(String(i)));
  vi.runAllTimers();
  const { messages, firstId } = log.snapshot();
  expect(messages.length).toBeGreaterThanOrEqual(10_000);
  expect(messages.length).toBeLessThanOrEqual(11_000);
  expect(messages[0]!.id).toBe(firstId);
  expect(messages.at(-1)).toMatchObject({ id: 24_999, payload: "24999" });
  vi.useRealTimers();
});

test("a message is kept as it was when it crossed, its length in bytes, and only its beginning", () => {
  vi.useFakeTimers();
  const log = new MessageLog();
  const bytes = new Uint8Array(10_000).fill(7);
  log.add(event(bytes, "in"));
  bytes.fill(0);
  log.add(event("€"));
  vi.runAllTimers();
  const [long, short] = log.snapshot().messages;
  expect(long).toMatchObject({ from: "server", bytes: 10_000, cut: true });
  expect((long!.payload as Uint8Array).every((byte) => byte === 7)).toBe(true);
  expect(short).toMatchObject({ from: "client", bytes: 3, cut: false });
  vi.useRealTimers();
});
