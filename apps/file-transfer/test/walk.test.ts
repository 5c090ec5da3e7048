// What a server may name in a folder, and what a client does not believe.
import { describe, expect, test } from "vitest";
import { walk } from "../src/client/walk.ts";
import type { Remote } from "../src/client/remote.ts";
import type { Entry } from "../src/protocol.ts";

const entry = (path: string, kind: Entry["kind"] = "file"): Entry => ({
  path,
  kind,
  size: 0,
  mtimeMs: 0,
  mode: 0o644,
});

/** Answers each question about a folder with the next page of these. */
async function walkThrough(path: string, ...pages: Entry[][]): Promise<string[]> {
  let asked = 0;
  const ask = ({ type }: { type: string }): Promise<unknown> =>
    Promise.resolve(
      type === "stat"
        ? { entry: entry(path, "folder") }
        : { entries: pages[asked] ?? pages.at(-1), more: ++asked < 1000 },
    );
  const paths: string[] = [];
  for await (const one of walk({ ask } as unknown as Remote, path)) paths.push(one.path);
  return paths;
}

test("folders come before what is in them", async () => {
  const pages = [[entry("a/b"), entry("a/c", "folder")], [entry("a/c/d")], [], [entry("a/e")], []];
  expect(await walkThrough("a", ...pages)).toEqual(["a", "a/b", "a/c", "a/c/d", "a/e"]);
});

describe("is not believed", () => {
  test.each([
    ["above", "a", "../b"],
    ["absolute", "a", "/etc/passwd"],
    ["above, and inside again", "a", "a/../../b"],
    ["elsewhere", "a", "b/c"],
    ["deeper", "a", "a/b/c"],
    ["the folder itself", "a", "a"],
    ["nothing", "", ""],
    ["..", "", ".."],
    ["a backslash", "", "..\\b"],
    ["a drive", "", "C:"],
  ])("%s", async (_what, folder, path) => {
    await expect(walkThrough(folder, [entry(path)])).rejects.toMatchObject({ code: "bad-message" });
  });

  test("a page that comes again for ever", async () => {
    await expect(walkThrough("a", [entry("a/b")])).rejects.toMatchObject({ code: "bad-message" });
  });

  test("a folder with folders in it for ever", async () => {
    let path = "a";
    const pages = Array.from({ length: 100 }, () => [entry((path = `${path}/a`), "folder")]);
    await expect(walkThrough("a", ...pages)).rejects.toMatchObject({ code: "bad-message" });
  });
});
