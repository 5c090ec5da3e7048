// Which names a torrent may have: none leads out of its folder or clashes with another, and names in every script are taken.
import { ProtocolError } from "@socketlab/core";
import { describe, expect, test } from "vitest";
import { Paths } from "../../src/torrent/names.ts";
import { parseInfo } from "../../src/torrent/parse-info.ts";
import { infoBytes, several, withPaths } from "./torrents.ts";

const names: [string, string, RegExp][] = [
  ["of the folder above", "..", /lead out/u],
  ["of the folder itself", ".", /lead out/u],
  ["of three dots", "...", /lead out/u],
  ["of the folder above, to systems that cut the space off", ".. ", /lead out/u],
  ["of a space", " ", /lead out/u],
  ["with a path in it", "a/b", /separator/u],
  ["that is absolute", "/etc/passwd", /separator/u],
  ["that leads up", "../x", /separator/u],
  ["with a backslash", "..\\x", /separator/u],
  ["of a Windows share", "\\\\host\\share", /separator/u],
  ["with a drive letter", "C:x", /drive letter/u],
  ["with NUL", "a\0b", /cannot be seen/u],
  ["with a line end", "a\nb", /cannot be seen/u],
  ["with a command for the terminal", "a\u001b[2Jb", /cannot be seen/u],
  ["that turns the direction of text", "photo\u202egpj.exe", /cannot be seen/u],
  ["of no width", "\u200b", /cannot be seen/u],
  ["of a device", "NUL", /device/u],
  ["of a device with an extension", "com1.txt", /device/u],
  ["that is empty", "", /empty/u],
  ["that no disk can keep", "é".repeat(128), /more than 255 bytes/u],
];

describe.each(names)("a name %s is refused", (_what, name, rule) => {
  test.each<[string, Uint8Array]>([
    ["for a file", infoBytes({ name })],
    ["for a folder that is shared", infoBytes({ name }, several)],
    ["for a file in a folder", withPaths(["sub", name])],
    ["for a folder in a folder", withPaths([name, "x"])],
  ])("%s", (_where, bytes) => {
    expect(() => parseInfo(bytes)).toThrow(rule);
    expect(() => parseInfo(bytes)).toThrow(ProtocolError);
  });
});

test.each([
  ".hidden",
  "..hidden",
  "a..b",
  "with several  spaces",
  " first a space",
  "Inc.",
  "日本語 ファイル.txt",
  "большой файл",
  "ملف عربي.pdf",
  "می\u200cخواهم",
  "👩‍👩‍👧.png",
  'One: 50% & more? *<"|>.txt',
  "console.log",
  "nullable",
  "communism.pdf",
  "é".repeat(127),
])("the name %o is taken, as it is", (name) => {
  const { files } = parseInfo(withPaths([name, name]));
  expect(files[0]!.path).toEqual([name, name]);
});

describe("is refused:", () => {
  test.each<[string, string[][], RegExp]>([
    ["a name twice", [["a"], ["b"], ["a"]], /"a" cannot be .* another file has the same name/u],
    ["a name with its accents apart", [["\u00e9"], ["e\u0301"]], /some disks take/u],
    ["a name with a dot that some disks cut off", [["a"], ["a."]], /some disks take/u],
    ["a file where a folder is", [["a", "b"], ["a"]], /a folder has the same name/u],
    ["a folder where a file is", [["a"], ["a", "b"]], /one of its folders/u],
    ["a path without names", [["a"], []], /no name/u],
    ["too long a path", [Array.from({ length: 20 }, () => "n".repeat(250))], /more than 4096 bytes/u],
  ])("%s", (_what, paths, rule) => {
    expect(() => parseInfo(withPaths(...paths))).toThrow(rule);
  });
});

test.each<[string, string[][], string[]]>([
  ["file", [["README"], ["readme"], ["other"]], ["readme"]],
  [
    "file in a folder",
    [
      ["sub", "README"],
      ["Sub", "readme"],
      ["Sub", "other"],
    ],
    ["Sub", "readme"],
  ],
  ["file beside a folder", [["Sub"], ["sub", "x"]], ["sub", "x"]],
  ["accent", [["\u00c9"], ["e\u0301"]], ["e\u0301"]],
])("a %s in another case is taken, and known to be one", (_what, paths, alike) => {
  expect(parseInfo(withPaths(...paths)).files.map(({ path }) => path)).toEqual(paths);
  const all = new Paths();
  for (const path of paths) all.add(path);
  expect(all.alike).toEqual([alike]);
});

test("a refusal shows nothing that a terminal takes for a command, and not all of a long name", () => {
  const bytes = withPaths([`\u001b[2J${"n".repeat(100_000)}`]);
  expect(() => parseInfo(bytes)).toThrow(/^"\?\[2Jn{150,196}…" cannot be/u);
});

test("a file in many folders, many times, costs no more than its bytes do", () => {
  const folders = Array.from({ length: 1500 }, () => "f");
  const paths = Array.from({ length: 100 }, (_, index) => [...folders, String(index)]);
  expect(parseInfo(withPaths(...paths)).files).toHaveLength(100);
});
