// No name leads out of the folder, or to something that another system could not keep: whatever is asked with it.
import { describe } from "../../file-client.ts";
import { Mismatch, someBytes, type Check } from "../check.ts";
import {
  announce,
  assertBytes,
  assertEqual,
  assertRefused,
  about,
  checksWith,
  get,
  list,
  put,
  question,
  refused,
  sendChunk,
} from "./visitor.ts";

/** Each below the check's own folder, but for those that begin with "^", which are given as they are. */
const badNames: Record<string, readonly string[]> = {
  "parent folders": ["..", "../x", "a/../../x", "a/..", "^../x", "^..", "^x/../../y"],
  "the folder itself": [".", "a/./b", "^.", "^./x"],
  "absolute paths": ["^/etc/passwd", "^/", "^//server/share/x"],
  backslashes: ["..\\x", "^..\\..\\x", "a\\b", "^C:\\x"],
  "drive letters": ["^C:", "^c:x", "^C:/x"],
  "empty names": ["a//b", "a/", "/"],
  "control characters": ["a\u0000b", "\u0000", "a\nb", "a\u001bb", "a\u007fb", "^..\u0000/x"],
  devices: ["CON", "nul", "aux.txt", "com1", "LPT9.x", "a/PRN/b", "COM¹"],
  "names that are cut off": ["a.", "a ", "...", "a./b"],
  "what cannot be seen": ["a\u200bb", "\u202etxt.exe", "a\ufeffb", "\u2066x"],
  "half a character": ["a\ud800b", "\udfff"],
  "too long": ["x".repeat(256), "é".repeat(128), "x/".repeat(2050) + "x"],
  "too deep": ["a/".repeat(70) + "x"],
  "the server's own folder": ["^.socketlab", "^.socketlab/incoming", "^.SOCKETLAB/x", "^.socketlab/lock"],
};

export function namingChecks(url: string, timeoutMs: number): Check[] {
  const check = checksWith(url, timeoutMs);
  const checks = Object.entries(badNames).map(([what, paths]) =>
    check(
      `bad-path: ${what}`,
      "is refused, whatever is asked with it, and nothing is changed",
      async (visitor) => {
        const client = await visitor.client();
        await put(client, visitor.path("a/x"), someBytes(10));
        // Others may be at work in the folder that is served: those of other runs are left out.
        const look = async (): Promise<unknown> => [
          await list(client, visitor.folder),
          await list(client, visitor.path("a")),
          (await list(client, "")).map(({ path }) => path).filter((path) => !path.startsWith("conformance-")),
        ];
        const before = await look();
        for (const name of paths) {
          const path = name.startsWith("^") ? name.slice(1) : visitor.path(name);
          for (const message of [
            { type: "list", path },
            { type: "stat", path },
            { type: "stat", path, hash: "sha256" },
            { type: "get", path, algorithm: "sha256" },
            { type: "remove", path, recursive: true },
            { type: "makeFolder", path },
          ])
            await refused(client, message, "bad-path");
          const transfer = announce(client, { path, size: 3 });
          sendChunk(client, transfer, 0, Buffer.from("bad"));
          assertRefused(`put ${describe(path)}`, await about(client, transfer), "bad-path");
        }
        assertEqual("what is there afterwards", before, await look());
      },
    ),
  );
  return [
    ...checks,

    check("good-names", "names of every script are kept as they are", async (visitor) => {
      const client = await visitor.client();
      const good = [
        "grüße.txt",
        "日本語",
        "большой файл",
        "עברית",
        "العربية",
        "👋🏽",
        "-rf",
        "a b  c",
        "%2e%2e",
        "..a",
        "a..b",
      ];
      const odd = [
        "$(x)",
        "`x`",
        "'",
        '"',
        "*",
        "<b>",
        "__proto__",
        "constructor",
        ".hidden",
        "می‌خواهم",
        "console.log",
      ];
      for (const name of [...good, ...odd]) {
        const content = Buffer.from(name);
        const path = visitor.path(name);
        const transfer = announce(client, { path, size: content.length });
        sendChunk(client, transfer, 0, content);
        const answer = await about(client, transfer, "done", "refused");
        // What a disk cannot keep a server may refuse.
        if (answer.type === "refused") {
          if (good.includes(name)) throw new Mismatch(`put ${name}`, "done", describe(answer));
          assertRefused(`put ${name}`, answer, "bad-path");
        } else assertBytes(`get ${name}`, content, await get(client, path));
      }
      const there = new Set((await list(client, visitor.folder)).map(({ path }) => path));
      for (const name of good)
        if (!there.has(visitor.path(name)))
          throw new Mismatch("list", visitor.path(name), describe([...there]));
    }),

    check("two-spellings", "the two ways to write é are one name", async (visitor) => {
      const client = await visitor.client();
      await put(client, visitor.path("e\u0301"), Buffer.from("one"));
      assertBytes("get", Buffer.from("one"), await get(client, visitor.path("\u00e9")));
      await put(client, visitor.path("\u00e9"), Buffer.from("two"), { mtimeMs: 1_600_000_000_000 });
      assertEqual("list", 1, (await list(client, visitor.folder)).length);
      await question(client, { type: "remove", path: visitor.path("e\u0301"), recursive: false }, "removed");
      assertEqual("list", 0, (await list(client, visitor.folder)).length);
    }),
  ];
}
