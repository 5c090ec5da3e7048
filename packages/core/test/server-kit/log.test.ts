import { expect, test } from "vitest";
import { createLog } from "@socketlab/core/server-kit";

function written(pretty: boolean, level?: string): { lines: string[]; log: ReturnType<typeof createLog> } {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { lines, log: createLog({ pretty, destination, ...(level !== undefined && { level }) }) };
}

test("for programs an entry is a line of JSON with the time of day", () => {
  const { lines, log } = written(false);
  log.info({ remote: "tcp://127.0.0.1:1" }, "hello");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 30, msg: "hello", remote: "tcp://127.0.0.1:1" });
  expect(lines[0]).toMatch(/"time":"\d{4}-\d\d-\d\dT/);
});

test("for people an entry is a short line, and an error of ours comes with its stack", () => {
  const { lines, log } = written(true);
  log.info({ conversation: 3 }, "ended");
  log.error({ err: new TypeError("oops") }, "the handler failed");
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d ended conversation=3\n$/);
  expect(lines[1]).toContain("TypeError: oops\n    at ");
});

test("text from the network cannot steer the terminal", () => {
  const { lines, log } = written(true);
  log.info({ reason: "\u001b[2J\u0007bye\nforged line" }, "ended");
  expect(lines[0]).not.toMatch(/(?!\n)\p{Cc}/u);
  expect(lines[0]!.trimEnd()).not.toContain("\n");
});

test("entries below the level are not written", () => {
  const { lines, log } = written(false, "warn");
  log.info("no");
  log.warn("yes");
  expect(lines).toHaveLength(1);
});
