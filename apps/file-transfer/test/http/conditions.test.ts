import { describe, expect, test } from "vitest";
import { evaluate, rangeApplies } from "../../src/server/http/conditions.ts";
import { formatHttpDate, parseHttpDate } from "../../src/server/http/http-date.ts";

const modifiedMs = Date.UTC(1994, 10, 6, 8, 49, 37);
const here = { etag: '"xyzzy"', modifiedMs };
const at = formatHttpDate(modifiedMs);
const before = formatHttpDate(modifiedMs - 1000);
const after = formatHttpDate(modifiedMs + 1000);

describe("dates (RFC 9110 §5.6.7)", () => {
  test.each(["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])(
    "%s is understood",
    (text) => expect(parseHttpDate(text)).toBe(modifiedMs),
  );
  test.each(["", "yesterday", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 +0100", '"xyzzy"', "0"])(
    "%j is no date",
    (text) => expect(parseHttpDate(text)).toBeUndefined(),
  );
  test("one form is written", () => expect(at).toBe("Sun, 06 Nov 1994 08:49:37 GMT"));
});

describe("conditions, in the order of RFC 9110 §13.2.2", () => {
  test.each([
    ["none", {}, "go"],
    ["If-Match: *", { "if-match": "*" }, "go"],
    ["If-Match with the tag", { "if-match": '"r2d2", "xyzzy"' }, "go"],
    ["If-Match without it", { "if-match": '"r2d2"' }, 412],
    ["If-Match compares strongly", { "if-match": 'W/"xyzzy"' }, 412],
    ["a comma in a tag does not part it", { "if-match": '"a,"xyzzy"' }, 412],
    ["If-Unmodified-Since, and it was not", { "if-unmodified-since": at }, "go"],
    ["If-Unmodified-Since, and it was", { "if-unmodified-since": before }, 412],
    ["If-Unmodified-Since with no date is ignored", { "if-unmodified-since": "recently" }, "go"],
    [
      "If-Match makes If-Unmodified-Since void",
      { "if-match": '"xyzzy"', "if-unmodified-since": before },
      "go",
    ],
    ["If-None-Match: *", { "if-none-match": "*" }, 304],
    ["If-None-Match with the tag", { "if-none-match": '"r2d2", "xyzzy"' }, 304],
    ["If-None-Match compares weakly", { "if-none-match": 'W/"xyzzy"' }, 304],
    ["If-None-Match without it", { "if-none-match": '"r2d2"' }, "go"],
    ["If-Modified-Since, and it was not", { "if-modified-since": at }, 304],
    ["If-Modified-Since, later", { "if-modified-since": after }, 304],
    ["If-Modified-Since, and it was", { "if-modified-since": before }, "go"],
    ["If-Modified-Since with no date is ignored", { "if-modified-since": "recently" }, "go"],
    ["If-None-Match makes If-Modified-Since void", { "if-none-match": '"r2d2"', "if-modified-since": at }, "go"], // prettier-ignore
    ["If-Match that fails comes before If-None-Match", { "if-match": '"r2d2"', "if-none-match": "*" }, 412],
    ["If-Match that holds goes on to If-None-Match", { "if-match": "*", "if-none-match": '"xyzzy"' }, 304],
  ] as const)("%s", (_name, headers, outcome) => {
    expect(evaluate(headers, here)).toBe(outcome);
  });
});

describe("If-Range (RFC 9110 §13.1.5)", () => {
  const later = modifiedMs + 60_000;
  test.each([
    ["absent", undefined, later, true],
    ["the tag", '"xyzzy"', later, true],
    ["another tag", '"r2d2"', later, false],
    ["the tag, but weak", 'W/"xyzzy"', later, false],
    ["the date", at, later, true],
    ["the date in an old form", "Sunday, 06-Nov-94 08:49:37 GMT", later, true],
    ["an earlier date", before, later, false],
    ["a later date is not the date", after, later, false],
    ["the date within the second, in which more may change", at, modifiedMs + 999, false],
    ["nonsense", "xyzzy", later, false],
  ])("%s", (_name, header, nowMs, applies) => {
    expect(rangeApplies({ "if-range": header }, here, nowMs)).toBe(applies);
  });
});
