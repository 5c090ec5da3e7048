// The client as a process in a pipe, against our server as another process.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestProcess } from "@socketlab/core/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chat, main, startServer } from "./processes.ts";

const folder = mkdtempSync(join(tmpdir(), "chat-"));
let server: TestProcess;
let tcp = "";
let ws = "";

beforeAll(async () => {
  const started = await startServer(["tcp://127.0.0.1:0", "ws://127.0.0.1:0"]);
  server = started.server;
  [tcp = "", ws = ""] = started.urls;
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** Somebody who listens until told to stop. */
async function listener(url: string, name: string, room: string, ...flags: string[]): Promise<TestProcess> {
  const args = ["client", url, "--name", name, "--room", room, "--follow", "--json", ...flags];
  const program = TestProcess.start(process.execPath, [main, ...args]);
  program.child.stdin.end();
  await program.says(/"event":"joined"/);
  return program;
}

describe("in a pipe", () => {
  test("each line is said in the room, in order, and the client ends when all of them are stored", async () => {
    const eve = await listener(ws, "eve", "pipe");
    const said = await chat(["client", tcp, "--name", "ann", "--room", "pipe"], {
      input: "one\n\ntwo\nthree",
    });
    expect([said.code, said.stdout.toString(), said.stderr]).toEqual([0, "", ""]);
    await eve.says(/"text":"three"/);
    const texts = [...eve.stdout.matchAll(/"event":"said".*"from":"ann","text":"(\w+)"/g)].map(
      ([, text]) => text,
    );
    expect(texts).toEqual(["one", "two", "three"]);
    expect((await eve.stop("SIGINT")).code).toBe(0);
  });

  test("what others say is printed as lines, with the history first", async () => {
    await chat(["client", tcp, "--name", "ann", "--room", "Lines"], { input: "before" });
    const args = ["client", tcp, "--name", "bob", "--room", "Lines", "--history", "5", "--follow"];
    const bob = TestProcess.start(process.execPath, [main, ...args]);
    bob.child.stdin.write("hello\n");
    await bob.says(/ann: before/);
    await chat(["client", ws, "--name", "eve", "--room", "lines"], { input: "after" });
    await bob.says(/eve: after/);
    bob.child.stdin.end();
    expect((await bob.stop("SIGINT")).stdout.toString()).toBe("[lines] ann: before\n[lines] eve: after\n");
  });

  test("what can not be stored is told, and counts in the exit code: 1 for all, 3 for some", async () => {
    const hostile = "\u001b[31mred";
    const none = await chat(["client", tcp, "--name", "ann"], { input: `${hostile}\n` });
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("1 of 1 messages are not stored")]);
    const long = "x".repeat(4097);
    const some = await chat(["client", tcp, "--name", "ann"], { input: `fine\n${hostile}\n${long}\n` });
    expect(some.code).toBe(3);
    expect(some.stderr).toContain("the text has 4097 bytes");
    expect(some.stderr).toContain("2 of 3 messages are not stored");
  });

  test("more than the server takes at once takes its time", async () => {
    const input = Array.from({ length: 45 }, (_, at) => `${at}\n`).join("");
    const { code } = await chat(["client", tcp, "--name", "ann", "--timeout", "2"], { input });
    expect(code).toBe(0);
  });

  test("without a server it tries again, tells why, and gives up in time", async () => {
    const { code, stderr } = await chat(
      ["client", "tcp://127.0.0.1:1", "--name", "ann", "--timeout", "500ms"],
      {
        input: "hello",
      },
    );
    expect(code).toBe(1);
    expect(stderr).toContain("nothing listens there");
    expect(stderr).toContain("500 ms (--timeout)");
  });

  test("a name that is taken ends it, and with the same key it may be taken over", async () => {
    const key = join(folder, "key");
    const first = await listener(tcp, "Twin", "twins", "--key-file", key);
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect(readFileSync(key, "utf8")).toMatch(/^[0-9a-f]{32}\n$/);
    const other = await chat(["client", tcp, "--name", "twin"], { input: "hello" });
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("choose another name")]);
    const second = await chat(["client", tcp, "--name", "twin", "--key-file", key], { input: "hello" });
    expect(second.code).toBe(0);
    expect((await first.ended).code).toBe(1);
  });

  test("a token is read from a file", async () => {
    const file = join(folder, "token");
    writeFileSync(file, "not a token\n");
    const { code, stderr } = await chat(["client", tcp, "--name", "ann", "--token-file", file], {
      input: "x",
    });
    expect([code, stderr]).toEqual([1, expect.stringContaining("token")]);
  });

  test("--trace and --inspect show what crosses the door", async () => {
    const flags = ["--name", "ann", "--trace", "--inspect"];
    const { code, stderr } = await chat(["client", tcp, ...flags], { input: "hello" });
    expect(code).toBe(0);
    expect(stderr).toMatch(/─▶ .* hello \d+ bytes/);
    expect(stderr).toMatch(/client process, pid \d+/);
  });
});

test("wrong usage is told with exit code 2", async () => {
  const wrong: [string[], string][] = [
    [["client"], "whom to talk to is missing"],
    [["client", "udp://127.0.0.1:1", "--name", "ann"], "does not go over udp://"],
    [["client", tcp, "--name", "\u202eann"], "cannot be a name"],
    [["client", tcp, "hello"], "comes from standard input"],
    [["client", tcp, "--history", "51"], "at most 50"],
    [["client", tcp, "--insecure"], "--insecure is for tls://"],
    [["client", tcp, "--room", "\u202eroom"], "no room's name"],
  ];
  for (const [args, sentence] of wrong) {
    const { code, stderr } = await chat(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
  }
});
