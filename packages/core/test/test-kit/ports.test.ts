// Ports for programs that must be told theirs.
import { expect, test } from "vitest";
import { defineProtocol, listen, raw } from "../../src/index.ts";
import { freePorts } from "../../src/test-kit/index.ts";

const nothing = defineProtocol({ name: "nothing", version: 1, framing: raw({ maxBytes: 1 }) });

test("free ports are all different, none that the system gives to clients, and can be listened at", async () => {
  const ports = await freePorts(50);
  expect(new Set(ports).size).toBe(50);
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(10_000);
  expect(Math.max(...ports)).toBeLessThan(32_000);
  for (const port of ports) await (await listen(nothing, `tcp://127.0.0.1:${port}`)).close();
});
