// Which paths there can be: no text leads out of a folder, and names in every script do no harm.
import { posix, win32 } from "node:path";
import { UsageError } from "@socketlab/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { below, parseName, parsePath } from "../src/paths.ts";
import { hostileNames } from "./contract/store-words.ts";

function refused(text: string): string {
  try {
    return `taken: ${parsePath(text)}`;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    expect(error.code).toBe("bad-path");
    return error.message;
  }
}

describe("a path is refused, with the rule that it breaks,", () => {
  test.each<[string, string, RegExp]>([
    ["that is absolute", "/etc/passwd", /begins with "\/"/u],
    ["that leads up", "..", /could lead out/u],
    ["that leads up on its way", "a/../../b", /could lead out/u],
    ["with a name for the folder itself", "a/./b", /could lead out/u],
    ["with an empty name", "a//b", /empty name/u],
    ["with a slash at its end", "a/", /empty name/u],
    ["with a backslash", "a\\..\\b", /separated by/u],
    ["of a Windows share", "\\\\host\\share", /separated by/u],
    ["with a drive letter", "C:/x", /drive letter/u],
    ["with a drive letter alone", "c:", /drive letter/u],
    ["with NUL", "a\0b", /cannot be seen/u],
    ["with a line end", "a\nb", /cannot be seen/u],
    ["with a line separator", "a\u2028b", /cannot be seen/u],
    ["with a control character of the terminal", "a\u001b[2Jb", /cannot be seen/u],
    ["that turns the direction of text", "photo\u202egpj.exe", /cannot be seen/u],
    ["that turns it with an Arabic mark", "a\u061cb", /cannot be seen/u],
    ["with a byte order mark", "\ufeffa", /cannot be seen/u],
    ["with a space of no width", "a\u200bb", /cannot be seen/u],
    ["with half a character", "a\ud800", /half a character/u],
    ["of a device", "NUL", /device/u],
    ["of a device with an extension", "a/com1.txt", /device/u],
    ["of a device with a superscript", "lpt¹", /device/u],
    ["of the console", "CONIN$", /device/u],
    ["of a device and spaces", "aux .txt", /device/u],
    ["that ends with a dot", "a.", /ends with a dot/u],
    ["that ends with a space", "a /b", /ends with a dot or a space/u],
    ["of three dots", "...", /ends with a dot/u],
    ["into the private folder", ".socketlab/incoming/x", /on its way/u],
    ["into the private folder, in capitals", ".SocketLab", /on its way/u],
    ["with too long a name", "é".repeat(128), /more than 255 bytes/u],
    ["that is too deep", Array.from({ length: 65 }, () => "a").join("/"), /64 folders/u],
    ["that is too long", Array.from({ length: 20 }, () => "n".repeat(250)).join("/"), /4096 bytes/u],
  ])("%s", (_what, text, rule) => {
    expect(refused(text)).toMatch(rule);
    expect(() => parseName(text)).toThrow(rule);
  });
});

test("the refusal of a long path does not repeat all of it", () => {
  expect(refused(`${"n".repeat(100_000)}/..`).length).toBeLessThan(500);
});

test.each(hostileNames)("%s can be a name", (name) => {
  expect(parsePath(name)).toBe(name);
  expect(parseName(`a/${name}/b`)).toBe(`a/${name}/b`);
});

test('the two ways to write "é" are one path', () => {
  expect(parsePath("e\u0301/e\u0301")).toBe("\u00e9/\u00e9");
});

test("the empty path is the folder that is served, and no name", () => {
  expect(parsePath("")).toBe("");
  expect(() => parseName("")).toThrow(UsageError);
});

test("below puts one path below another", () => {
  expect(below("", "a/b")).toBe("a/b");
  expect(below("a", "b")).toBe("a/b");
  expect(below("a", "")).toBe("a");
});

/** Texts made of what paths are made of, and of what means trouble. */
const pieces = fc.oneof(
  fc.constantFrom(
    "/",
    "\\",
    ".",
    "..",
    " ",
    "\0",
    ":",
    "C:",
    "~",
    "%",
    "\u202e",
    "\u0301",
    "\ud800",
    "\uff0f",
    "\u2215",
  ),
  fc.constantFrom(".socketlab", "con", "nul.txt", "\u212a", "\u2024", "\uff0e", "\u037e", "a"),
  fc.string({ unit: "binary", maxLength: 5 }),
);
const texts = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 300 }),
);

test("whatever the text, what is let through stays below the folder on every system, and is let through again", () => {
  fc.assert(
    fc.property(texts, (text) => {
      let path: string;
      try {
        path = parsePath(text);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
        return;
      }
      expect(parsePath(path)).toBe(path);
      expect(path.isWellFormed()).toBe(true);
      for (const [system, root] of [
        [posix, "/served"],
        [win32, "D:\\served"],
      ] as const) {
        const joined = system.resolve(root, path);
        const relative = system.relative(root, joined);
        expect(relative.split(system.sep).join("/")).toBe(path);
        if (path !== "") expect(joined.startsWith(root + system.sep)).toBe(true);
      }
    }),
    { numRuns: 5000 },
  );
});
