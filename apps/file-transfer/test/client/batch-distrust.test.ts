// A server that answers with other files than were asked for: it is not believed, and nothing is written where it wants.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import type { FromServer } from "../../src/protocol.ts";
import type { SmallFile } from "../../src/transfer/batch.ts";
import { altered, commandTest, filesIn } from "./commanding.ts";

const test = commandTest();

function at(path: string) {
  return (files: SmallFile[]): SmallFile[] => files.map((file, n) => (n === 1 ? { ...file, path } : file));
}

describe("a file that nobody asked for ends the command with an error, and is not written:", () => {
  const lies: Record<string, (files: SmallFile[]) => SmallFile[]> = {
    "one outside": at("../x"),
    "one far outside": at("../../../../../../../../../../tmp/batch-distrust-x"),
    "one at an absolute path": at("/tmp/batch-distrust-x"),
    "one that leads out by way of a folder": at("sub/../../x"),
    "the folder itself": at(""),
    "another one inside": at("x"),
    "one twice": (files) => [...files, { ...files[0]!, data: Buffer.from("another") }],
    "one more": (files) => [...files, { ...files[0]!, path: "x" }],
  };
  test.for(Object.keys(lies))("%s", async (lie, { commanding }) => {
    const top = dirname(commanding.here);
    mkdirSync(join(commanding.here, "sub"));
    const names = ["a", "b", "c"];
    for (const name of names) commanding.store.put(name, Buffer.from(`content of ${name}`));
    commanding.say = (message) => (message.type === "batch" ? altered(message, lies[lie]!) : message);
    await expect(commanding.run("get", "--hash", "none")).rejects.toMatchObject({
      code: "bad-message",
      message: expect.stringContaining("nobody asked for"),
    });
    const there = filesIn(top);
    for (const path of Object.keys(there))
      expect(path).toMatch(/^here\/(a|b|c|\.[abc]\.[0-9a-f]{12}\.part)$/);
    for (const name of names) expect([undefined, `content of ${name}`]).toContain(there[`here/${name}`]);
  });
});

describe("an answer that does not fit the question ends the command with an error:", () => {
  const drop = (message: FromServer): FromServer | undefined =>
    message.type === "batch" ? undefined : message;
  const answers: [string, (message: FromServer) => FromServer | undefined | Promise<FromServer>, RegExp][] = [
    ["files are missing", drop, /neither sent nor refused 2 of the files/],
    [
      "one file is missing",
      (message) => (message.type === "batch" ? altered(message, (files) => files.slice(1)) : message),
      /neither sent nor refused 1 of the files/,
    ],
    [
      "a file is refused that was not asked for",
      (message) =>
        message.type === "batchDone"
          ? { ...message, refused: [{ index: 2, code: "not-found", detail: "no" }] }
          : message,
      /refused file 2 of a batch of 2/,
    ],
    [
      "the files are for another question",
      (message) => (message.type === "batch" ? { ...message, id: message.id + 1000 } : message),
      /neither sent nor refused 2 of the files/,
    ],
    [
      "the files are no files",
      (message) => (message.type === "batch" ? { ...message, files: message.files.slice(0, -1) } : message),
      /no batch of files: it ends within a file/,
    ],
  ];
  test.for(answers)("%s", async ([, say, sentence], { commanding }) => {
    for (const name of ["a", "b"]) commanding.store.put(name, Buffer.from(name));
    commanding.say = say;
    await expect(commanding.run("get")).rejects.toMatchObject({
      code: "bad-message",
      message: expect.stringMatching(sentence),
    });
  });
});

test("what a server says of a refusal cannot steer the terminal", async ({ commanding }) => {
  commanding.store.put("a", Buffer.from("a"));
  commanding.say = (message) =>
    message.type === "batch"
      ? undefined
      : message.type === "batchDone"
        ? { ...message, refused: [{ index: 0, code: "failed", detail: "\u001b[2Jgone" }] }
        : message;
  const { events } = await commanding.run("get");
  expect(events).toMatchObject([{ event: "failed", detail: "\ufffd[2Jgone" }]);
});
