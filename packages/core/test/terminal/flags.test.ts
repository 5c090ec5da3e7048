import { expect, test } from "vitest";
import {
  describeFlags,
  nearestWord,
  parseFlags,
  parseSize,
  transportFlags,
  transportOptionsOf,
} from "../../src/terminal/index.ts";

const table = {
  count: { value: "N", help: "how many" },
  header: { value: "NAME:VALUE", short: "H", multiple: true, help: "a header" },
  inspect: { value: "SECONDS", withoutValue: "0", help: "look" },
  json: { help: "for programs" },
} as const;

test("switches, values, repeated values and what is no flag are told apart", () => {
  const flags = parseFlags(["url", "--count", "3", "-H", "a:b", "--header=c:d", "--json", "text"], table);
  expect(flags.positionals).toEqual(["url", "text"]);
  expect([flags.text("count"), flags.texts("header"), flags.has("json"), flags.has("inspect")]).toEqual([
    "3",
    ["a:b", "c:d"],
    true,
    false,
  ]);
});

test("an optional value is taken only if it is a number", () => {
  expect(parseFlags(["--inspect", "2", "x"], table).text("inspect")).toBe("2");
  expect(parseFlags(["--inspect", "2", "x"], table).positionals).toEqual(["x"]);
  expect(parseFlags(["--inspect", "hello"], table).text("inspect")).toBe("0");
  expect(parseFlags(["--inspect", "hello"], table).positionals).toEqual(["hello"]);
});

test("an unknown flag is an error that says which was probably meant", () => {
  expect(() => parseFlags(["--cuont", "3"], table)).toThrow(
    "there is no flag --cuont; did you mean --count?",
  );
  expect(() => parseFlags(["--zebra"], table)).toThrow(/^there is no flag --zebra$/);
  expect(() => parseFlags(["-x"], table)).toThrow("there is no flag -x");
});

test("a value that is missing, or given to a switch, is an error", () => {
  expect(() => parseFlags(["--count"], table)).toThrow(/--count/);
  expect(() => parseFlags(["--json=yes"], table)).toThrow(/--json/);
});

test("a value that cannot be read is an error that names the flag", () => {
  expect(() => parseFlags(["--count", "many"], table).read("count", parseSize)).toThrow(
    '--count: "many" is not a size',
  );
});

test("the near word is near, or none", () => {
  const words = ["lossy", "listen", "trace", "trace-diagram"];
  expect([
    nearestWord("losy", words),
    nearestWord("lisetn", words),
    nearestWord("trac", words),
    nearestWord("xyz", words),
  ]).toEqual(["lossy", "listen", "trace", undefined]);
});

test("transport flags become options, and what was not given is left out", () => {
  const flags = parseFlags(["--keep-alive", "30", "--send-buffer", "64k", "--nagle"], transportFlags);
  expect(transportOptionsOf(flags, ["tcp"])).toEqual({
    noDelay: false,
    keepAliveMs: 30_000,
    sendBufferBytes: 65_536,
  });
  expect(() => transportOptionsOf(parseFlags(["--nagle", "--no-delay"], transportFlags), ["tcp"])).toThrow(
    "opposites",
  );
});

test("an option of TCP needs a transport over TCP", () => {
  const flags = parseFlags(["--keep-alive", "30"], transportFlags);
  expect(() => transportOptionsOf(flags, ["udp"])).toThrow(
    "--keep-alive is an option of TCP, and UDP has none like it",
  );
  expect(transportOptionsOf(flags, ["udp", "ws"])).toEqual({ keepAliveMs: 30_000 });
});

test("help is aligned, one line per flag", () => {
  expect(describeFlags(table)).toBe(
    [
      "  --count N                how many",
      "  -H, --header NAME:VALUE  a header",
      "  --inspect [SECONDS]      look",
      "  --json                   for programs",
    ].join("\n"),
  );
});
