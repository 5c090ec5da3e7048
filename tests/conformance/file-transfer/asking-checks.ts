// What is there: list, stat, makeFolder and remove tell it and change it, and say so where they cannot.
import { Mismatch, someBytes, type Check } from "../check.ts";
import { assertEqual, checksWith, list, names, put, question, refused } from "./visitor.ts";
import { describe } from "../../file-client.ts";
import { wholeOf } from "../../file-wire.ts";

export function askingChecks(url: string, timeoutMs: number): Check[] {
  const check = checksWith(url, timeoutMs);

  return [
    check(
      "stat",
      "tells kind, size, time, permissions and, if asked, the hash of the whole",
      async (visitor) => {
        const client = await visitor.client();
        const content = someBytes(600_000);
        await put(client, visitor.path("a"), content, { mtimeMs: 1_234_567_000_000, mode: 0o640 });
        const answer = await question(
          client,
          { type: "stat", path: visitor.path("a"), hash: "sha256" },
          "entry",
        );
        const entry = answer["entry"] as { mtimeMs: number; mode: number };
        assertEqual(
          "stat",
          {
            path: visitor.path("a"),
            kind: "file",
            size: 600_000,
            mtimeMs: 1_234_567_000_000,
            hash: wholeOf(content),
          },
          {
            ...(({ path, kind, size, mtimeMs }: Record<string, unknown>) => ({ path, kind, size, mtimeMs }))(
              answer["entry"] as Record<string, unknown>,
            ),
            hash: answer["hash"],
          },
        );
        // A disk without permissions may show others.
        if (!Number.isInteger(entry.mode) || entry.mode < 0 || entry.mode > 0o777)
          throw new Mismatch("stat", "permissions", describe(entry));
      },
    ),

    check(
      "list-order",
      "a folder's entries come in order, each once, with their folder's path",
      async (visitor) => {
        const client = await visitor.client();
        for (const name of ["b", "a", "Ω", "c d"]) await put(client, visitor.path(name), someBytes(3));
        await question(client, { type: "makeFolder", path: visitor.path("folder") }, "folderMade");
        const came = await list(client, visitor.folder);
        assertEqual(
          "list",
          ["a", "b", "c d", "folder", "Ω"].map((name) => visitor.path(name)),
          came.map(({ path }) => path),
        );
        assertEqual("list", "folder", came[3]?.kind);
      },
    ),

    check("list-pages", "a folder of 520 is listed in pages, each entry once", async (visitor) => {
      const client = await visitor.client();
      const all = Array.from({ length: 520 }, (_, n) => visitor.path(`n${String(n).padStart(4, "0")}`));
      for (let at = 0; at < all.length; at += 40) {
        const some = all.slice(at, at + 40);
        await Promise.all(some.map((path) => question(client, { type: "makeFolder", path }, "folderMade")));
      }
      const first = await question(client, { type: "list", path: visitor.folder }, "entries");
      const count = (first["entries"] as unknown[]).length;
      if (count > 500 || first["more"] !== true)
        throw new Mismatch(
          "list",
          "at most 500 entries, and more",
          `${count}, more: ${String(first["more"])}`,
        );
      assertEqual("list", all, await names(client, visitor.folder));
      const after = await question(
        client,
        { type: "list", path: visitor.folder, after: all[518]! },
        "entries",
      );
      assertEqual(
        "list after the last but one",
        [false, 1],
        [after["more"], (after["entries"] as unknown[]).length],
      );
    }),

    check("list-long-names", "a page of long names is as short as a message must be", async (visitor) => {
      const client = await visitor.client();
      const deep = visitor.path(Array.from({ length: 6 }, (_, n) => String(n).repeat(245)).join("/"));
      const all = Array.from(
        { length: 330 },
        (_, n) => `${deep}/${String(n).padStart(4, "0").padEnd(250, "x")}`,
      );
      for (let at = 0; at < all.length; at += 40) {
        const some = all.slice(at, at + 40);
        await Promise.all(some.map((path) => question(client, { type: "makeFolder", path }, "folderMade")));
      }
      const came = await names(client, deep);
      assertEqual("list", [330, true], [came.length, came.every((path, n) => path === all[n])]);
    }),

    check("make-folder", "makes folders with those above, and again is harmless", async (visitor) => {
      const client = await visitor.client();
      for (let times = 0; times < 2; times++)
        await question(client, { type: "makeFolder", path: visitor.path("a/b/c") }, "folderMade");
      assertEqual("list", [visitor.path("a/b/c")], await names(client, visitor.path("a/b")));
      await put(client, visitor.path("file"), someBytes(10));
      await refused(client, { type: "makeFolder", path: visitor.path("file") }, "exists");
      await refused(client, { type: "makeFolder", path: visitor.path("file/below") });
      assertEqual("list", [visitor.path("a"), visitor.path("file")], await names(client, visitor.folder));
    }),

    check(
      "remove",
      "takes away a file; a folder with something in it only if that is asked for",
      async (visitor) => {
        const client = await visitor.client();
        for (const name of ["a/1", "a/b/2"]) await put(client, visitor.path(name), someBytes(5));
        const remove = (path: string, recursive: boolean) => ({
          type: "remove",
          path: visitor.path(path),
          recursive,
        });
        await refused(client, remove("a", false), "not-empty");
        assertEqual(
          "list",
          [visitor.path("a/1"), visitor.path("a/b")],
          await names(client, visitor.path("a")),
        );
        await question(client, remove("a/1", false), { type: "removed", count: 1 });
        await question(client, remove("a", true), { type: "removed", count: 3 });
        await refused(client, remove("a", true), "not-found");
      },
    ),

    check("not-found", "what is not there is said to be not there", async (visitor) => {
      const client = await visitor.client();
      const path = visitor.path("nothing");
      for (const message of [
        { type: "stat", path },
        { type: "list", path },
        { type: "remove", path, recursive: true },
        { type: "get", path, algorithm: "sha256" },
      ])
        await refused(client, message, "not-found");
    }),

    check("top-stays", "the folder that is served is not removed", async (visitor) => {
      const client = await visitor.client();
      await put(client, visitor.path("a"), someBytes(5));
      await refused(client, { type: "remove", path: "", recursive: true });
      assertEqual("list", [visitor.path("a")], await names(client, visitor.folder));
    }),

    check("many-questions", "200 questions at once are each answered, once", async (visitor) => {
      const client = await visitor.client();
      await put(client, visitor.path("a"), someBytes(5));
      const questions = Array.from({ length: 200 }, (_, n) =>
        n % 2 === 0
          ? question(client, { type: "stat", path: visitor.path("a") }, "entry")
          : question(client, { type: "list", path: visitor.folder }, "entries"),
      );
      await Promise.all(questions);
      assertEqual("what else came", [], client.inbox);
    }),
  ];
}
