import { expect, test } from "vitest";
import { readOrigins } from "../src/server/origins.ts";

test("an origin is scheme, host and port, as a browser writes it", () => {
  expect(readOrigins(["https://www.example.org", "http://127.0.0.1:8080/"])).toEqual([
    "https://www.example.org",
    "http://127.0.0.1:8080",
  ]);
});

test.each(["example.org", "https://example.org/page", "*", "null", "file:///a", "HTTPS://EXAMPLE.ORG", ""])(
  "%j is none",
  (text) => expect(() => readOrigins([text])).toThrow(/--allow-origin: .* is no origin/),
);
